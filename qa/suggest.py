"""Questions as a person types: stored wordings that begin so, hold these words, or nearly do."""

from datetime import UTC, datetime

import numpy as np

from index.entry import Entry
from index.lexical import Grams
from index.snapshot import Snapshot
from index.text import normalise
from qa.answerer import EVERYTHING, Scope

_LOOKED_AT = 100
# Under half of what was typed found again, a wording is not what the person is after.
_LEAST_COVERAGE = 0.5


class Suggester:
    """Suggests entries of one snapshot, without the encoder: it must keep up with typing."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._entries = snapshot.entries
        self._index = snapshot.phrasings
        wordings = [
            (number, f" {normalise(wording)}")
            for number, entry in enumerate(snapshot.entries)
            for wording in entry.phrasings
        ]
        self._entry_of = [number for number, _ in wordings]
        self._texts = [text for _, text in wordings]

    def suggest(
        self, typed: str, k: int, *, scope: Scope = EVERYTHING, at: datetime | None = None
    ) -> list[Entry]:
        """Up to k entries, best first: by the beginning, by the start of a word, by letters."""
        start = f" {normalise(typed)}"
        if start == " ":
            return []
        query = self._index.query(Grams.of(typed))
        admitted = [scope.admits(entry) for entry in self._entries]
        holding = [
            row
            for row, text in enumerate(self._texts)
            if start in text and admitted[self._entry_of[row]]
        ][:_LOOKED_AT]
        near = self._index.search(query, _LOOKED_AT)
        rows = np.union1d(np.array(holding, np.int64), near)
        coverage = dict(zip(rows.tolist(), self._index.coverage(query, rows), strict=True))
        kept = {row for row, share in coverage.items() if share >= _LEAST_COVERAGE} | set(holding)

        def rank(row: int) -> tuple[bool, bool, float, int, int]:
            text = self._texts[row]
            return (
                not text.startswith(start),
                start not in text,
                -round(float(coverage[row]), 3),
                len(text),
                row,
            )

        best_first = [row for row in sorted(kept, key=rank) if admitted[self._entry_of[row]]]
        return self._shown(best_first, k, at or datetime.now(UTC))

    def _shown(self, rows: list[int], k: int, at: datetime) -> list[Entry]:
        numbers = dict.fromkeys(self._entry_of[row] for row in rows)
        shown = (self._entries[number] for number in numbers)
        return [entry for entry in shown if entry.is_shown(at)][:k]
