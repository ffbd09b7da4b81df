"""The commands about content: `qa index`, `qa check`, `qa import`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.console import Index, bar, count, err, out, settings_of

if TYPE_CHECKING:
    from index.embedding import Watcher

Sources = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[SOURCE]...", help="Files and folders of content. [default: content]"),
]


def index(
    sources: Sources = None,
    index: Index = None,
    model: Annotated[
        str | None, typer.Option(help="A sentence-transformers model by name or path.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="int8, or float32. [default: int8]", metavar="PRECISION")
    ] = None,
    device: Annotated[
        str, typer.Option(help="Where texts are embedded: cpu, or cuda where there is one.")
    ] = "cpu",
) -> None:
    """Build or update the snapshot; only what changed is embedded again."""
    from index.build import build
    from index.model import DEFAULT_MODEL, find_model
    from qa.fitting import finish

    settings = settings_of(index=index, model=model, precision=precision)
    report = build(
        sources or [Path("content")],
        settings.index,
        model=find_model(settings.model, settings.precision),
        device=device,
        finish=finish,
        watcher=_watcher(),
    )
    for warning in report.warnings:
        err.print(f"warning: {warning}")
    if settings.model != DEFAULT_MODEL:
        err.print(
            f"warning: confidence was fitted for {DEFAULT_MODEL}; with another model it is a guess."
        )
    done = f"{report.embedded} embedded anew" if report.changed else "nothing changed"
    out.print(f"{report.entries} entries, {report.vectors} vectors, {done}: {report.name}")


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


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What to import.")],
    index: Index = None,  # noqa: ARG001 - as above
    to: Annotated[
        Path, typer.Option(metavar="FOLDER|FILE.jsonl", help="Where the content is to go.")
    ] = Path("content"),
    title: Annotated[str, typer.Option(help="The page's title. [default: from its name]")] = "",
) -> None:
    """Turn other formats into content: Markdown pages, or one JSONL file."""
    from qa.importing import read_pages, write_pages

    pages, findings = read_pages(files, title)
    for finding in findings:
        err.print(f"{finding.severity}: {finding}")
    for written in write_pages(pages, to):
        done = "written" if written.changed else "unchanged"
        out.print(f"{written.path}: {written.entries} entries, {done}")


def _watcher() -> "Watcher":
    from index.embedding import Watcher

    class Shown(Watcher):
        """Shows a build's steps, and a bar for those that take long."""

        def step(self, name: str) -> None:
            """Say what has begun."""
            err.print(f"{name} ...", style="dim")

        @contextmanager
        def counting(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
            """Show how much is done, and how long the rest will take."""
            with bar() as shown:
                task = shown.add_task(name, total=total)
                yield lambda done: shown.advance(task, done)

    return Shown()
