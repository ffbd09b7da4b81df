"""Ids and names of pages: what an entry is known by must be its own, and fit into a line."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from index.checks.finding import error, place, warning
from index.entry import ID_PATTERN, TELLABLE_ID, Entry, Page
from index.formats.reading import Finding, quoted


def unusual_ids(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find ids that cannot be told apart in a line of text, and those that are merely unusual."""
    # Labels and links of other systems may name an id as it stands, so the latter are kept.
    mend = "Use at most 200 letters (a to z), digits, “-”, “_”, “.” and “:”."
    for entry in entries:
        if not TELLABLE_ID.fullmatch(entry.id):
            yield error("unusual-id", entry, f"{quoted(entry.id)} cannot be an id.", mend)
        elif not ID_PATTERN.fullmatch(entry.id):
            what = f"the id {quoted(entry.id)} holds characters that ids should not."
            yield warning("unusual-id", entry, what, mend)


def duplicate_ids(entries: Iterable[Entry]) -> Iterator[Finding]:
    """Find ids that two entries have."""
    first: dict[str, Entry] = {}
    for entry in entries:
        earlier = first.setdefault(entry.id, entry)
        if earlier is not entry:
            what = f"the id {quoted(entry.id)} is used already, at {place(earlier)}."
            mend = "Give one of the two another id."
            yield error("duplicate-id", entry, what, mend, earlier)


def pages_in_two_files(pages: Sequence[Page]) -> Iterator[Finding]:
    """Two Markdown files are two pages; lists of entries may well add to a page."""
    first: dict[str, str] = {}
    for page in pages:
        if Path(page.source).suffix.lower() not in {".md", ".markdown"}:
            continue
        earlier = first.setdefault(page.name, page.source)
        if earlier != page.source:
            what = f"the page name {quoted(page.name)} is taken already, by {earlier}."
            mend = "Rename one file, or give it a “Name: …” in “About this page”."
            yield Finding("error", page.source, what, mend, "duplicate-page")
