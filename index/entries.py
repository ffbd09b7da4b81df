"""The stored entries: one JSON line each, read when it is asked for.

What a question needs of all of them (which are shown, which are on a page or have a tag, which has
an id) lies in arrays beside the lines, so that nothing grows with their number but a comparison.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Self, overload

import numpy as np
import numpy.typing as npt

from index.arrays import Bytes
from index.entry import Entry, State
from index.formats import jsonl
from index.lookup import Lookup

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

# Entries that are kept ready, some two kilobytes each, and masks of scopes, a byte an entry.
_KEPT_ENTRIES = 1024
_KEPT_MASKS = 16

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE_ALL, _AFTER_ALL = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTable:
    """Where n entries lie, and when each is shown. Times are microseconds since 1970.

    line_start: (n + 1,), the place in bytes at which each entry's line begins, then the end.
    begins, ends: (n,), from when to before when an entry is shown; one that is not published begins
    after all time. turns: ascending, the moments at which any entry begins or ends.
    """

    line_start: Ints
    begins: Ints
    ends: Ints
    turns: Ints

    @classmethod
    def of(cls, entries: Sequence[Entry], line_lengths: Sequence[int]) -> Self:
        """The table of entries whose lines are so long, in bytes."""
        begins = np.fromiter(map(_begins, entries), np.int64)
        ends = np.fromiter(map(_ends, entries), np.int64)
        turns = np.unique(np.concatenate([begins, ends]))
        return cls(
            line_start=np.cumsum([0, *line_lengths], dtype=np.int64),
            begins=begins,
            ends=ends,
            turns=turns[(turns != _BEFORE_ALL) & (turns != _AFTER_ALL)],
        )


def id_lookup(entries: Iterable[Entry]) -> Lookup:
    """The number of the entry of each id."""
    return Lookup.of((entry.id, number) for number, entry in enumerate(entries))


def scope_lookup(entries: Iterable[Entry]) -> Lookup:
    """The numbers of the entries on each page, and of those with each tag."""
    return Lookup.of(
        (scope, number)
        for number, entry in enumerate(entries)
        for scope in _scopes(entry.page, entry.tags)
    )


class Entries(Sequence[Entry]):
    """The entries of a snapshot, in order. Threads may share it."""

    def __init__(self, lines: Bytes, table: EntryTable, ids: Lookup, scopes: Lookup) -> None:
        """lines: what `jsonl.write` gives for the entries, each with its line end."""
        self._table, self._ids = table, ids
        self._numbers = range(len(table.begins))
        self._parse = partial(_parsed, lines, table.line_start)
        self._read = lru_cache(_KEPT_ENTRIES)(self._parse)
        self._mask = lru_cache(_KEPT_MASKS)(partial(_mask, scopes, len(table.begins)))
        # Which entries are shown, from when on and until when: replaced as one.
        self._shown: tuple[datetime, datetime, Bools | None] = _LAST, _FIRST, None

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, which: int) -> Entry: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Entry]: ...
    def __getitem__(self, which: int | slice) -> Entry | Sequence[Entry]:
        chosen = self._numbers[which]
        return self._read(chosen) if isinstance(chosen, int) else list(map(self._read, chosen))

    def __iter__(self) -> Iterator[Entry]:
        # Past the cache: those that questions ask for stay there.
        return map(self._parse, self._numbers)

    def number_of(self, id_: str) -> int | None:
        """The number of the entry of that id; None when there is none."""
        numbers = (int(number) for number in self._ids.find(id_))
        return next((number for number in numbers if self[number].id == id_), None)

    def id_of_hash(self, text_hash: int) -> str | None:
        """The id that is known by these 64 bits (`index.lookup`); None when there is none."""
        numbers = self._ids.find_hash(text_hash)
        return self[int(numbers[0])].id if len(numbers) else None

    def shown(self, at: datetime) -> Bools | None:
        """Which entries visitors may see at that moment, (n,), read-only; None for all of them.

        at: with a time zone.
        """
        since, until, shown = self._shown
        if not since <= at < until:
            since, until, shown = self._shown = self._shown_around(at)
        return shown

    def within(self, page: str = "", tags: tuple[str, ...] = ()) -> Bools | None:
        """Which entries are on this page, if one is named, and have all of these tags, (n,),
        read-only; None for all of them.
        """
        return self._mask(page, tags) if page or tags else None

    def admitted(self, at: datetime, page: str = "", tags: tuple[str, ...] = ()) -> Bools | None:
        """Which entries are both shown and within, (n,), read-only; None for all of them."""
        shown, within = self.shown(at), self.within(page, tags)
        return within if shown is None else shown if within is None else shown & within

    def numbers(self, at: datetime, page: str = "", tags: tuple[str, ...] = ()) -> Sequence[int]:
        """The numbers of those, ascending."""
        admitted = self.admitted(at, page, tags)
        return self._numbers if admitted is None else np.flatnonzero(admitted).tolist()

    def _shown_around(self, at: datetime) -> tuple[datetime, datetime, Bools | None]:
        """The last turn until then, the next, and which entries are shown between them."""
        now, turns = _microseconds(at), self._table.turns
        passed = int(turns.searchsorted(now, "right"))
        since = _moment(turns[passed - 1]) if passed else _FIRST
        until = _moment(turns[passed]) if passed < len(turns) else _LAST
        shown = (self._table.begins <= now) & (now < self._table.ends)
        shown.flags.writeable = False
        return since, until, None if shown.all() else shown


def _parsed(lines: Bytes, line_start: Ints, number: int) -> Entry:
    return jsonl.stored(lines[line_start[number] : line_start[number + 1]])


def _mask(scopes: Lookup, count: int, page: str, tags: tuple[str, ...]) -> Bools:
    mask = np.ones(count, bool)
    for scope in _scopes(page, tags):
        of_scope = np.zeros(count, bool)
        of_scope[scopes.find(scope)] = True
        mask &= of_scope
    mask.flags.writeable = False
    return mask


def _scopes(page: str, tags: tuple[str, ...]) -> Iterator[str]:
    """What a page and tags are found by; a page and a tag of one name are two."""
    if page:
        yield f"page {page}"
    for tag in dict.fromkeys(tags):
        yield f"tag {tag}"


def _begins(entry: Entry) -> int:
    if entry.state is not State.PUBLISHED:
        return _AFTER_ALL
    return _microseconds(entry.valid_from) if entry.valid_from else _BEFORE_ALL


def _ends(entry: Entry) -> int:
    return _microseconds(entry.valid_until) if entry.valid_until else _AFTER_ALL


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    """The moment in UTC; the first or the last that there is, if it lies beyond in another zone."""
    within = min(max(int(microseconds), _microseconds(_FIRST)), _microseconds(_LAST))
    return _EPOCH + timedelta(microseconds=within)
