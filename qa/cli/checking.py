"""The command that looks at content as an editor would: `qa check`."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.console import Index, Sources, count, out


def check(
    sources: Sources = None,
    index: Index = None,  # noqa: ARG001 - every command takes it, so that scripts need not choose
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
) -> None:
    """Validate content without building; exit code 1 when there are errors."""
    from index.corpus import check as check_corpus
    from index.corpus import read_corpus

    corpus, findings = read_corpus(sources or [Path("content")])
    findings = [*findings, *check_corpus(corpus)]
    for finding in findings:
        out.print(f"{finding.severity}: {finding}")
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    out.print(
        f"{count(len(corpus.pages), 'page')}, {count(len(corpus.entries), 'entry', 'entries')}: "
        f"{count(errors, 'error')}, {count(warnings, 'warning')}."
    )
    if errors or (strict and warnings):
        raise typer.Exit(1)
