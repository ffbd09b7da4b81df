"""An import that comes again: what the source changed, what a person changed, and both at once.

Three versions of an entry are compared field by field, as version control does: the one that was
imported last (the base), the one that stands in the content now (mine), the source's (theirs).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from index.entry import Entry
from index.text import normalise


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
    """What becomes of one entry. entry: as it will be, or was if it goes. theirs: the source's,
    where person and source contradict each other, in these fields.
    """

    outcome: Outcome
    entry: Entry
    fields: tuple[str, ...] = ()
    theirs: Entry | None = None


# Where an entry is, its id and its page, is the person's to say once it is there.
_SCALARS: Final = (
    *("question", "answer", "url", "language", "prompts", "context_only"),
    *("state", "valid_from", "valid_until"),
)
_LISTS: Final = ("alternates", "negatives", "tags")


def base_of(given: Sequence[Entry], mine: Mapping[str, Entry]) -> dict[str, Entry]:
    """The base, by id. given: what was imported last, from all sources; a later one counts more.

    What is mine and the same as what any of them gave, nobody edited.
    """
    base: dict[str, Entry] = {}
    for entry in given:
        earlier, own = base.get(entry.id), mine.get(entry.id)
        if not (earlier and own and replace(earlier, page=own.page) == own):
            base[entry.id] = entry
    return base


def recognised(
    base: Mapping[str, Entry], mine: Mapping[str, Entry], theirs: Sequence[Entry]
) -> dict[str, Entry]:
    """What is mine, by the ids of the sources.

    Where ids are made of page and question, an entry that a person moved, or whose question he
    changed, has another id now. It is known by its answer, else by its question.
    """
    ours = {entry.id for entry in theirs} | base.keys()
    known, strangers = dict(mine), {id_: entry for id_, entry in mine.items() if id_ not in ours}
    for same in (_by_answer, _by_question):
        found = _once(same, strangers.values())
        for id_, entry in base.items():
            if id_ not in known and (other := found.pop(same(entry), None)):
                known[id_] = known.pop(other.id)
                del strangers[other.id]
    return known


def _by_answer(entry: Entry) -> str:
    return entry.answer.strip()


def _by_question(entry: Entry) -> str:
    return normalise(entry.question)


def _once(key: Callable[[Entry], str], entries: Collection[Entry]) -> dict[str, Entry]:
    """The entries by a text that is theirs alone."""
    counts = Counter(map(key, entries))
    return {text: entry for entry in entries if (text := key(entry)) and counts[text] == 1}


def merge(
    base: Mapping[str, Entry],
    mine: Mapping[str, Entry],
    theirs: Sequence[Entry],
    before: Mapping[str, Entry],
) -> list[Change]:
    """What an import changes: first the source's entries in its order, then those that vanished.

    base: see `base_of`. mine: all entries that the content has, see `recognised`. before: what the
    same source gave last. All by id.
    """
    changes = [_change(base.get(entry.id), mine.get(entry.id), entry) for entry in theirs]
    gone = _gone(before, mine, theirs)
    return changes + [Change(Outcome.VANISHED, entry) for entry in gone]


def mirror(
    base: Mapping[str, Entry],  # noqa: ARG001 - as for `merge`
    mine: Mapping[str, Entry],
    theirs: Sequence[Entry],
    before: Mapping[str, Entry],
) -> list[Change]:
    """What it takes for what comes from the source to be as it is there, whatever a person did."""
    changes = [_mirrored(mine.get(entry.id), entry) for entry in theirs]
    return changes + [Change(Outcome.REMOVED, entry) for entry in _gone(before, mine, theirs)]


def _gone(
    before: Mapping[str, Entry], mine: Mapping[str, Entry], theirs: Sequence[Entry]
) -> Iterator[Entry]:
    there = {entry.id for entry in theirs}
    return (mine[id_] for id_ in before if id_ not in there and id_ in mine)


def _mirrored(mine: Entry | None, theirs: Entry) -> Change:
    if mine is None:
        return Change(Outcome.NEW, theirs)
    wanted = replace(theirs, id=mine.id, page=mine.page)
    return Change(Outcome.UNCHANGED if mine == wanted else Outcome.UPDATED, wanted)


def _change(base: Entry | None, mine: Entry | None, theirs: Entry) -> Change:
    if mine is None:
        return Change(Outcome.DELETED if base else Outcome.NEW, theirs)
    merged, contradicting = _three_way(base, mine, theirs)
    if contradicting:
        return Change(Outcome.CONFLICT, merged, contradicting, theirs)
    if merged != mine:
        return Change(Outcome.UPDATED, merged)
    is_theirs = merged == replace(theirs, id=mine.id, page=mine.page)
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
