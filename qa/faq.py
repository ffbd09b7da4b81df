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
    for entry in snapshot.entries:
        if entry.is_shown(at):
            shown[entry.page].append(entry)
    pages = _by_name(snapshot.pages)
    return {name: replace(pages[name], entries=tuple(some)) for name, some in shown.items()}


def _by_name(pages: tuple[Page, ...]) -> dict[str, Page]:
    """Of several sources of one page, the first that introduces it, else the first."""
    last_wins = sorted(reversed(pages), key=lambda page: bool(page.introduction))
    return {page.name: page for page in last_wins}
