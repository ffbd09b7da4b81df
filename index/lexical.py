"""Character n-gram evidence: it sees typos, names and product codes that a dense vector blurs.

TF-IDF vectors over n-grams of words (Cavnar and Trenkle, 1994; weights as in Manning, Raghavan
and Schütze, "Introduction to Information Retrieval", chapter 6, with sublinear term frequency and
smoothed idf, which is what scikit-learn's TfidfVectorizer computes). Stored twice as sparse rows:
by text, to score given texts exactly, and by n-gram, to find texts at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from index.text import ngram_hashes

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

SIZES = range(3, 6)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one text: ascending hashes, (g,), and how often each occurs, (g,)."""

    hashes: npt.NDArray[np.uint64]
    counts: Ints

    @classmethod
    def of(cls, text: str) -> Self:
        """Count the text's n-grams."""
        hashes = np.sort(ngram_hashes(text, SIZES))
        first = np.flatnonzero(
            np.concatenate([hashes[:1] == hashes[:1], hashes[1:] != hashes[:-1]])
        )
        return cls(hashes[first], np.diff(np.append(first, len(hashes))))


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query's n-grams: those the corpus knows, and how much of the query they are.

    terms: their columns, ascending, (t,). weights: unit TF-IDF weights over all of the query's
    n-grams, known or not, (t,): the squares of the known ones sum to at most 1.
    """

    terms: Ints
    weights: Floats


@dataclass(frozen=True)
class LexicalIndex:
    """TF-IDF rows of n texts over v n-grams, in compressed sparse form.

    hashes: (v,) ascending n-gram hashes. idf: (v,). row_start: (n + 1,), into terms, which holds
    each text's n-grams ascending. column_start: (v + 1,), into texts and weights, which hold for
    each n-gram the texts with it and what it weighs there; a text's weights have unit length.
    """

    hashes: npt.NDArray[np.uint64]
    idf: Floats
    row_start: Ints
    terms: npt.NDArray[np.int32]
    column_start: Ints
    texts: npt.NDArray[np.int32]
    weights: Floats

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Self:
        """Count the n-grams of the texts; row i of the index is texts[i]."""
        counted = [Grams.of(text) for text in texts]
        every = np.concatenate([np.empty(0, np.uint64), *(grams.hashes for grams in counted)])
        counts = np.concatenate([np.empty(0, np.int64), *(grams.counts for grams in counted)])
        row_start = np.cumsum([0, *(len(grams.hashes) for grams in counted)], dtype=np.int64)
        hashes, terms = np.unique(every, return_inverse=True)
        document_frequency = np.bincount(terms, minlength=len(hashes))
        idf = (np.log((1 + len(texts)) / (1 + document_frequency)) + 1).astype(np.float32)
        rows = np.repeat(np.arange(len(texts)), np.diff(row_start))
        weights = ((1 + np.log(np.maximum(counts, 1))) * idf[terms]).astype(np.float32)
        length = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(texts)))
        weights /= length[rows].astype(np.float32)
        by_term = np.argsort(terms, kind="stable")
        return cls(
            hashes=hashes,
            idf=idf,
            row_start=row_start,
            terms=terms.astype(np.int32),
            column_start=np.cumsum(np.concatenate([[0], document_frequency]), dtype=np.int64),
            texts=rows[by_term].astype(np.int32),
            weights=weights[by_term],
        )

    def query(self, grams: Grams) -> LexicalQuery:
        """N-grams in this index's terms; unknown ones weigh as if no text had them."""
        hashes, counts = grams.hashes, grams.counts
        position = np.minimum(np.searchsorted(self.hashes, hashes), max(len(self.hashes) - 1, 0))
        known = self.hashes[position] == hashes if len(self.hashes) else np.zeros(len(hashes), bool)
        rarest = np.float32(np.log(1 + len(self)) + 1)
        idf = np.full(len(hashes), rarest, np.float32)
        idf[known] = self.idf[position[known]]
        weights = (1 + np.log(counts)).astype(np.float32) * idf
        length = np.linalg.norm(weights)
        return LexicalQuery(position[known], weights[known] / (length if length else 1))

    def __len__(self) -> int:
        return len(self.row_start) - 1

    def similarities(self, query: LexicalQuery) -> Floats:
        """Cosine of the query and each of the n texts, (n,), in [0, 1]."""
        cells, lengths = _ranges(self.column_start, query.terms)
        weights = self.weights[cells] * np.repeat(query.weights, lengths)
        sums = np.bincount(self.texts[cells], weights=weights, minlength=len(self))
        return np.minimum(sums, 1.0).astype(np.float32)

    def coverage(self, query: LexicalQuery, rows: Ints) -> Floats:
        """How much of the query each of the given texts covers, (len(rows),), in [0, 1].

        The share of the query's squared n-gram weights that also occur in the text: 1 when all do.
        """
        by_term = int((self.column_start[query.terms + 1] - self.column_start[query.terms]).sum())
        by_text = int((self.row_start[rows + 1] - self.row_start[rows]).sum())
        if by_term < by_text:
            return np.minimum(self._covered_by_term(query)[rows], 1.0)
        return np.minimum(self._covered_by_text(query, rows), 1.0)

    def _covered_by_term(self, query: LexicalQuery) -> Floats:
        """Coverage by all texts, (n,): where the query's n-grams are in few texts."""
        cells, lengths = _ranges(self.column_start, query.terms)
        weights = np.repeat(query.weights**2, lengths)
        sums = np.bincount(self.texts[cells], weights=weights, minlength=len(self))
        return sums.astype(np.float32)

    def _covered_by_text(self, query: LexicalQuery, rows: Ints) -> Floats:
        """Coverage by the given texts: where they are few, or short."""
        weights = np.zeros(len(self.hashes), np.float32)
        weights[query.terms] = query.weights**2
        cells, lengths = _ranges(self.row_start, rows)
        covered = np.zeros(len(rows), np.float32)
        # A row without n-grams would be given the next one's first.
        some = lengths > 0
        if some.any():
            starts = (np.cumsum(lengths) - lengths)[some]
            covered[some] = np.add.reduceat(weights[self.terms[cells]], starts)
        return covered

    def search(self, query: LexicalQuery, k: int) -> Ints:
        """The rows of the k texts nearest to the query, best first; ties by row."""
        similar = self.similarities(query)
        best = np.argsort(-similar, kind="stable")[:k]
        return best[similar[best] > 0]


def _ranges(first: Ints, which: Ints) -> tuple[Ints, Ints]:
    """The cells from `first[i]` to `first[i + 1]` of each i, one after the other; their numbers."""
    starts = first[which]
    lengths = first[which + 1] - starts
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - ends + lengths, lengths), lengths
