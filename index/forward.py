"""The forward pass of a BERT encoder in int8, in C (index/forward.c): token ids in, vectors out.

Every weight matrix has one scale for each output (Jacob et al., 2018), and every token's values
have their own in each multiplication, so a text's vector depends on nothing but the text, whatever
texts are run together.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from index import arrays
from index.errors import ModelError
from index.native import at, load
from index.vectors import Vectors

Floats = npt.NDArray[np.float32]
Cells = npt.NDArray[np.int8]

_LANES: Final = 8
_STRIP: Final = 16
_MOST_CELL, _MOST_NUMBER = 127, 8191  # so fine are weights and what is multiplied by them


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """An encoder's weights, as the C reads them; what follows `positions` has its order there.

    settings: the number of heads, whether rows are pooled to their mean (1) or their first (0), and
    the layer normalisation's epsilon, (3,). words: (vocabulary, width). positions: (positions,
    width), the type of the first segment added. Of all others the first axis is the layers:
    cells, `packed`, scale and bias, (layers, outputs), gain and shift, (layers, width). attend: to
    queries, keys and values, side by side.
    """

    settings: npt.NDArray[np.float64]
    words: npt.NDArray[np.float16]
    positions: Floats
    embedded_gain: Floats
    embedded_shift: Floats
    attend_cells: Cells
    attend_scale: Floats
    attend_bias: Floats
    mix_cells: Cells
    mix_scale: Floats
    mix_bias: Floats
    mixed_gain: Floats
    mixed_shift: Floats
    widen_cells: Cells
    widen_scale: Floats
    widen_bias: Floats
    narrow_cells: Cells
    narrow_scale: Floats
    narrow_bias: Floats
    narrowed_gain: Floats
    narrowed_shift: Floats


def quantised(matrix: Floats) -> tuple[Cells, Floats]:
    """A matrix, (inputs, outputs), in eight bits, and a scale for each output, (outputs,)."""
    scale = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float32).tiny) / _MOST_CELL
    return np.round(matrix / scale).astype(np.int8), scale.astype(np.float32)


def packed(matrix: Floats) -> tuple[Cells, Floats]:
    """The same, the cells in strips, (outputs / 16, inputs / 2, 16, 2): all inputs of some outputs,
    two at a time, then those of the next.

    Raises:
        ValueError: it does not go into strips, or a sum of its products could exceed 32 bits.
    """
    inputs, outputs = matrix.shape
    if outputs % _STRIP or inputs % 2:
        raise ValueError(f"a matrix of {inputs} by {outputs} does not go into strips of {_STRIP}")
    cells, scale = quantised(matrix)
    if np.abs(cells.astype(np.int64)).sum(axis=0).max() * _MOST_NUMBER > np.iinfo(np.int32).max:
        raise ValueError(f"sums of {inputs} products could exceed 32 bits")
    strips = cells.reshape(inputs // 2, 2, outputs // _STRIP, _STRIP).transpose(2, 0, 3, 1)
    return np.ascontiguousarray(strips), scale


# All but what Python itself looks up.
_POINTED_AT: Final = [field.name for field in fields(Weights)][3:]


class _Bert(ctypes.Structure):
    """As index/forward.c declares it."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("layers", "width", "wide", "heads", "mean")),
        ("epsilon", ctypes.c_double),
        *((name, ctypes.c_void_p) for name in _POINTED_AT),
    )


# Python's lock is given away: a pass takes milliseconds.
_LIB: Final = load(Path(__file__).with_suffix(".c"), ctypes.CDLL)
_LIB.qa_runs_here.restype = _LIB.qa_room.restype = ctypes.c_int64
_LIB.qa_room.argtypes = [ctypes.c_void_p, ctypes.c_int64]
_LIB.qa_forward.argtypes = [*3 * [ctypes.c_void_p], ctypes.c_int64, *2 * [ctypes.c_void_p]]
_LIB.qa_forward.restype = None


class Forward:
    """Gives the vectors of texts; threads may share it."""

    def __init__(self, weights: Weights) -> None:
        """Raises:
        TypeError, ValueError: arrays are of another kind, or do not fit each other.
        """
        heads, mean, epsilon = weights.settings.tolist()
        layers, wide = weights.widen_bias.shape
        width = weights.words.shape[1]
        _refuse_other_shapes(weights, layers, width, wide, int(heads))
        self._weights = weights  # the addresses below are theirs
        sizes = (layers, width, wide, int(heads), int(mean))
        self._bert = _Bert(*sizes, epsilon, *_addresses(weights))
        self._at = ctypes.addressof(self._bert)

    @classmethod
    def load(cls, folder: Path) -> Self:
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
        return cls(arrays.load_record(Weights, folder))

    def vectors(self, texts: Sequence[Sequence[int]]) -> Vectors:
        """The unit vectors of texts, each its tokens' ids, (len(texts), dimension).

        Raises:
            IndexError: a token is not in the vocabulary.
            ValueError: a text has no tokens, or more than there are positions.
        """
        words, positions = self._weights.words, self._weights.positions
        lengths = np.array([len(ids) for ids in texts], np.int64)
        for length in lengths[(lengths < 1) | (lengths > len(positions))]:
            raise ValueError(f"{length} tokens, {len(positions)} positions")
        rows = words[np.concatenate(texts)].astype(np.float32)
        rows += np.concatenate([positions[:length] for length in lengths])
        room = np.empty(_LIB.qa_room(self._at, len(rows)), np.float32)
        vectors = np.empty((len(texts), words.shape[1]), np.float32)
        _LIB.qa_forward(
            self._at,
            at(rows, np.float32),
            at(lengths, np.int64),
            len(texts),
            at(room, np.float32),
            at(vectors, np.float32),
        )
        return vectors


def _addresses(weights: Weights) -> list[int]:
    kinds = {name: np.int8 if name.endswith("cells") else np.float32 for name in _POINTED_AT}
    return [at(getattr(weights, name), kind) for name, kind in kinds.items()]


def _refuse_other_shapes(weights: Weights, layers: int, width: int, wide: int, heads: int) -> None:
    """The C believes what it is told."""
    outputs = {"attend": 3 * width, "mix": width, "widen": wide, "narrow": width}
    expected: dict[str, tuple[int, ...]] = {"positions": (len(weights.positions), width)}
    for norm, count in (("embedded", 1), ("mixed", layers), ("narrowed", layers)):
        expected |= {f"{norm}_gain": (count, width), f"{norm}_shift": (count, width)}
    for name, size in outputs.items():
        inputs = wide if name == "narrow" else width
        expected |= {f"{name}_scale": (layers, size), f"{name}_bias": (layers, size)}
        expected[f"{name}_cells"] = (layers, size // _STRIP, inputs // 2, _STRIP, 2)
    for name, shape in expected.items():
        if getattr(weights, name).shape != shape:
            raise ValueError(f"{name} is {getattr(weights, name).shape}, not {shape}")
    if width % (heads * _LANES):
        raise ValueError(f"{heads} heads of {width} numbers are not of {_LANES} or a multiple each")
