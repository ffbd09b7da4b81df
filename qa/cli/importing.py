"""The command that brings in what a site has: `qa import`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from qa.cli.console import Index, bar, count, err, out

if TYPE_CHECKING:
    from index.entry import Page
    from index.formats.reading import Finding
    from index.readers.sources import Asked, Read
    from qa.importing import Plan
    from qa.merging import Change

_SHOWN: Final = 20
"""So many entries of each outcome are shown; what needs a person is shown whole."""

_ID: Final = 48
"""Ids are padded to this width, at most."""

_NEEDS_A_PERSON: Final = ("conflict", "vanished", "removed", "deleted here")


def import_(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="What to import: files, folders, addresses."),
    ],
    index: Index = None,  # noqa: ARG001 - every command takes it, so that scripts need not choose
    to: Annotated[
        Path, typer.Option(metavar="FOLDER|FILE.jsonl", help="Where the content is to go.")
    ] = Path("content"),
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and write nothing.")
    ] = False,
    mirror: Annotated[
        bool, typer.Option("--replace", help="Mirror the source, whatever was edited here.")
    ] = False,
    format: Annotated[
        str, typer.Option(metavar="NAME", help="The source's form. [default: found out]")
    ] = "",
    column: Annotated[
        list[str],
        typer.Option(metavar="FIELD=NAME", help="Which column or key holds a field; repeatable."),
    ] = [],  # noqa: B006 - typer copies it
    language: Annotated[
        str, typer.Option(metavar="TAG", help="The language to read, or that it is in.")
    ] = "",
    page: Annotated[str, typer.Option(metavar="NAME", help="What to call the page.")] = "",
    title: Annotated[str, typer.Option(help="The page's title. [default: its own]")] = "",
    private: Annotated[
        bool, typer.Option("--private", help="Fetch from private networks too.")
    ] = False,
) -> None:
    """Turn what a site has into content: Markdown pages, or one JSONL file."""
    from index.errors import ContentError
    from qa.importing import plan

    with _progress(files) as progress:
        asked = _asked(format, column, language, page, private=private, progress=progress)
        read = _read(files, asked)
    planned = plan(_titled(read.reading.pages, title), to, replacing=mirror)
    findings = [*read.reading.findings, *planned.findings]
    for finding in findings:
        err(f"{finding.severity}: {finding}")
    if not planned.changes:
        raise ContentError("nothing of this can be imported.", where=", ".join(files))
    _show(planned.changes)
    written = [] if dry_run else planned.write()
    for path in written:
        out(f"{path}: {'written' if path.exists() else 'removed'}")
    out(_summary(planned, findings, dry_run=dry_run))


def _asked(
    format: str,
    columns: Sequence[str],
    language: str,
    page: str,
    *,
    private: bool,
    progress: Callable[[int], None],
) -> "Asked":
    from index.entry import parse_language
    from index.readers.source import Options
    from index.readers.sources import Asked

    named = dict(_column(one) for one in columns)
    try:
        language = parse_language(language) if language else ""
    except ValueError as error:
        raise typer.BadParameter(f"{error}.", param_hint="--language") from None
    options = Options(format=format, columns=named, language=language, progress=progress)
    return Asked(options=options, page=page, private=private)


def _column(text: str) -> tuple[str, str]:
    field, equals, name = text.partition("=")
    if not (equals and field.strip() and name.strip()):
        hint = "--column"
        raise typer.BadParameter(
            f"write FIELD=NAME, as question=Frage, not {text}", param_hint=hint
        )
    return field.strip(), name.strip()


def _read(files: Sequence[str], asked: "Asked") -> "Read":
    """All that is read. Raises ContentError if there is a fault."""
    from index.errors import ContentError
    from index.readers.sources import read_all

    read = read_all(files, asked)
    faults = [str(finding) for finding in read.reading.findings if finding.severity == "error"]
    if told := [*map(str, read.errors), *faults]:
        raise ContentError("\n".join(told))
    return read


def _titled(pages: Sequence["Page"], title: str) -> list["Page"]:
    from index.errors import ContentError

    if title and len(pages) != 1:
        what = f"--title is for one page, these are {len(pages)}."
        raise ContentError(what, mend="Import them one by one.")
    return [replace(page, title=title or page.title) for page in pages]


def _show(changes: Iterable["Change"]) -> None:
    """A line for each entry that changes; those that do not are only counted."""
    from index.text import one_line

    shown: Counter[str] = Counter()
    rows = []
    for change in changes:
        shown[change.outcome] += change.outcome != "unchanged"
        if change.outcome in _NEEDS_A_PERSON or 0 < shown[change.outcome] <= _SHOWN:
            fields = f" ({', '.join(change.fields)})" if change.fields else ""
            rows.append((f"{change.outcome}{fields}", change.entry.id, change.entry.title))
            rows += _contradictions(change)
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(2)]
    for outcome, id_, title in rows:
        row = f"{outcome:<{widths[0]}}  {id_:<{min(widths[1], _ID)}}  {one_line(title)}"
        out(row if id_ else f"{'':<{widths[0]}}  {one_line(title)}")
    for outcome, number in shown.items():
        if number > _SHOWN and outcome not in _NEEDS_A_PERSON:
            out(f"… and {number - _SHOWN} more {outcome}.")


def _contradictions(change: "Change") -> Iterator[tuple[str, str, str]]:
    """A row for each field in which person and source contradict each other, with what both say."""
    from index.formats.reading import quoted

    for name in change.fields:
        here, there = (str(getattr(entry, name)) for entry in (change.entry, change.theirs))
        yield "", "", f"{name} here: {quoted(here)}, in the source: {quoted(there)}"


def _summary(planned: "Plan", findings: Sequence["Finding"], *, dry_run: bool) -> str:
    outcomes = Counter(str(change.outcome) for change in planned.changes)
    counts = [f"{number} {outcome}" for outcome, number in outcomes.items()]
    skipped = sum(finding.severity == "skipped" for finding in findings)
    if skipped:
        counts.append(f"{skipped} skipped")
    done = " Nothing was written: this is a dry run." if dry_run else ""
    return f"{count(len(planned.changes), 'entry', 'entries')}: {', '.join(counts)}.{done}"


@contextmanager
def _progress(files: Sequence[str]) -> Iterator[Callable[[int], None]]:
    """A bar of the bytes that are read; how many there are is known of files."""
    sizes = [path.stat().st_size for name in files if (path := Path(name)).is_file()]
    with bar() as shown:
        task = shown.add_task("Reading", total=sum(sizes) or None)
        yield lambda done: shown.advance(task, done)
