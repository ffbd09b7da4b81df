"""The wordings of all entries in their normalised form, in one text: found whole, or as they begin.

Each is stored as a line break, a space and its words with a space between. So a word begins where
there is a space, and a wording where there is a line break; all these places, sorted by what comes
after them, are a suffix array (Manber and Myers, 1993) of words instead of characters.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from index.arrays import Bytes
from index.entry import Entry
from index.lookup import Lookup, Numbers
from index.text import normalise

Ints = npt.NDArray[np.int64]

# Places are sorted by so many bytes; of those that have all of them alike, so many are looked at.
_SORTED_BY = 64
_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingTable:
    """n wordings of entries, and the places where one of their words begins, sorted.

    start: (n + 1,), the place in bytes at which each wording's line break is, then the end.
    entry: (n,), ascending. places: (p,), of line breaks and spaces, in bytes, in the order of what
    the text says from there on. rows: (p,), the wording of each place.
    """

    start: Ints
    entry: Numbers
    places: Ints
    rows: Numbers

    @classmethod
    def of(cls, text: bytes, entry: Sequence[int]) -> Self:
        """The table of such a text, and the entry of each of its wordings."""
        padded = np.frombuffer(text + bytes(_SORTED_BY), np.uint8)
        begins = padded == ord("\n")
        places = np.flatnonzero(begins | (padded == ord(" ")))
        windows = np.lib.stride_tricks.sliding_window_view(padded, _SORTED_BY)
        order = np.argsort(windows[places].view(f"S{_SORTED_BY}").ravel(), kind="stable")
        return cls(
            start=np.append(np.flatnonzero(begins), len(text)),
            entry=np.array(entry, np.int32),
            places=places[order],
            rows=(np.cumsum(begins[places]) - 1).astype(np.int32)[order],
        )


def wordings_of(entries: Iterable[Entry]) -> tuple[bytes, WordingTable, Lookup]:
    """The text of the entries' wordings, its table, and the rows of each form."""
    owned = [(n, normalise(text)) for n, entry in enumerate(entries) for text in entry.phrasings]
    text = "".join(f"\n {form}" for _, form in owned).encode()
    rows = Lookup.of((form, row) for row, (_, form) in enumerate(owned) if form)
    return text, WordingTable.of(text, [number for number, _ in owned]), rows


class Wordings:
    """The wordings of a snapshot, entry by entry. Threads may share it.

    entry: (n,), the entry of each, ascending.
    """

    def __init__(self, text: Bytes, table: WordingTable, forms: Lookup) -> None:
        self._text, self._table, self._forms = text, table, forms
        self.entry = table.entry

    def __len__(self) -> int:
        return len(self.entry)

    def __getitem__(self, row: int) -> str:
        """A wording's normalised form."""
        start = self._table.start
        return self._text[start[row] + 2 : start[row + 1]].decode()

    def claimants(self, form: str) -> list[int]:
        """The entries that have a wording of this normalised form, ascending."""
        rows = (row for row in self._forms.find(form).tolist() if self[row] == form)
        return list(dict.fromkeys(int(self.entry[row]) for row in rows))

    def beginning(self, form: str) -> Numbers:
        """The wordings that begin so, in the order of what comes after."""
        return self._rows_after(f"\n {form}".encode())

    def holding(self, form: str) -> Numbers:
        """The wordings in which a word, and what comes after it, begins so, in that order; one of
        them comes as often as it does.
        """
        return self._rows_after(f" {form}".encode())

    def _rows_after(self, key: bytes) -> Numbers:
        places, sorted_by = self._table.places, key[:_SORTED_BY]

        def said(place: int) -> bytes:
            return self._text[place : place + len(sorted_by)]

        first = bisect_left(places, sorted_by, key=said)
        found = slice(first, bisect_right(places, sorted_by, first, key=said))
        rows = self._table.rows[found]
        if sorted_by == key:
            return rows
        alike = places[found][:_LOOKED_AT].tolist()
        return rows[: len(alike)][[self._text[at : at + len(key)] == key for at in alike]]
