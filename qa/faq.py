"""The FAQ as pages to read: what of it is shown at a moment."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from index.entry import Entry, Page
from index.snapshot import Snapshot


def pages_shown(snapshot: Snapshot, at: datetime) -> dict[str, Page]:
    """The pages by name, in the order of the content, each with the entries that visitors may see
    at that moment (which must carry a time zone); none without any.
    """
    shown: defaultdict[str, list[Entry]] = defaultdict(list)
    for number in snapshot.entries.numbers(at):
        entry = snapshot.entries[number]
        shown[entry.page].append(entry)
    pages = _by_name(snapshot.pages)
    return {name: replace(pages[name], entries=tuple(some)) for name, some in shown.items()}


def page_shown(snapshot: Snapshot, name: str, at: datetime) -> Page | None:
    """One of these pages, without reading the others' entries; None if there is none so named."""
    if not (found := _by_name(snapshot.pages).get(name)):
        return None
    numbers = snapshot.entries.numbers(at, page=name)
    entries = tuple(snapshot.entries[number] for number in numbers)
    return replace(found, entries=entries) if entries else None


def _by_name(pages: tuple[Page, ...]) -> dict[str, Page]:
    """Of several sources of one page, the first that introduces it, else the first."""
    last_wins = sorted(reversed(pages), key=lambda page: bool(page.introduction))
    return {page.name: page for page in last_wins}
