"""The loops that matching spends its time in, in C (index/kernels.c): arrays in, arrays out.

A question has a hundred n-grams and some hundred rows to look at: NumPy would take longer for each
of its calls than for the work.
"""

import ctypes
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from index.native import at, load

Floats = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

# To give Python's lock away and get it back takes longer than most of what the loops do.
_LIB: Final = load(Path(__file__).with_suffix(".c"), ctypes.PyDLL)
_KINDS: Final[dict[str, Any]] = {"a": ctypes.c_void_p, "n": ctypes.c_int64, "f": ctypes.c_float}


def _function(name: str, signature: str, *, counts: bool = True) -> Any:  # noqa: ANN401 - ctypes'
    """A function of the library. signature: an array, a number or a float for each argument.
    counts: whether it returns how many it found.
    """
    function = _LIB[f"qa_{name}"]
    function.argtypes = [_KINDS[kind] for kind in signature]
    function.restype = ctypes.c_int64 if counts else None
    return function


_ngrams = _function("ngrams", "annnaa")
_weighed = _function("weighed", "aanfaanaaa")
_filtered = _function("filtered", "anan", counts=False)
_covered = _function("covered", "aaaanana", counts=False)
_similar = _function("similar", "aaaaannaaaa")
_nearest = _function("nearest", "aanna", counts=False)
_rows = _function("rows", "aan")
_compared = _function("compared", "aanaaaanaaan", counts=False)


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


def weighed(
    known: Hashes, idf: Floats, unknown: float, hashes: Hashes, counts: Ints
) -> tuple[Hashes, Ints, Floats]:
    """Those of a text's n-grams that are known, (t,), which of the known each is, (t,), and unit
    TF-IDF weights over all of the text's n-grams, (t,).

    known: ascending, (v,). idf: theirs, (v,); unknown: that of the others. hashes, counts: (g,).
    """
    room = len(hashes)
    found, terms = np.empty(room, np.uint64), np.empty(room, np.int64)
    weights = np.empty(room, np.float32)
    length = _weighed(
        at(known, np.uint64), at(idf, np.float32), len(known), unknown,
        at(hashes, np.uint64), at(counts, np.int64), room,
        at(found, np.uint64), at(terms, np.int64), at(weights, np.float32),
    )  # fmt: skip
    return found[:length], terms[:length], weights[:length]


def filtered(hashes: Hashes, size: int) -> Hashes:
    """A Bloom filter of n-grams, (size,) words of 64 bits; size must not be 0."""
    words = np.zeros(size, np.uint64)
    _filtered(at(hashes, np.uint64), len(hashes), at(words, np.uint64), size)
    return words


def covered(first_word: Ints, words: Hashes, hashes: Hashes, weights: Floats, rows: Ints) -> Floats:
    """The sum of the squared weights of the n-grams that each of some texts has, (r,), at most 1.

    first_word: where in `words` the filter of each of n texts begins, (n + 1,). hashes, weights: of
    the n-grams, (t,). rows: which texts, (r,).
    """
    shares = np.empty(len(rows), np.float32)
    _covered(
        at(first_word, np.int64), at(words, np.uint64),
        at(hashes, np.uint64), at(weights, np.float32), len(hashes),
        at(rows, np.int64), len(rows), at(shares, np.float32),
    )  # fmt: skip
    return shares


def similar(
    column_start: Ints,
    texts: npt.NDArray[np.int32],
    column_weights: Floats,
    terms: Ints,
    weights: Floats,
    most: int,
) -> tuple[Ints, Floats]:
    """The texts that share the rarest of some terms, ascending, (s,), and the sums of the products
    of their weights, (s,), at most 1. At most so many pairs of a term and a text are looked at.

    column_start: where in `texts` and `column_weights` the texts of each of v terms begin, (v + 1,)
    terms, weights: (t,).
    """
    rows, sums = np.empty(max(most, len(terms)), np.int64), np.empty(most, np.float32)
    keys, products = np.empty(max(most, len(terms)), np.uint64), np.empty(most, np.float32)
    found = _similar(
        at(column_start, np.int64), at(texts, np.int32), at(column_weights, np.float32),
        at(terms, np.int64), at(weights, np.float32), len(terms), most,
        at(keys, np.uint64), at(products, np.float32),
        at(rows, np.int64), at(sums, np.float32),
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
    (c,). columns: (c, 4 or more).

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
