"""From queries to candidates with evidence: which could answer, and what speaks for each."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from index import kernels
from index.lexical import Grams
from index.snapshot import Snapshot
from index.text import normalise
from index.vectors import Vectors
from qa.learned import Learned

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

# The entries of the nearest vectors are judged, and there must be so many. For each of these so
# many vectors are looked at to begin with.
LEAST_JUDGED = 24
ROWS_PER_ENTRY = 3
# Those whose wordings are nearest in n-grams are judged besides.
_LEXICAL_ROWS = 20

# An entry's rows come in this order, by what they speak for (`kernels.compared`).
_PARTS = 4
_WORDINGS, _ANSWER, _BOTH, _PASSAGES = range(_PARTS)
_PART_OF_FIELD = np.array([_WORDINGS, _WORDINGS, _ANSWER, _BOTH, _PASSAGES])


class Column(IntEnum):
    """What one column of evidence says of a query and an entry. All are in [-1, 1], more is better.

    The first four are cosines under the metric that was learned from the site (qa/learned.py). A
    field that an entry lacks is filled in with the cosine of what it has, so that it is neither
    punished nor preferred for being short of a field.
    """

    PHRASING = 0
    """Cosine to the nearest question or alternate."""
    TYPICAL = 1
    """Cosine to the centroid of question and alternates."""
    ANSWER = 2
    """Cosine to the answer, or to the nearest passage of it."""
    QUESTION_ANSWER = 3
    """Cosine to question and answer read as one."""
    COVERAGE = 4
    """The share of the query's n-grams, by weight, that the entry contains anywhere."""
    CLASSIFIER = 5
    """The classifier's log probability, as `1 + log p / 10`, no less than -1; 0 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The candidates of one query. entries: their numbers, ascending, (c,). columns: (c,
    len(Column)) float32. exact: (c,), whether a stored wording is the query word for word.
    cosines: of the rows of one candidate after the other, (r,). starts: where in them each part of
    a candidate begins and its last one ends, (c, 5).
    """

    entries: Ints
    columns: Floats
    exact: Bools
    cosines: Floats
    starts: Ints

    def nearest_parts(self, position: int) -> tuple[int | None, int | None]:
        """Which of a candidate's wordings and which passage of its answer is nearest to the query.

        Their numbers in `Entry.phrasings` and in `index.text.passages`; None where it has none.
        """
        starts = self.starts[position]
        wordings = self.cosines[starts[_WORDINGS] : starts[_ANSWER]]
        passages = self.cosines[starts[_PASSAGES] : starts[_PARTS]]
        return (
            int(wordings.argmax()) if len(wordings) else None,
            int(passages.argmax()) if len(passages) else None,
        )


class Retriever:
    """Finds candidates in one snapshot. Arrays are per row (of a vector) or per entry."""

    def __init__(self, snapshot: Snapshot, learned: Learned) -> None:
        self._vectors, self._learned = snapshot.vectors, learned
        self._wordings, self._texts = snapshot.phrasings, snapshot.texts
        self._entry_of_row = snapshot.rows.entry
        parts = self._entry_of_row.astype(np.int64) * _PARTS + _PART_OF_FIELD[snapshot.rows.field]
        sizes = np.bincount(parts, minlength=len(snapshot.entries) * _PARTS)
        self._first_row = np.concatenate([[0], sizes.cumsum()])
        self._entry_of_wording = snapshot.wordings.entry
        self._claimants = snapshot.wordings.claimants

    def gather(
        self,
        query: str,
        vector: Vectors,
        *,
        allowed: Bools | None = None,
        shown: Bools | None = None,
        least: int = LEAST_JUDGED,
    ) -> Evidence:
        """Candidates for one query and its vector (dimension,), among the allowed entries.

        allowed: (entries,); all when None. shown: those that could be right, (entries,), which the
        classifier's probabilities are among; all when None. least: so many, where there are.
        """
        grams = Grams.of(query)
        exact = self._claimants(normalise(query))
        entries = self._candidates(vector, grams, exact, least, allowed)
        columns = np.empty((len(entries), len(Column)), np.float32)
        cosines, starts = kernels.compared(
            self._first_row,
            self._vectors.vectors,
            self._learned.lengths,
            self._learned.turned(vector),
            self._learned.centroid_lengths,
            entries,
            columns,
        )
        columns[:, Column.COVERAGE] = self._texts.coverage(grams, entries)
        columns[:, Column.CLASSIFIER] = self._classified(vector, entries, shown)
        claims = np.isin(entries, exact) if exact else np.zeros(len(entries), bool)
        return Evidence(
            entries=entries, columns=columns, exact=claims, cosines=cosines, starts=starts
        )

    def _candidates(
        self, vector: Vectors, grams: Grams, exact: list[int], least: int, allowed: Bools | None
    ) -> Ints:
        """Those near in meaning, those near in letters, and those that claim the words; ascending.

        There are few: Python's sets are faster than NumPy's.
        """
        rows, cosines = self._wordings.similar(grams)
        if allowed is not None:
            # Before the nearest are chosen: those that nobody may see must not take their places.
            kept = allowed[self._entry_of_wording[rows]]
            rows, cosines = rows[kept], cosines[kept]
        alike = kernels.nearest(rows, cosines, _LEXICAL_ROWS)
        found = {
            *exact,
            *self._entry_of_wording[alike].tolist(),
            *self._nearest(vector, least, allowed),
        }
        entries = np.array(sorted(found), np.int64)
        return entries if allowed is None else entries[allowed[entries]]

    def _nearest(self, vector: Vectors, least: int, allowed: Bools | None) -> set[int]:
        """The entries of the nearest vectors, `least` of them or more if there are so many."""
        allowed_rows = None if allowed is None else allowed[self._entry_of_row]
        k = ROWS_PER_ENTRY * least
        while True:
            rows = self._vectors.search(vector, k, allowed_rows)
            entries = set(self._entry_of_row[rows].tolist())
            if len(entries) >= least or k >= len(self._vectors):
                return entries
            k *= 2

    def _classified(self, vector: Vectors, entries: Ints, shown: Bools | None) -> Floats:
        """The column CLASSIFIER, (c,)."""
        if not self._learned.has_classifier or not len(entries):
            return np.zeros(len(entries), np.float32)
        logits = self._learned.weights @ vector + self._learned.bias
        among = logits if shown is None else logits[shown]
        highest = among.max()
        total = highest + np.log(np.exp(among - highest).sum())
        classified: Floats = np.maximum(1 + (logits[entries] - total) / 10, -1.0)
        return classified
