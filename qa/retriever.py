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
from qa.learned import Learned

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

# As many entries as anyone may ask to see ranked.
MAX_RANKED = 50

# How many of the nearest vectors are looked at for MAX_RANKED entries to begin with, and how many
# of the wordings nearest in n-grams name candidates besides.
_DENSE_ROWS = 160
_LEXICAL_ROWS = 20


class Column(IntEnum):
    """What one column of evidence says of a query and an entry. All are in [-1, 1], more is better.

    The first four are cosines under the metric that was learned from the site (qa/learned.py). A
    field that an entry lacks is filled in with what speaks for it otherwise, see `_filled`.
    """

    PHRASING = 0
    """Cosine to the nearest question or alternate."""
    TYPICAL = 1
    """Cosine to the centroid of question and alternates."""
    ANSWER = 2
    """Cosine to the answer, or to the nearest passage of it."""
    QUESTION_ANSWER = 3
    """Cosine to question and answer read as one."""
    WORDING = 4
    """TF-IDF cosine of character n-grams to the nearest question or alternate."""
    COVERAGE = 5
    """The share of the query's n-grams, by weight, that the entry contains anywhere."""
    CLASSIFIER = 6
    """The classifier's log probability, as `1 + log p / 10`, no less than -1; 0 without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The candidates of one query. entries: their numbers, ascending, (c,). columns: (c,
    len(Column)) float32. exact: (c,), whether a stored wording is the query word for word.
    """

    entries: Ints
    columns: Floats
    exact: Bools


class Retriever:
    """Finds candidates in one snapshot. Arrays are per row (of a vector) or per entry."""

    def __init__(self, snapshot: Snapshot, learned: Learned) -> None:
        self._vectors, self._learned = snapshot.vectors, learned
        self._wordings, self._texts = snapshot.phrasings, snapshot.texts
        self._entry_of_row = snapshot.rows.entry.astype(np.int64)
        self._field_of_row = snapshot.rows.field
        count = len(snapshot.entries)
        self._first_row = np.searchsorted(self._entry_of_row, np.arange(count + 1))
        self._entry_of_wording = self._entry_of_row[self._field_of_row <= Field.ALTERNATE]
        self._first_wording = np.searchsorted(self._entry_of_wording, np.arange(count + 1))
        self._exact: dict[str, list[int]] = {}
        for number, entry in enumerate(snapshot.entries):
            for form in {normalise(wording) for wording in entry.phrasings} - {""}:
                self._exact.setdefault(form, []).append(number)

    def gather(
        self,
        query: str,
        vector: Vectors,
        *,
        allowed: Bools | None = None,
        shown: Bools | None = None,
    ) -> Evidence:
        """Candidates for one query and its vector (dimension,), among the allowed entries.

        allowed: (entries,); all when None. shown: those that could be right, (entries,), which the
        classifier's probabilities are among; all when None.
        """
        grams = Grams.of(query)
        alike = self._wordings.similarities(self._wordings.query(grams))
        exact = self._exact.get(normalise(query), [])
        entries = self._candidates(vector, alike, allowed)
        entries = np.union1d(entries, np.array(exact, np.int64))
        if allowed is not None:
            entries = entries[allowed[entries]]
        columns = np.empty((len(entries), len(Column)), np.float32)
        wordings, owner = _rows_of(self._first_wording, entries)
        columns[:, Column.WORDING] = _largest(alike[wordings], owner, len(entries))
        columns[:, Column.COVERAGE] = self._texts.coverage(self._texts.query(grams), entries)
        self._put_cosines(columns, vector, entries)
        columns[:, Column.CLASSIFIER] = self._classified(vector, entries, shown)
        # Without a wording there is nothing to compare letters with; what is covered stands in.
        wordless = np.isnan(columns[:, Column.WORDING])
        columns[wordless, Column.WORDING] = columns[wordless, Column.COVERAGE]
        return Evidence(entries=entries, columns=columns, exact=np.isin(entries, exact))

    def nearest_parts(self, vector: Vectors, entry: int) -> tuple[int | None, int | None]:
        """Which of an entry's wordings and which passage of its answer is nearest to a query.

        Their numbers in `Entry.phrasings` and in `index.text.passages`; None where it has none.
        """
        rows = slice(self._first_row[entry], self._first_row[entry + 1])
        cosines = self._cosines(vector, rows)
        field = self._field_of_row[rows]
        wordings, passages = cosines[field <= Field.ALTERNATE], cosines[field == Field.PASSAGE]
        return (
            int(wordings.argmax()) if len(wordings) else None,
            int(passages.argmax()) if len(passages) else None,
        )

    def _candidates(self, vector: Vectors, alike: Floats, allowed: Bools | None) -> Ints:
        allowed_rows = None if allowed is None else allowed[self._entry_of_row]
        k = _DENSE_ROWS
        while True:
            rows = self._vectors.search(vector, k, allowed_rows)
            entries, first = np.unique(self._entry_of_row[rows], return_index=True)
            if len(entries) >= MAX_RANKED or k >= len(self._vectors):
                break
            k *= 2
        nearest = entries[np.argsort(first)[:MAX_RANKED]]
        return np.union1d(nearest, self._entry_of_wording[_best(alike, _LEXICAL_ROWS)])

    def _cosines(self, vector: Vectors, rows: Ints | slice) -> Floats:
        """The cosine of a query and each of these rows under the learned metric."""
        products = self._vectors.vectors[rows] @ self._learned.turned(vector)
        cosines: Floats = products / self._learned.lengths[rows]
        return cosines

    def _put_cosines(self, columns: Floats, vector: Vectors, entries: Ints) -> None:
        """The columns from PHRASING to QUESTION_ANSWER."""
        rows, owner = _rows_of(self._first_row, entries)
        cosines = np.clip(self._cosines(vector, rows), -1.0, 1.0)
        centroids = self._learned.centroid_lengths[entries]
        by_field = _by_field(cosines, self._field_of_row[rows], owner, centroids)
        columns[:, : Column.QUESTION_ANSWER + 1] = by_field.T

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


def _by_field(
    cosines: Floats, field: npt.NDArray[np.int8], owner: Ints, centroids: Floats
) -> Floats:
    """PHRASING, TYPICAL, ANSWER and QUESTION_ANSWER of c owners, (4, c), filled.

    centroids: the length of the mean of each owner's wordings, (c,).
    """
    count = len(centroids)
    wording, both = field <= Field.ALTERNATE, field == Field.QUESTION_ANSWER
    answer = (field == Field.ANSWER) | (field == Field.PASSAGE)
    phrasings = _largest(cosines[wording], owner[wording], count)
    # The cosine to a mean is the mean of the cosines over the mean's length.
    typical = np.minimum(_mean(cosines[wording], owner[wording], count) / centroids, 1.0)
    answers = _largest(cosines[answer], owner[answer], count)
    together = np.full(count, np.nan, np.float32)
    together[owner[both]] = cosines[both]
    return _filled(np.stack([phrasings, typical, answers, together]))


def _filled(fields: Floats) -> Floats:
    """Give an entry that lacks wordings or an answer the cosine of what it has.

    So an entry is neither punished nor preferred for being short of a field.
    """
    wording, _, answer, _ = fields
    others = np.stack([answer, answer, wording, np.fmax(wording, answer)])
    return np.where(np.isnan(fields), others, fields)


def _best(values: Floats, k: int) -> Ints:
    """Where the k largest values above 0 are; of equal ones, those before."""
    if len(values) > k:
        least = np.partition(values, len(values) - k)[len(values) - k]
        above = np.flatnonzero(values > max(least, 0.0))
        equal = np.flatnonzero((values == least) & (values > 0))
        return np.concatenate([above, equal[: k - len(above)]])
    return np.flatnonzero(values > 0)


def _rows_of(first: Ints, entries: Ints) -> tuple[Ints, Ints]:
    """All rows of the given entries, and for each row the position of its entry among them."""
    counts = first[entries + 1] - first[entries]
    owner = np.repeat(np.arange(len(entries)), counts)
    offsets = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[entries][owner] + offsets, owner


def _largest(values: Floats, owner: Ints, count: int) -> Floats:
    """The largest value of each owner, (count,), NaN for one that has none; owners ascend."""
    return _each(np.maximum, values, owner, count)


def _mean(values: Floats, owner: Ints, count: int) -> Floats:
    """The mean value of each owner, as above."""
    counts = np.maximum(np.bincount(owner, minlength=count), 1).astype(np.float32)
    return _each(np.add, values, owner, count) / counts


def _each(ufunc: np.ufunc, values: Floats, owner: Ints, count: int) -> Floats:
    result = np.full(count, np.nan, np.float32)
    if len(owner):
        first = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
        result[owner[first]] = ufunc.reduceat(values, first)
    return result
