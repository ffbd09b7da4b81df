"""The command that looks at content as an editor would: `qa check`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from qa.cli.console import Index, Sources, out, reader_may_leave, settings_of
from qa.cli.watcher import watcher


class Format(StrEnum):
    """What the findings are written for: people, programs, GitHub's workflows."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    sources: Sources = None,
    index: Index = None,
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what needs the model.")] = False,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Leave a check out; repeatable.")
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="How to write what is found.")
    ] = Format.TEXT,
) -> None:
    """Look at content as an editor would, without building; exit code 1 when there are errors."""
    from qa.checking import check_content
    from qa.cli.check_report import as_github, as_json, as_text

    checked = check_content(
        sources or [Path("content")],
        settings_of(index=index),
        quick=quick,
        ignored=_known(ignore or []),
        watcher=None if quick else watcher(),
    )
    lines = {Format.TEXT: as_text, Format.GITHUB: as_github, Format.JSON: as_json}[format_]
    with reader_may_leave():
        for line in lines(checked):
            out(line)
    if checked.count("error") or (strict and checked.count("warning")):
        raise typer.Exit(1)


def _known(names: list[str]) -> frozenset[str]:
    from qa.checking import CHECKS

    for name in names:
        if name not in CHECKS:
            what = f"There is no check {name!r}. The checks are: {', '.join(CHECKS)}."
            raise typer.BadParameter(what, param_hint="--ignore")
    return frozenset(names)
