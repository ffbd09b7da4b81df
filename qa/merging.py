"""An import that comes again: what the source changed, what a person changed, and both at once.

Three versions of an entry are compared field by field, as version control does: the one that was
imported last (the base), the one that stands in the content now (mine), the source's (theirs).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from index.entry import Entry


class Outcome(StrEnum):
    """What becomes of an entry, in the words that people are shown."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    EDITED = "edited here"
    """A person changed it since, the source did not: it stays."""
    CONFLICT = "conflict"
    """Both changed the same field: what the person wrote stays."""
    DELETED = "deleted here"
    """A person took it out: it stays out."""
    VANISHED = "vanished"
    """The source has it no more: it stays, for a person to look at."""
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entry. entry: as it will be, or was if it goes. fields: those in which
    person and source contradict each other.
    """

    outcome: Outcome
    entry: Entry
    fields: tuple[str, ...] = ()


# Where an entry is, its id and its page, is the person's to say once it is there.
_SCALARS: Final = (
    *("question", "answer", "url", "language", "prompts", "context_only"),
    *("state", "valid_from", "valid_until"),
)
_LISTS: Final = ("alternates", "negatives", "tags")


def merge(
    base: Mapping[str, Entry], mine: Mapping[str, Entry], theirs: Sequence[Entry]
) -> list[Change]:
    """What an import changes: first the source's entries in its order, then those that vanished.

    base: what the same source gave last. mine: all entries that the content has. Both by id.
    """
    changes = [_change(base.get(entry.id), mine.get(entry.id), entry) for entry in theirs]
    there = {entry.id for entry in theirs}
    gone = (id_ for id_ in base if id_ not in there and id_ in mine)
    return changes + [Change(Outcome.VANISHED, mine[id_]) for id_ in gone]


def mirror(
    base: Mapping[str, Entry], mine: Mapping[str, Entry], theirs: Sequence[Entry]
) -> list[Change]:
    """What it takes for the content to be as the source is, whatever a person did.

    What the source gave last and has no more is removed, and so is all else on its pages.
    """
    changes = [_mirrored(mine.get(entry.id), entry) for entry in theirs]
    there, pages = {entry.id for entry in theirs}, {entry.page for entry in theirs}
    gone = [
        entry
        for id_, entry in mine.items()
        if id_ not in there and (id_ in base or entry.page in pages)
    ]
    return changes + [Change(Outcome.REMOVED, entry) for entry in gone]


def _mirrored(mine: Entry | None, theirs: Entry) -> Change:
    if mine is None:
        return Change(Outcome.NEW, theirs)
    wanted = replace(theirs, page=mine.page)
    return Change(Outcome.UNCHANGED if mine == wanted else Outcome.UPDATED, wanted)


def _change(base: Entry | None, mine: Entry | None, theirs: Entry) -> Change:
    if mine is None:
        return Change(Outcome.DELETED if base else Outcome.NEW, theirs)
    merged, contradicting = _three_way(base, mine, theirs)
    if contradicting:
        return Change(Outcome.CONFLICT, merged, contradicting)
    if merged != mine:
        return Change(Outcome.UPDATED, merged)
    is_theirs = merged == replace(theirs, page=mine.page)
    return Change(Outcome.UNCHANGED if is_theirs else Outcome.EDITED, merged)


def _three_way(base: Entry | None, mine: Entry, theirs: Entry) -> tuple[Entry, tuple[str, ...]]:
    """One entry of three versions, and the fields in which mine stays against theirs."""
    values: dict[str, object] = {}
    contradicting = []
    for name in _SCALARS:
        old, own, new = getattr(base, name, None), getattr(mine, name), getattr(theirs, name)
        if own == new or (base and new == old):
            continue
        if base and own == old:
            values[name] = new
        else:
            contradicting.append(name)
    for name in _LISTS:
        values[name] = _merged_list(
            getattr(base, name, ()), getattr(mine, name), getattr(theirs, name)
        )
    return replace(mine, **values), tuple(contradicting)  # type: ignore[arg-type] # by name


def _merged_list(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> tuple[str, ...]:
    """Mine, with what the source added since and without what it took out."""
    taken_out = set(base) - set(theirs)
    added = [text for text in theirs if text not in base and text not in mine]
    return (*(text for text in mine if text not in taken_out), *added)
