"""The command that brings in what a site has: `qa import`."""

from pathlib import Path
from typing import Annotated

import typer

from qa.cli.console import Index, err, out


def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What to import.")],
    index: Index = None,  # noqa: ARG001 - every command takes it, so that scripts need not choose
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
