"""From queries to candidates with evidence: which could answer, and what speaks for each."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from index.entry import Field
from index.lexical import Grams
from index.snapshot import Snapshot
from index.text import normalise
from index.vectors import Vectors

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# As many entries as anyone may ask to see ranked.
MAX_RANKED = 50

# How many of the nearest vectors, and of the wordings nearest in n-grams, name the candidates to
# begin with; more are looked at until there are MAX_RANKED entries.
_DENSE_ROWS = 160
_LEXICAL_ROWS = 40


class Column(IntEnum):
    """What one column of evidence says of a query and an entry. All are in [-1, 1], more is better.

    A field that an entry lacks is filled in with what speaks for it otherwise, see `_fill`.
    """

    PHRASING = 0
    """Cosine to the nearest question or alternate."""
    TYPICAL = 1
    """Cosine to the centroid of question and alternates."""
    ANSWER = 2
    """Cosine to the answer."""
    QUESTION_ANSWER = 3
    """Cosine to question and answer read as one."""
    WORDING = 4
    """TF-IDF cosine of character n-grams to the nearest question or alternate."""
    COVERAGE = 5
    """The share of the query's n-grams, by weight, that the entry contains anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The candidates of one query. entries: their numbers, ascending, (c,). columns: (c,
    len(Column)) float32. exact: (c,), whether a stored wording is the query word for word.
    """

    entries: Ints
    columns: npt.NDArray[np.float32]
    exact: Bools


class Retriever:
    """Finds candidates in one snapshot. Arrays are per row (of a vector) or per entry."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._vectors = snapshot.vectors
        self._wordings, self._texts = snapshot.phrasings, snapshot.texts
        self._entry_of_row = snapshot.rows.entry.astype(np.int64)
        self._field_of_row = snapshot.rows.field
        count = len(snapshot.entries)
        self._first_row = np.searchsorted(self._entry_of_row, np.arange(count + 1))
        is_wording = np.isin(self._field_of_row, (Field.QUESTION, Field.ALTERNATE))
        self._entry_of_wording = self._entry_of_row[is_wording]
        self._first_wording = np.searchsorted(self._entry_of_wording, np.arange(count + 1))
        self._centroid_length = _centroid_lengths(
            snapshot.vectors.vectors[is_wording], self._first_wording
        )
        self._exact: dict[str, list[int]] = {}
        for number, entry in enumerate(snapshot.entries):
            for form in {normalise(wording) for wording in entry.phrasings} - {""}:
                self._exact.setdefault(form, []).append(number)

    def gather(self, query: str, vector: Vectors, allowed: Bools | None = None) -> Evidence:
        """Candidates for one query and its vector (dimension,), among the allowed entries.

        allowed: (entries,); all when None.
        """
        grams = Grams.of(query)
        wording = self._wordings.query(grams)
        exact = self._exact.get(normalise(query), [])
        entries = self._candidates(vector, self._wordings.search(wording, _LEXICAL_ROWS), allowed)
        entries = np.union1d(entries, np.array(exact, np.int64))
        if allowed is not None:
            entries = entries[allowed[entries]]
        rows, owner = _rows_of(self._first_row, entries)
        wordings, wording_owner = _rows_of(self._first_wording, entries)
        columns = self._cosines(vector, rows, owner, entries)
        lexical = self._wordings.scores(wording, wordings)
        columns[:, Column.WORDING] = _largest(lexical, wording_owner, len(entries))
        columns[:, Column.COVERAGE] = self._texts.coverage(self._texts.query(grams), entries)
        return Evidence(entries=entries, columns=_fill(columns), exact=np.isin(entries, exact))

    def _candidates(self, vector: Vectors, wordings: Ints, allowed: Bools | None) -> Ints:
        allowed_rows = None if allowed is None else allowed[self._entry_of_row]
        k = _DENSE_ROWS
        entries = np.unique(self._entry_of_row[self._vectors.search(vector, k, allowed_rows)])
        while len(entries) < MAX_RANKED and k < len(self._vectors):
            k *= 2
            entries = np.unique(self._entry_of_row[self._vectors.search(vector, k, allowed_rows)])
        return np.union1d(entries, self._entry_of_wording[wordings])

    def _cosines(
        self, vector: Vectors, rows: Ints, owner: Ints, entries: Ints
    ) -> npt.NDArray[np.float32]:
        cosines = np.clip(self._vectors.vectors[rows] @ vector, -1.0, 1.0)
        field = self._field_of_row[rows]
        columns = np.full((len(entries), len(Column)), np.nan, np.float32)
        is_wording = field <= Field.ALTERNATE
        columns[:, Column.PHRASING] = _largest(cosines[is_wording], owner[is_wording], len(entries))
        columns[:, Column.TYPICAL] = self._typical(cosines[is_wording], owner[is_wording], entries)
        for column, wanted in (
            (Column.ANSWER, Field.ANSWER),
            (Column.QUESTION_ANSWER, Field.QUESTION_ANSWER),
        ):
            columns[owner[field == wanted], column] = cosines[field == wanted]
        return columns

    def _typical(self, cosines: Vectors, owner: Ints, entries: Ints) -> npt.NDArray[np.float64]:
        """Cosine to the centroid: the mean of the cosines over the mean vector's length."""
        sums = np.bincount(owner, weights=cosines, minlength=len(entries))
        counts = np.bincount(owner, minlength=len(entries))
        means = np.divide(sums, counts, out=np.full(len(entries), np.nan), where=counts > 0)
        to_centroid: npt.NDArray[np.float64] = np.minimum(
            means / self._centroid_length[entries], 1.0
        )
        return to_centroid


def _centroid_lengths(wordings: Vectors, first: Ints) -> npt.NDArray[np.float64]:
    """The length of each entry's mean wording vector; 1 for an entry without wordings."""
    counts = np.diff(first)
    lengths = np.ones(len(counts))
    with_any = np.flatnonzero(counts)
    if len(with_any):
        sums = np.add.reduceat(wordings, first[with_any], axis=0)
        lengths[with_any] = np.linalg.norm(sums, axis=1) / counts[with_any]
    return np.maximum(lengths, 1e-6)


def _rows_of(first: Ints, entries: Ints) -> tuple[Ints, Ints]:
    """All rows of the given entries, and for each row the position of its entry among them."""
    counts = first[entries + 1] - first[entries]
    owner = np.repeat(np.arange(len(entries)), counts)
    offsets = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[entries][owner] + offsets, owner


def _largest(values: npt.NDArray[np.float32], owner: Ints, count: int) -> Vectors:
    """The largest value of each owner, (count,), NaN for one that has none."""
    largest = np.full(count, np.nan, np.float32)
    np.fmax.at(largest, owner, values)
    return largest


def _fill(columns: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give an entry that lacks wordings or an answer the cosine of what it has.

    So an entry is neither punished nor preferred for being short of a field.
    """
    wording, answer = columns[:, Column.PHRASING], columns[:, Column.ANSWER]
    for column, other in (
        (Column.PHRASING, answer),
        (Column.TYPICAL, answer),
        (Column.ANSWER, wording),
        (Column.QUESTION_ANSWER, np.fmax(wording, answer)),
    ):
        columns[:, column] = np.where(np.isnan(columns[:, column]), other, columns[:, column])
    # Without a wording there is nothing to compare letters with; what the entry covers stands in.
    wordless = np.isnan(columns[:, Column.WORDING])
    columns[wordless, Column.WORDING] = columns[wordless, Column.COVERAGE]
    return columns
