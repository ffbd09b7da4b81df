"""Rounding a matrix such that what it is multiplied by is missed least, not each of its cells.

GPTQ (Frantar et al., "GPTQ: accurate post-training quantization for generative pre-trained
transformers", ICLR 2023): inputs are rounded one after the other, and what one misses is made up
for by those that follow, as far as they come together in the rows that the matrix is given.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int8]

_DAMPING: Final = 0.01
"""What is added to the second moments' diagonal, of its mean: GPTQ's own."""

_TOGETHER: Final = 64
"""After so many inputs those that follow learn what was missed: one product instead of many."""


def shares_of(moments: Doubles) -> Doubles:
    """At (i, j): what is taken from input j, which follows, for each 1 that input i came out too
    small by; (inputs, inputs).

    moments: the second moments of the rows that a matrix is multiplied by, (inputs, inputs).

    Raises:
        numpy.linalg.LinAlgError, a ValueError: they are not positive semi-definite.
    """
    mean = np.trace(moments) / len(moments) or 1.0  # of rows of zeros, which miss nothing
    damped = moments + np.eye(len(moments)) * (_DAMPING * mean)
    upper = np.linalg.cholesky(np.linalg.inv(damped)).T
    shares: Doubles = upper / np.diag(upper)[:, np.newaxis]
    return shares


def rounded(matrix: Floats, scale: Floats, most: int, shares: Doubles | None) -> Cells:
    """A matrix, (inputs, outputs), over its outputs' scales, (outputs,), in whole numbers from
    -most to most. shares: as `shares_of` gives them; without, each number is the nearest.
    """
    left = matrix.astype(np.float64) / scale
    if shares is None:
        return _nearest(left, most).astype(np.int8)
    cells, missed = np.empty(matrix.shape, np.int8), np.empty(matrix.shape)
    inputs = len(matrix)
    for first in range(0, inputs, _TOGETHER):
        end = min(first + _TOGETHER, inputs)
        for row in range(first, end):
            cells[row] = nearest = _nearest(left[row], most)
            missed[row] = left[row] - nearest
            left[row + 1 : end] -= np.outer(shares[row, row + 1 : end], missed[row])
        left[end:] -= shares[first:end, end:].T @ missed[first:end]
    return cells


def _nearest(numbers: Doubles, most: int) -> Doubles:
    return np.clip(np.round(numbers), -most, most)
