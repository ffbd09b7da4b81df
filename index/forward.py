"""The forward pass of a BERT encoder in int8, in C (index/forward.c): token ids in, vectors out.

Every weight matrix has one scale for each output (Jacob et al., 2018), and every token's values
have their own in each multiplication, so a text's vector depends on nothing but the text, whatever
texts are run together. Before they are rounded, values are spread over blocks of their row, by
Hadamard matrices, and weights are multiplied by the inverse of these (Ashkboos et al., 2024).
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import accumulate, chain
from math import gcd
from pathlib import Path
from threading import get_ident, local
from typing import Any, Final, Self, TypeVar

import numpy as np
import numpy.typing as npt

from index import arrays
from index.errors import ModelError
from index.helpers import helpers
from index.native import at, load
from index.rounding import rounded, shares_of
from index.vectors import Vectors

Floats = npt.NDArray[np.float32]
Cells = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
Sums = npt.NDArray[np.int32]
Float = TypeVar("Float", bound=np.floating[Any])

_LANES: Final = 8
_STRIP: Final = 16
_MOST_CELL, _MOST_NUMBER = 127, 127  # so fine are weights and what is multiplied by them
_BLOCK: Final = 128  # rows are spread over blocks of so many at most
_MOST_ADDED: Final = np.iinfo(np.int16).max // (2 * _MOST_NUMBER)
_COARSER: Final = np.float32(1.02)  # by so much a scale grows, until sums fit into 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """An encoder's weights, as the C reads them; what follows the settings has its order there.

    settings: the number of heads, whether rows are pooled to their mean (1) or their first (0), and
    the layer normalisation's epsilon, (3,). words: (vocabulary, width). positions: (positions,
    width), the type of the first segment added. Of all others the first axis is the layers:
    cells, zero and scale, `packed`, bias, (layers, outputs), gain and shift, (layers, width).
    attend: to queries, keys and values, side by side.
    """

    settings: npt.NDArray[np.float64]
    words: npt.NDArray[np.float16]
    positions: Floats
    embedded_gain: Floats
    embedded_shift: Floats
    attend_cells: Cells
    attend_zero: Sums
    attend_scale: Floats
    attend_bias: Floats
    mix_cells: Cells
    mix_zero: Sums
    mix_scale: Floats
    mix_bias: Floats
    mixed_gain: Floats
    mixed_shift: Floats
    widen_cells: Cells
    widen_zero: Sums
    widen_scale: Floats
    widen_bias: Floats
    narrow_cells: Cells
    narrow_zero: Sums
    narrow_scale: Floats
    narrow_bias: Floats
    narrowed_gain: Floats
    narrowed_shift: Floats


def packed(matrix: Floats, moments: Floats | None = None) -> tuple[Cells, Sums, Floats]:
    """A matrix, (inputs, outputs), for rows that are spread: in eight bits, what a row of zeros
    comes to, (outputs,), and a scale for each output, (outputs,).

    The cells lie in strips, (outputs / 16, inputs / 4, 16, 4): all inputs of some outputs, four at
    a time, then those of the next. moments: the second moments of rows before they are spread,
    (inputs, inputs), by which cells are rounded (index/rounding.py); each to the nearest without.

    Raises:
        ValueError: it does not go into strips, a sum of its products could exceed 32 bits, or
            moments are not positive semi-definite.
    """
    inputs, outputs = matrix.shape
    if outputs % _STRIP or inputs % _STRIP:
        raise ValueError(f"a matrix of {inputs} by {outputs} does not go into strips of {_STRIP}")
    spread = _spread(matrix) / np.float32(_block(inputs))
    shares = None if moments is None else shares_of(_spread(_spread(moments.astype(float)).T))
    least = np.maximum(np.abs(spread).max(axis=0) / _MOST_CELL, _most_added(spread) / _MOST_ADDED)
    scale = np.maximum(least, np.finfo(np.float32).tiny).astype(np.float32)
    cells, over = np.empty(matrix.shape, np.int8), np.ones(outputs, bool)
    while over.any():
        cells[:, over] = rounded(spread[:, over], scale[over], _MOST_CELL, shares)
        over = _most_added(cells) > _MOST_ADDED
        scale[over] *= _COARSER
    if np.abs(cells).sum(axis=0).max() * 2 * _MOST_NUMBER > np.iinfo(np.int32).max:
        raise ValueError(f"sums of {inputs} products could exceed 32 bits")
    zero = cells.sum(axis=0, dtype=np.int32) * np.int32(_MOST_NUMBER)
    strips = cells.reshape(inputs // 4, 4, outputs // _STRIP, _STRIP).transpose(2, 0, 3, 1)
    return np.ascontiguousarray(strips), zero, scale


def _block(inputs: int) -> int:
    return gcd(inputs, _BLOCK)


def _spread(matrix: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """Hadamard matrices, block by block, times a matrix, (inputs, any)."""
    apart, found = 1, matrix
    while apart < _block(len(matrix)):
        pairs = found.reshape(-1, 2, apart * matrix.shape[1])
        one, other = pairs[:, 0], pairs[:, 1]
        found = np.stack([one + other, one - other], axis=1)
        apart *= 2
    return found.reshape(matrix.shape)


def _most_added(matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The largest sum, up or down, of two cells of each output, (outputs,), whose products are
    added in 16 bits.
    """
    pairs = matrix.reshape(-1, 2, matrix.shape[1])
    up, down = (np.maximum(x, 0).sum(axis=1).max(axis=0) for x in (pairs, -pairs))
    return np.asarray(np.maximum(up, down))


# All but the settings.
_POINTED_AT: Final = [field.name for field in fields(Weights)][1:]

# Of words and positions a text needs a few rows; all the rest is read for every text.
_READ_THROUGH: Final = [name for name in _POINTED_AT if name not in {"words", "positions"}]

# Fewer tokens than these for each thread take no longer than to wake the next one.
_LEAST_TOKENS: Final = 4

# In floats: 2 MB, enough for what is run together (index/encoder.py).
_MOST_KEPT: Final = 1 << 19


class _Bert(ctypes.Structure):
    """As index/forward.c declares it."""

    weights: Weights

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("layers", "width", "wide", "heads", "mean")),
        ("epsilon", ctypes.c_double),
        *((name, ctypes.c_void_p) for name in _POINTED_AT),
    )


class _Kept(local):
    """What each thread keeps between passes: room for one, which takes long to get anew."""

    room: Floats = np.empty(0, np.float32)

    def take(self, size: int) -> Floats:
        """So many floats, or more; they are kept no longer."""
        room, self.room = self.room, np.empty(0, np.float32)
        return room if len(room) >= size else np.empty(size, np.float32)

    def keep(self, room: Floats) -> None:
        """Keep it for the next pass, if it is not too large for that."""
        if len(room) <= _MOST_KEPT:
            self.room = room


_KEPT: Final = _Kept()


class _Pass(ctypes.Structure):
    """As index/forward.c declares it: some texts on their way, in so many parts.

    ids: of all tokens, (tokens,). starts: where each text begins, and the end, (texts + 1,).
    found: the vectors, (texts, width).
    """

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("bert", "ids", "starts")),
        *((name, ctypes.c_int64) for name in ("texts", "tokens", "parts")),
        *((name, ctypes.c_void_p) for name in ("room", "vectors")),
        *((name, ctypes.c_int64) for name in ("taken", "done")),
    )

    def __init__(self, bert: _Bert, ids: Ints, starts: Ints, parts: int) -> None:
        where = ctypes.addressof(bert)
        self.own_room = _KEPT.take(_LIB.qa_room(where, len(ids), parts))
        self.found = np.empty((len(starts) - 1, bert.width), np.float32)
        # As the room and what is found they stay as long as any thread works on it.
        self.works_on = bert, bert.weights, ids, starts
        super().__init__(
            where, at(ids, np.int64), at(starts, np.int64),
            len(self.found), len(ids), parts,
            at(self.own_room, np.float32), at(self.found, np.float32),
        )  # fmt: skip


# Python's lock is given away: a pass takes milliseconds.
_LIB: Final = load(Path(__file__).with_suffix(".c"), ctypes.CDLL)
_LIB.qa_runs_here.restype = _LIB.qa_room.restype = ctypes.c_int64
_LIB.qa_room.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64]
_LIB.qa_forward.argtypes = _LIB.qa_help.argtypes = [ctypes.POINTER(_Pass)]
_LIB.qa_forward.restype = _LIB.qa_help.restype = None

# The threads that ask.
_ASKING: Final[set[int]] = set()


class Forward:
    """Gives the vectors of texts; threads may share it.

    Each thread that asks takes one processor. One that asks for one text, while no other in this
    process asks, gets help on the others, if it is `helped`.
    """

    def __init__(self, weights: Weights, threads: int) -> None:
        """threads: how many work at once on one text, at most.

        Raises:
            TypeError, ValueError: arrays are of another kind, or do not fit each other.
        """
        heads, mean, epsilon = weights.settings.tolist()
        layers, wide = weights.widen_bias.shape
        width = weights.words.shape[1]
        _refuse_other_shapes(weights, layers, width, wide, int(heads))
        sizes = (layers, width, wide, int(heads), int(mean))
        self._bert = _Bert(*sizes, epsilon, *_addresses(weights))
        self._bert.weights = weights  # the addresses are theirs
        self._threads = threads

    @classmethod
    def load(cls, folder: Path, threads: int) -> Self:
        """What runs the weights that are stored in a folder.

        Raises:
            ModelError: this processor lacks what the library is compiled for.
        """
        if not _LIB.qa_runs_here():
            raise ModelError(
                "int8 needs a processor with AVX2 and FMA, and this one lacks them.",
                where=str(folder),
                mend="Build with: qa index --precision float32.",
            )
        return cls(arrays.load_record(Weights, folder, _READ_THROUGH), threads)

    def vectors(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """The unit vectors of texts, each its tokens' ids, (len(texts), dimension).

        Raises:
            IndexError: a token is not in the vocabulary.
            ValueError: a text has no tokens, or more than there are positions.
        """
        self._refuse_unknown(texts)
        starts = np.fromiter(accumulate(map(len, texts), initial=0), np.int64)
        ids = np.fromiter(chain.from_iterable(texts), np.int64, starts[-1])
        try:
            _ASKING.add(get_ident())
            asked = helpers(self._most_helpers(texts))
            one = _Pass(self._bert, ids, starts, len(asked) + 1)
            for helper in asked:
                helper.ask(partial(_LIB.qa_help, one))
            _LIB.qa_forward(one)
            _KEPT.keep(one.own_room)
        finally:
            _ASKING.discard(get_ident())
        return one.found

    def _refuse_unknown(self, texts: Sequence[Sequence[int]]) -> None:
        """The C looks up whatever it is told."""
        words, positions = len(self._bert.weights.words), len(self._bert.weights.positions)
        for text in texts:
            if not 1 <= len(text) <= positions:
                raise ValueError(f"{len(text)} tokens, {positions} positions")
            if not 0 <= min(text) <= max(text) < words:
                raise IndexError(f"tokens {min(text)} to {max(text)}, {words} words")

    def _most_helpers(self, texts: Sequence[Sequence[int]]) -> int:
        # Texts that are run together are a sign that more is asked: the processors are at work.
        if len(_ASKING) > 1 or len(texts) != 1:
            return 0
        return max(1, min(self._threads, len(texts[0]) // _LEAST_TOKENS)) - 1


def _addresses(weights: Weights) -> list[int]:
    kinds: dict[str, type[np.generic]] = dict.fromkeys(_POINTED_AT, np.float32)
    kinds |= {name: np.int8 for name in _POINTED_AT if name.endswith("_cells")}
    kinds |= {name: np.int32 for name in _POINTED_AT if name.endswith("_zero")}
    kinds["words"] = np.float16
    return [at(getattr(weights, name), kind) for name, kind in kinds.items()]


def _refuse_other_shapes(weights: Weights, layers: int, width: int, wide: int, heads: int) -> None:
    """The C believes what it is told."""
    outputs = {"attend": 3 * width, "mix": width, "widen": wide, "narrow": width}
    expected: dict[str, tuple[int, ...]] = {"positions": (len(weights.positions), width)}
    for norm, count in (("embedded", 1), ("mixed", layers), ("narrowed", layers)):
        expected |= {f"{norm}_gain": (count, width), f"{norm}_shift": (count, width)}
    for name, size in outputs.items():
        inputs = wide if name == "narrow" else width
        expected |= {f"{name}_{each}": (layers, size) for each in ("zero", "scale", "bias")}
        expected[f"{name}_cells"] = (layers, size // _STRIP, inputs // 4, _STRIP, 4)
    for name, shape in expected.items():
        if getattr(weights, name).shape != shape:
            raise ValueError(f"{name} is {getattr(weights, name).shape}, not {shape}")
    if width % _STRIP or wide % _STRIP:
        raise ValueError(f"rows of {width} and {wide} numbers do not go into strips of {_STRIP}")
    if width % (heads * _LANES):
        raise ValueError(f"{heads} heads of {width} numbers are not of {_LANES} or a multiple each")
