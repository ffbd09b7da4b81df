"""What all checks share: a finding about an entry, where it is, and which entries may compete."""

from dataclasses import dataclass
from typing import Literal

from index.entry import Entry, State
from index.formats.reading import Finding
from index.text import one_line


@dataclass(frozen=True, slots=True)
class EntryFinding(Finding):
    """A finding about an entry, by its id, and perhaps about another one."""

    entry: str = ""
    other: str = ""


def warning(
    check: str, entry: Entry, what: str, mend: str, other: Entry | None = None
) -> EntryFinding:
    """What the author of an entry surely did not mean."""
    return _finding("warning", check, entry, what, mend, other)


def error(
    check: str, entry: Entry, what: str, mend: str, other: Entry | None = None
) -> EntryFinding:
    """What keeps an entry from being used."""
    return _finding("error", check, entry, what, mend, other)


def _finding(
    severity: Literal["error", "warning"],
    check: str,
    entry: Entry,
    what: str,
    mend: str,
    other: Entry | None,
) -> EntryFinding:
    other_id = other.id if other else ""
    return EntryFinding(severity, place(entry), what, mend, check, entry.id, other_id)


def place(entry: Entry) -> str:
    """Where an entry stands, for messages: its source, else its id."""
    return entry.source or one_line(entry.id)


def has_text(entry: Entry) -> bool:
    """Whether there is anything to find or to show."""
    return bool(entry.question.strip() or entry.answer.strip())


def compete(one: Entry, other: Entry) -> bool:
    """Whether there can be a moment at which both are shown."""
    published = one.state is other.state is State.PUBLISHED
    return published and not _ends_before(one, other) and not _ends_before(other, one)


def _ends_before(one: Entry, other: Entry) -> bool:
    ends, begins = one.valid_until, other.valid_from
    return ends is not None and begins is not None and ends <= begins
