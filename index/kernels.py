"""The loops that matching spends its time in, in C (index/kernels.c): arrays in, arrays out.

A question has a hundred n-grams and some hundred rows to look at: NumPy would take longer for each
of its calls than for the work.
"""

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from index.native import at, load

Floats = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# To give Python's lock away and get it back takes longer than most of what the loops do.
_LIB: Final = load(Path(__file__).with_suffix(".c"), ctypes.PyDLL)
_KINDS: Final[dict[str, Any]] = {
    "a": ctypes.c_void_p, "n": ctypes.c_int64, "f": ctypes.c_float, "d": ctypes.c_double
}  # fmt: skip


def _function(name: str, signature: str, *, counts: bool = True) -> Any:  # noqa: ANN401 - ctypes'
    """A function of the library. signature: an array, a number, a float or a double for each
    argument. counts: whether it returns how many it found.
    """
    function = _LIB[f"qa_{name}"]
    function.argtypes = [_KINDS[kind] for kind in signature]
    function.restype = ctypes.c_int64 if counts else None
    return function


_ngrams = _function("ngrams", "annnaa")
_filtered = _function("filtered", "anan", counts=False)
_covered = _function("covered", "aanfaaaananaaa", counts=False)
_similar = _function("similar", "aanfaaaaannaaaaaa")
_nearest = _function("nearest", "aanna", counts=False)
_turned = _function("turned", "anada", counts=False)
_products = _function("products", "anaana", counts=False)
_members = _function("members", "aaana")
_rows = _function("rows", "aan")
_ranked = _function("ranked", "annaadaa", counts=False)
_compared = _function("compared", "aanaaaanaaan", counts=False)


@dataclass(frozen=True, slots=True)
class Known:
    """The n-grams that are known: ascending hashes, (v,), and what each weighs, (v,); unknown: what
    any other does.
    """

    hashes: Hashes
    idf: Floats
    unknown: float

    @property
    def arguments(self) -> tuple[int, int, int, float]:
        """As the C takes them."""
        return (
            at(self.hashes, np.uint64), at(self.idf, np.float32), len(self.hashes), self.unknown
        )  # fmt: skip


def ngrams(codes: npt.NDArray[np.uint32], shortest: int, longest: int) -> tuple[Hashes, Ints]:
    """The n-grams of characters of so many sizes, and how often each occurs.

    codes: of the characters, (n,); two spaces in a row separate what no n-gram may cross. Returns
    ascending 64-bit hashes, (g,), and counts, (g,).
    """
    room = len(codes) * (longest - shortest + 1)
    hashes, counts = np.empty(room, np.uint64), np.empty(room, np.int64)
    found = _ngrams(
        at(codes, np.uint32), len(codes), shortest, longest,
        at(hashes, np.uint64), at(counts, np.int64),
    )  # fmt: skip
    return hashes[:found].copy(), counts[:found].copy()


def filtered(hashes: Hashes, size: int) -> Hashes:
    """A Bloom filter of n-grams, (size,) words of 64 bits; size must not be 0."""
    words = np.zeros(size, np.uint64)
    _filtered(at(hashes, np.uint64), len(hashes), at(words, np.uint64), size)
    return words


def covered(
    known: Known, first_word: Ints, words: Hashes, hashes: Hashes, counts: Ints, rows: Ints
) -> Floats:
    """The share of a text's squared n-gram weights that each of some texts has, (r,), at most 1.

    first_word: where in `words` the filter of each of n texts begins, (n + 1,). hashes, counts: of
    the text's n-grams, (g,). rows: which texts, (r,).
    """
    grams = len(hashes)
    room, weights = np.empty(3 * grams, np.uint64), np.empty(grams, np.float32)
    shares = np.empty(len(rows), np.float32)
    _covered(
        *known.arguments, at(first_word, np.int64), at(words, np.uint64),
        at(hashes, np.uint64), at(counts, np.int64), grams, at(rows, np.int64), len(rows),
        at(room, np.uint64), at(weights, np.float32), at(shares, np.float32),
    )  # fmt: skip
    return shares


def similar(
    known: Known,
    column_start: Ints,
    texts: npt.NDArray[np.int32],
    column_weights: Floats,
    hashes: Hashes,
    counts: Ints,
    most: int,
) -> tuple[Ints, Floats]:
    """The texts that share the rarest of a text's n-grams, ascending, (s,), and the sums of the
    products of their weights, (s,), at most 1. At most so many pairs of an n-gram and a text are
    looked at.

    column_start: where in `texts` and `column_weights` the texts of each of v n-grams begin,
    (v + 1,). hashes, counts: of the text's n-grams, (g,).
    """
    grams, room = len(hashes), max(most, len(hashes))
    terms, weights = np.empty(grams, np.int64), np.empty(grams, np.float32)
    keys, products = np.empty(room, np.uint64), np.empty(most, np.float32)
    rows, sums = np.empty(room, np.int64), np.empty(most, np.float32)
    found = _similar(
        *known.arguments, at(column_start, np.int64), at(texts, np.int32),
        at(column_weights, np.float32), at(hashes, np.uint64), at(counts, np.int64), grams, most,
        at(keys, np.uint64), at(terms, np.int64), at(weights, np.float32),
        at(products, np.float32), at(rows, np.int64), at(sums, np.float32),
    )  # fmt: skip
    return rows[:found], sums[:found]


def nearest(rows: Ints, scores: Floats, k: int) -> Ints:
    """The k rows of the highest scores, best first; of equal ones, those before. Fewer if there are
    fewer. rows, scores: (n,).

    Raises:
        ValueError: there are not as many scores as rows.
    """
    if len(rows) != len(scores):
        raise ValueError(f"{len(rows)} rows, {len(scores)} scores")
    best = np.empty(min(k, len(rows)), np.int64)
    _nearest(at(rows, np.int64), at(scores, np.float32), len(rows), len(best), at(best, np.int64))
    return best


def turned(metric: Floats, vector: Floats, least: float) -> Floats:
    """The product of a symmetric metric, (dimension, dimension), and a vector, (dimension,), over
    the vector's length under it, (dimension,). least: the square of that length, at least.

    Raises:
        ValueError: the vector has another dimension.
    """
    if metric.shape != 2 * vector.shape:
        raise ValueError(f"a metric of {metric.shape}, a vector of {vector.shape}")
    result = np.empty(len(vector), np.float32)
    _turned(
        at(metric, np.float32), len(vector), at(vector, np.float32), least, at(result, np.float32)
    )
    return result


def products(vectors: Floats, query: Floats, rows: Ints) -> Floats:
    """The inner products of a query and some vectors, (r,): the same for equal vectors.

    vectors: (n, dimension). query: (dimension,). rows: which, (r,).

    Raises:
        ValueError: the query has another dimension.
    """
    if query.shape != vectors.shape[1:]:
        raise ValueError(f"a query of {query.shape}, vectors of {vectors.shape[1:]}")
    scores = np.empty(len(rows), np.float32)
    _products(
        at(vectors, np.float32), vectors.shape[1], at(query, np.float32),
        at(rows, np.int64), len(rows), at(scores, np.float32),
    )  # fmt: skip
    return scores


def members(first: Ints, rows: Ints, groups: Ints) -> Ints:
    """The rows of some groups, one group after the other, (m,).

    first: where in `rows` each of n groups begins, (n + 1,). groups: which, (g,); a number below 0
    stands for none.
    """
    arguments = at(first, np.int64), at(rows, np.int64), at(groups, np.int64), len(groups)
    found = np.empty(_members(*arguments, None), np.int64)
    _members(*arguments, at(found, np.int64))
    return found


def compared(
    first_row: Ints,
    vectors: Floats,
    lengths: Floats,
    turned: Floats,
    centroids: Floats,
    entries: Ints,
    columns: Floats,
) -> tuple[Floats, Ints]:
    """Compare a query with the rows of some entries, and fill in the first four columns.

    first_row: where the four parts of each of e entries begin, (4 e + 1,): wordings, answer, both
    as one, passages. vectors, lengths: of n rows, (n, dimension) and (n,). turned: the query's,
    (dimension,). centroids: the length of the mean of each entry's wordings, (e,). entries: which,
    ascending, (c,). columns: (c, 4 or more).

    Returns the cosines of the rows of one entry after the other, (r,), in [-1, 1], and where in
    them each part begins and the last ends, (c, 5).

    Raises:
        ValueError: the query's vector has another dimension.
    """
    if turned.shape != vectors.shape[1:]:
        raise ValueError(f"a query of {turned.shape}, vectors of {vectors.shape[1:]}")
    total = _rows(at(first_row, np.int64), at(entries, np.int64), len(entries))
    cosines, starts = np.empty(total, np.float32), np.empty((len(entries), 5), np.int64)
    _compared(
        at(first_row, np.int64), at(vectors, np.float32), vectors.shape[1],
        at(lengths, np.float32), at(turned, np.float32), at(centroids, np.float32),
        at(entries, np.int64), len(entries),
        at(cosines, np.float32), at(starts, np.int64), at(columns, np.float32), columns.shape[1],
    )  # fmt: skip
    return cosines, starts


def ranked(columns: Floats, weights: Doubles, exact: Bools, almost: float) -> tuple[Doubles, Ints]:
    """The sums of the columns by weight, (c,), and their places from best to worst, (c,); of equal
    ones those before come first.

    columns: (c, w). weights: (w,). exact: (c,), of which the sum is 1; no other is above `almost`.

    Raises:
        ValueError: there are not as many weights as columns, or not as many rows as are exact.
    """
    if columns.shape != (len(exact), len(weights)):
        raise ValueError(f"columns of {columns.shape}, {len(weights)} weights, {len(exact)} rows")
    scores, order = np.empty(len(columns)), np.empty(len(columns), np.int64)
    _ranked(
        at(columns, np.float32), *columns.shape, at(weights, np.float64), at(exact, np.bool_),
        almost, at(scores, np.float64), at(order, np.int64),
    )  # fmt: skip
    return scores, order
