"""Questions as a person types: stored wordings that begin so, hold these words, or nearly do."""

from datetime import UTC, datetime

import numpy as np

from index.entries import Bools, Ints
from index.entry import Entry
from index.lexical import Grams
from index.lookup import Numbers
from index.snapshot import Snapshot
from index.text import normalise
from qa.answerer import EVERYTHING, Scope

_LOOKED_AT = 100
# Under half of what was typed found again, a wording is not what the person is after.
_LEAST_COVERAGE = 0.5


class Suggester:
    """Suggests entries of one snapshot, without the encoder: it must keep up with typing."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._entries, self._wordings = snapshot.entries, snapshot.wordings
        self._index = snapshot.phrasings

    def suggest(
        self, typed: str, k: int, *, scope: Scope = EVERYTHING, at: datetime | None = None
    ) -> list[Entry]:
        """Up to k entries, best first: by the beginning, by the start of a word, by letters."""
        form = normalise(typed)
        if not form:
            return []
        admitted = self._entries.admitted(at or datetime.now(UTC), scope.page, scope.tags)
        query = Grams.of(typed)
        near = self._index.search(query, _LOOKED_AT)
        ways = (self._wordings.beginning(form), self._wordings.holding(form), near)
        rows = np.array(
            sorted({row for way in ways for row in self._first(way, admitted)}), np.int64
        )
        coverage = self._index.coverage(query, rows)
        best_first = self._ranked(form, rows.tolist(), coverage.tolist())
        numbers = dict.fromkeys(int(self._wordings.entry[row]) for row in best_first)
        return [self._entries[number] for number in list(numbers)[:k]]

    def _first(self, rows: Numbers | Ints, admitted: Bools | None) -> list[int]:
        """The first so many of the rows whose entries are admitted."""
        if admitted is not None:
            rows = rows[admitted[self._wordings.entry[rows]]]
        first: list[int] = rows[:_LOOKED_AT].tolist()
        return first

    def _ranked(self, form: str, rows: list[int], coverage: list[float]) -> list[int]:
        """The rows that fit what was typed, best first."""
        start, ranks = f" {form}", []
        for row, share in zip(rows, coverage, strict=True):
            text = f" {self._wordings[row]}"
            if share >= _LEAST_COVERAGE or start in text:
                begins, holds = text.startswith(start), start in text
                ranks.append((not begins, not holds, -round(share, 3), len(text), row))
        return [row for *_, row in sorted(ranks)]
