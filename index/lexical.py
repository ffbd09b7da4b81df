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

    hashes: (v,) ascending n-gram hashes. idf: (v,). row_start: (n + 1,), into terms and weights,
    which hold each text's n-grams ascending and their unit-length weights. column_start: (v + 1,),
    into texts and text_weights: the same numbers by n-gram.
    """

    hashes: npt.NDArray[np.uint64]
    idf: Floats
    row_start: Ints
    terms: npt.NDArray[np.int32]
    weights: Floats
    column_start: Ints
    texts: npt.NDArray[np.int32]
    text_weights: Floats

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
            weights=weights,
            column_start=np.cumsum(np.concatenate([[0], document_frequency]), dtype=np.int64),
            texts=rows[by_term].astype(np.int32),
            text_weights=weights[by_term],
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

    def scores(self, query: LexicalQuery, rows: Ints) -> Floats:
        """Cosine of the query and each of the given texts, (len(rows),), in [0, 1]."""
        dense = np.zeros(len(self.hashes), np.float32)
        dense[query.terms] = query.weights
        return self._sums(dense, rows, self.weights)

    def coverage(self, query: LexicalQuery, rows: Ints) -> Floats:
        """How much of the query each of the given texts covers, (len(rows),), in [0, 1].

        The share of the query's squared n-gram weights that also occur in the text: 1 when all do.
        """
        dense = np.zeros(len(self.hashes), np.float32)
        dense[query.terms] = query.weights**2
        return self._sums(dense, rows, None)

    def _sums(self, dense: Floats, rows: Ints, weights: Floats | None) -> Floats:
        lengths = self.row_start[rows + 1] - self.row_start[rows]
        own = np.repeat(np.arange(len(rows)), lengths)
        offsets = np.arange(len(own)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        cells = self.row_start[rows][own] + offsets
        values = dense[self.terms[cells]]
        if weights is not None:
            values = values * weights[cells]
        sums = np.bincount(own, weights=values, minlength=len(rows))
        return np.minimum(sums, 1.0).astype(np.float32)

    def search(self, query: LexicalQuery, k: int) -> Ints:
        """The rows of the k texts nearest to the query, best first; ties by row."""
        starts, ends = self.column_start[query.terms], self.column_start[query.terms + 1]
        lengths = ends - starts
        own = np.repeat(np.arange(len(lengths)), lengths)
        cells = starts[own] + np.arange(len(own)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        sums = np.bincount(
            self.texts[cells],
            weights=self.text_weights[cells] * query.weights[own],
            minlength=len(self),
        )
        best = np.argsort(-sums, kind="stable")[:k]
        return best[sums[best] > 0]
