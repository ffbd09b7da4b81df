"""Character n-gram evidence: it sees typos, names and product codes that a dense vector blurs.

N-grams of words (Cavnar and Trenkle, 1994), weighed as in Manning, Raghavan and Schütze,
"Introduction to Information Retrieval", chapter 6, with sublinear term frequency and smoothed idf,
which is what scikit-learn's TfidfVectorizer computes. Two questions are asked of them, and each
has a structure of its own in which the work for a query does not grow with the texts: how much of
a query a given text covers (a filter for each text), and which texts are nearest to it at all (an
inverted index, of which only the rarest n-grams are looked up).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from math import log
from typing import Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

from index import kernels
from index.kernels import Floats, Hashes, Ints
from index.text import spaced

SIZES: Final = (3, 5)

# The size and the fill of a filter: with two n-grams to a word of 64 bits, each setting six, some
# four in 10,000 of the n-grams that a text lacks are taken to be there (a test counts them).
_GRAMS_PER_WORD: Final = 2
# As many pairs of an n-gram and a text are looked at to find the nearest texts. Rare n-grams, which
# come first, say nearly all; the common ones are in too many texts to tell one from another.
_POSTINGS: Final = 1_024
# So many texts are counted before what they hold is merged: it bounds memory.
_BATCH: Final = 20_000

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one text: ascending hashes, (g,), and how often each occurs, (g,)."""

    hashes: Hashes
    counts: Ints

    @classmethod
    def of(cls, text: str, sizes: tuple[int, int] = SIZES) -> Self:
        """Count the text's n-grams, of the shortest size to the longest."""
        return cls(*kernels.ngrams(spaced(text), *sizes))


@dataclass(frozen=True)
class Coverage:
    """Tells how much of a query each of n texts covers, whose v n-grams are known.

    hashes: (v,) ascending n-gram hashes. idf: (v,). first_word: (n + 1,), into words, where each
    text has a Bloom filter of its n-grams (Bloom, 1970), all bits of an n-gram in one word (Putze,
    Sanders and Singler, 2007): that a text has an n-gram is always seen, and now and then one is
    seen that it lacks, always the same.
    """

    hashes: Hashes
    idf: Floats
    first_word: Ints
    words: Hashes

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Self:
        """Read the n-grams of the texts; row i is the i-th text."""
        known = Grams(np.empty(0, np.uint64), np.empty(0, np.int64))
        filters, sizes = [np.empty(0, np.uint64)], [0]
        remaining = iter(texts)
        while batch := [Grams.of(text).hashes for text in islice(remaining, _BATCH)]:
            known = _merged(known, batch)
            made = [_filter(hashes) for hashes in batch]
            sizes += map(len, made)
            filters.append(np.concatenate(made))
        return cls(
            hashes=known.hashes,
            idf=_idf(known.counts, len(sizes) - 1),
            first_word=np.cumsum(sizes, dtype=np.int64),
            words=np.concatenate(filters),
        )

    def __len__(self) -> int:
        return len(self.first_word) - 1

    def coverage(self, query: Grams, rows: Ints) -> Floats:
        """How much of the query each of the given texts covers, (len(rows),), in [0, 1].

        The share of the query's squared n-gram weights that also occur in the text: 1 when all do.
        Never too small; too large by the n-grams that a filter takes to be there.
        """
        rows = np.ascontiguousarray(rows)
        filters = self.first_word, self.words
        return kernels.covered(self._known, *filters, query.hashes, query.counts, rows)

    @cached_property
    def _known(self) -> kernels.Known:
        """Others weigh what the rarest could: no text has them."""
        return kernels.Known(self.hashes, self.idf, log(1 + len(self)) + 1)


@dataclass(frozen=True)
class LexicalIndex(Coverage):
    """TF-IDF rows of n texts, by n-gram, to find texts at all.

    column_start: (v + 1,), into texts and weights, which hold for each n-gram the texts with it,
    ascending, and what it weighs there; a text's weights have unit length.
    """

    column_start: Ints
    texts: npt.NDArray[np.int32]
    weights: Floats

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Self:
        """Count the n-grams of the texts; row i of the index is the i-th text."""
        counted = [Grams.of(text) for text in texts]
        sizes = np.array([len(grams.hashes) for grams in counted], np.int64)
        every = _joined([grams.hashes for grams in counted], np.uint64)
        counts = _joined([grams.counts for grams in counted], np.int64)
        filters = [_filter(grams.hashes) for grams in counted]
        hashes, terms, frequency = np.unique(every, return_inverse=True, return_counts=True)
        idf = _idf(frequency, len(counted))
        rows = np.repeat(np.arange(len(counted), dtype=np.int32), sizes)
        weights = (1 + np.log(counts)).astype(np.float32) * idf[terms]
        length = np.sqrt(np.bincount(rows, weights=weights**2, minlength=len(counted)))
        weights /= length[rows].astype(np.float32)
        by_term = np.argsort(terms, kind="stable")
        return cls(
            hashes=hashes,
            idf=idf,
            first_word=np.cumsum([0, *map(len, filters)], dtype=np.int64),
            words=_joined(filters, np.uint64),
            column_start=np.concatenate([[0], frequency.cumsum()]).astype(np.int64),
            texts=rows[by_term],
            weights=weights[by_term],
        )

    def similar(self, query: Grams) -> tuple[Ints, Floats]:
        """The texts that share the query's rarest n-grams, ascending; their cosines, in (0, 1].

        Where the query's n-grams are in many texts, the cosine is of the rare ones alone.
        """
        columns = self.column_start, self.texts, self.weights
        return kernels.similar(self._known, *columns, query.hashes, query.counts, _POSTINGS)

    def search(self, query: Grams, k: int) -> Ints:
        """The rows of the k texts nearest to the query, best first; ties by row."""
        return kernels.nearest(*self.similar(query), k)


def _joined(parts: Sequence[npt.NDArray[Number]], dtype: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate([np.empty(0, dtype), *parts])


def _idf(frequency: Ints, texts: int) -> Floats:
    """Smoothed inverse document frequency, as scikit-learn has it."""
    return (np.log((1 + texts) / (1 + frequency)) + 1).astype(np.float32)


def _merged(known: Grams, batch: Sequence[Hashes]) -> Grams:
    """In how many texts each n-gram is: those counted before, and those of more texts."""
    more, having = np.unique(_joined(batch, np.uint64), return_counts=True)
    hashes, which = np.unique(np.concatenate([known.hashes, more]), return_inverse=True)
    counts = np.bincount(which, np.concatenate([known.counts, having]), len(hashes))
    return Grams(hashes, counts.astype(np.int64))


def _filter(hashes: Hashes) -> Hashes:
    """The words of the filter of a text with these n-grams; one word at least."""
    return kernels.filtered(hashes, max(1, -(-len(hashes) // _GRAMS_PER_WORD)))
