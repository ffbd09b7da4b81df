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
from itertools import islice
from math import log, sqrt
from typing import Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

from index.nearest import nearest
from index.ranges import ranges
from index.text import ngram_hashes

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

SIZES: Final = range(3, 6)

# The size and the fill of a filter: with two n-grams to a word of 64 bits, each setting six, some
# four in 10,000 of the n-grams that a text lacks are taken to be there (a test counts them).
_GRAMS_PER_WORD: Final = 2
_BITS: Final = 6
# As many pairs of an n-gram and a text are looked at to find the nearest texts. Rare n-grams, which
# come first, say nearly all; the common ones are in too many texts to tell one from another.
_POSTINGS: Final = 1_024
# So many texts are counted before what they hold is merged: it bounds memory.
_BATCH: Final = 20_000

_HALF, _ONE, _WITHIN = np.uint64(32), np.uint64(1), np.uint64(63)
_SHIFTS: Final = np.arange(_BITS, dtype=np.uint64) * np.uint64(6)

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one text: ascending hashes, (g,), and how often each occurs, (g,)."""

    hashes: Hashes
    counts: Ints

    @classmethod
    def of(cls, text: str) -> Self:
        """Count the text's n-grams."""
        return cls.of_hashes(ngram_hashes(text, SIZES))

    @classmethod
    def of_hashes(cls, hashes: Hashes) -> Self:
        """Count n-grams that come in any order."""
        hashes = np.sort(hashes)
        first = _firsts(hashes)
        ends = np.concatenate([first[1:], [len(hashes)]]) if len(hashes) else first
        return cls(hashes[first], ends - first)


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query's n-grams that the corpus knows, ascending, and how much of the query they are.

    hashes, (t,). terms: their numbers, (t,). weights: unit TF-IDF weights over all of the query's
    n-grams, known or not, (t,): the squares of the known ones sum to at most 1.
    """

    hashes: Hashes
    terms: Ints
    weights: Floats


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

    def query(self, grams: Grams) -> LexicalQuery:
        """N-grams in this corpus's terms; unknown ones weigh as if no text had them."""
        position, known = _found(self.hashes, grams.hashes)
        idf = np.full(len(known), log(1 + len(self)) + 1, np.float32)
        idf[known] = self.idf[position[known]]
        weights = (1 + np.log(grams.counts)).astype(np.float32) * idf
        weights /= np.float32(sqrt(weights @ weights) or 1)
        (kept,) = known.nonzero()
        return LexicalQuery(grams.hashes[kept], position[kept], weights[kept])

    def coverage(self, query: LexicalQuery, rows: Ints) -> Floats:
        """How much of the query each of the given texts covers, (len(rows),), in [0, 1].

        The share of the query's squared n-gram weights that also occur in the text: 1 when all do.
        Never too small; too large by the n-grams that a filter takes to be there.
        """
        starts = self.first_word[rows]
        sizes = (self.first_word[rows + 1] - starts).astype(np.uint64)
        cells = _slots(query.hashes, sizes[:, np.newaxis])
        cells += starts[:, np.newaxis]
        masks = _masks(query.hashes)
        held = (self.words.take(cells) & masks) == masks
        covered: Floats = np.minimum(held @ query.weights**2, np.float32(1))
        return covered


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

    def similar(self, query: LexicalQuery) -> tuple[Ints, Floats]:
        """The texts that share the query's rarest n-grams, ascending; their cosines, in (0, 1].

        Where the query's n-grams are in many texts, the cosine is of the rare ones alone.
        """
        starts, lengths, weights = self._rarest(query)
        cells = ranges(starts, lengths)
        products = self.weights[cells] * np.repeat(weights, lengths)
        # To sort the text and the cell's place as one number is several times as fast as argsort.
        keys = np.sort((self.texts[cells].astype(np.int64) << 32) | np.arange(len(cells)))
        texts = keys >> 32
        first = _firsts(texts)
        if not len(first):
            return texts, products
        sums = np.add.reduceat(products[keys & 0xFFFFFFFF], first)
        return texts[first], np.minimum(sums, np.float32(1))

    def search(self, query: LexicalQuery, k: int) -> Ints:
        """The rows of the k texts nearest to the query, best first; ties by row."""
        return nearest(*self.similar(query), k)

    def _rarest(self, query: LexicalQuery) -> tuple[Ints, Ints, Floats]:
        """Where the query's rarest n-grams have their texts: starts, lengths; and their weights."""
        starts = self.column_start[query.terms]
        lengths = self.column_start[query.terms + 1] - starts
        rarest = lengths.argsort(kind="stable")
        lengths = lengths[rarest]
        # Of a query that has common n-grams alone, some texts are better than none.
        kept = max(1, int(lengths.cumsum().searchsorted(_POSTINGS, side="right")))
        rarest = rarest[:kept]
        return starts[rarest], np.minimum(lengths[:kept], _POSTINGS), query.weights[rarest]


def _firsts(ascending: Hashes | Ints) -> Ints:
    """The places of numbers that differ from the one before."""
    differ = np.ones(len(ascending), bool)
    np.not_equal(ascending[1:], ascending[:-1], out=differ[1:])
    return differ.nonzero()[0]


def _joined(parts: Sequence[npt.NDArray[Number]], dtype: type[Number]) -> npt.NDArray[Number]:
    return np.concatenate([np.empty(0, dtype), *parts])


def _idf(frequency: Ints, texts: int) -> Floats:
    """Smoothed inverse document frequency, as scikit-learn has it."""
    return (np.log((1 + texts) / (1 + frequency)) + 1).astype(np.float32)


def _merged(known: Grams, batch: Sequence[Hashes]) -> Grams:
    """In how many texts each n-gram is: those counted before, and those of more texts."""
    more = Grams.of_hashes(_joined(batch, np.uint64))
    hashes, which = np.unique(np.concatenate([known.hashes, more.hashes]), return_inverse=True)
    counts = np.bincount(which, np.concatenate([known.counts, more.counts]), len(hashes))
    return Grams(hashes, counts.astype(np.int64))


def _found(known: Hashes, sought: Hashes) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Where in an ascending array the sought hashes would be, and whether they are there."""
    if not len(known):
        return np.zeros(len(sought), np.int64), np.zeros(len(sought), bool)
    position = np.minimum(known.searchsorted(sought), len(known) - 1)
    return position, known[position] == sought


def _filter(hashes: Hashes) -> Hashes:
    """The words of the filter of a text with these n-grams; one word at least."""
    words = np.zeros(max(1, -(-len(hashes) // _GRAMS_PER_WORD)), np.uint64)
    np.bitwise_or.at(words, _slots(hashes, np.uint64(len(words))), _masks(hashes))
    return words


def _slots(hashes: Hashes, words: Hashes | np.uint64) -> Ints:
    """The word of each n-gram in a filter of so many, by the upper half of its hash."""
    products = (hashes >> _HALF) * words
    products >>= _HALF
    return products.view(np.int64)


def _masks(hashes: Hashes) -> Hashes:
    """The bits of each n-gram in its word, by the lower half of its hash, six for each bit."""
    bits = (hashes[np.newaxis] >> _SHIFTS[:, np.newaxis]) & _WITHIN
    masks: Hashes = np.bitwise_or.reduce(_ONE << bits, axis=0)
    return masks
