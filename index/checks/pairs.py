"""Pairs of entries that are near each other in the encoder's space: what model checks look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import faiss
import numpy as np
import numpy.typing as npt

from index.build import Row
from index.checks.finding import compete
from index.entry import Entry, Field
from index.vectors import Vectors, VectorStore

_NEIGHBOURS: Final = 24
_LEAST_COSINE: Final = 0.5
# All pairs of so many vectors are compared in seconds; beyond, a graph is asked for neighbours.
_MOST_COMPARED: Final = 20_000

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two entries, the one before the other in the content, that visitors may both be shown.

    wording: the cosine of their nearest wordings, which `asked` holds, one's and the other's; 0 if
    either has none. answer: the cosine of their answers; 0 if either has none.
    """

    one: Entry
    other: Entry
    wording: float
    asked: tuple[str, str]
    answer: float


def near_pairs(entries: Sequence[Entry], rows: Sequence[Row], vectors: Vectors) -> list[Pair]:
    """The pairs whose wordings or answers are near, nearest wordings first.

    rows, vectors: `index.build.rows_of` the entries, and their vectors, (len(rows), dimension). An
    entry that makes sense only after another is in no pair.
    """
    of_entry = np.array([row.entry for row in rows], np.int64)
    fields = np.array([row.field for row in rows], np.int64)
    asked = np.flatnonzero(fields <= Field.ALTERNATE)
    answers = np.flatnonzero(fields == Field.ANSWER)
    nearest: dict[tuple[int, int], tuple[float, int, int]] = {}
    for some in (asked, answers):
        for one, other, cosine in _neighbours(vectors[some]):
            left, right = int(some[one]), int(some[other])
            if of_entry[left] > of_entry[right]:
                left, right = right, left
            key = int(of_entry[left]), int(of_entry[right])
            if some is asked:
                nearest[key] = max(nearest.get(key, (0.0, left, right)), (cosine, left, right))
            else:
                nearest.setdefault(key, (0.0, -1, -1))
    answer_of = dict(zip(of_entry[answers].tolist(), answers.tolist(), strict=True))
    found = (
        _pair(entries, rows, vectors, answer_of, key, nearest[key])
        for key in sorted(nearest)
        if key[0] != key[1] and _may_both_be_asked(entries[key[0]], entries[key[1]])
    )
    return sorted(found, key=lambda pair: -pair.wording)


def _may_both_be_asked(one: Entry, other: Entry) -> bool:
    return compete(one, other) and not (one.context_only or other.context_only)


def _pair(
    entries: Sequence[Entry],
    rows: Sequence[Row],
    vectors: Vectors,
    answer_of: dict[int, int],
    key: tuple[int, int],
    nearest: tuple[float, int, int],
) -> Pair:
    cosine, left, right = nearest
    one, other = (answer_of.get(number) for number in key)
    answer = 0.0 if one is None or other is None else float(vectors[one] @ vectors[other])
    asked = (rows[left].text, rows[right].text) if left >= 0 else ("", "")
    return Pair(
        one=entries[key[0]], other=entries[key[1]], wording=cosine, asked=asked, answer=answer
    )


def _neighbours(vectors: Vectors) -> Iterator[tuple[int, int, float]]:
    """The pairs of rows that are near each other; of many near ones the nearest."""
    count = min(_NEIGHBOURS + 1, len(vectors))
    if not count:
        return
    for row, (others, cosines) in enumerate(_searched(vectors, count)):
        for other, cosine in zip(others.tolist(), cosines.tolist(), strict=True):
            if other != row and cosine >= _LEAST_COSINE:
                yield row, other, cosine


def _searched(vectors: Vectors, count: int) -> Iterator[tuple[Ints, Vectors]]:
    vectors = np.ascontiguousarray(vectors)
    if len(vectors) <= _MOST_COMPARED:
        cosines, others = faiss.knn(vectors, vectors, count, faiss.METRIC_INNER_PRODUCT)
        yield from zip(others, cosines, strict=True)
        return
    store = VectorStore.of(vectors)
    for vector in vectors:
        rows = store.search(vector, count)
        yield rows, vectors[rows] @ vector
