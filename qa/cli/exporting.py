"""The command that gives the FAQ to others: `qa export`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from index.errors import InputError
from qa.cli.console import Index, count, err, reader_may_leave, settings_of, snapshot_of

_BY_SUFFIX: Final = {
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".json": "jsonld",
    ".jsonld": "jsonld",
    ".html": "html",
    ".htm": "html",
}


def export(
    index: Index = None,
    format: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="jsonl, csv, jsonld or html. [default: by the file's name, or jsonl]",
        ),
    ] = "",
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output.")
    ] = Path("-"),
    page: Annotated[str, typer.Option(metavar="NAME", help="One page only.")] = "",
) -> None:
    """Write the entries as JSONL, CSV, FAQPage JSON-LD or a static HTML page."""
    from qa.exporting import FORMATS
    from qa.whole_files import write_whole

    name = format or _BY_SUFFIX.get(output.suffix.lower(), "")
    if not name and str(output) != "-":
        mend = f"End it in one of {', '.join(_BY_SUFFIX)}, or say which with --format."
        raise InputError("the name does not tell the format.", where=str(output), mend=mend)
    name = name or "jsonl"
    if name not in FORMATS:
        mend = f"It is one of: {', '.join(FORMATS)}."
        raise InputError(f"there is no format “{name}”.", where="--format", mend=mend)
    snapshot = snapshot_of(settings_of(index=index))
    text, entries = FORMATS[name](snapshot, page, datetime.now(UTC))
    if str(output) == "-":
        with reader_may_leave():
            typer.echo(text, nl=False)
        return
    write_whole(output, text)
    left_out = len(snapshot.entries) - entries if not page else 0
    more = f" {left_out} are not shown now, or lack a question or an answer." if left_out else ""
    err(f"{output}: {count(entries, 'entry', 'entries')} written.{more}")
