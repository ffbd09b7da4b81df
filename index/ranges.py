"""Cells that lie in runs: which they are, for many runs at once."""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def ranges(starts: Ints, lengths: Ints) -> Ints:
    """The numbers from `starts[i]` on, `lengths[i]` of them, for each i, one after the other."""
    ends = lengths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    cells: Ints = np.arange(total) + np.repeat(starts - ends + lengths, lengths)
    return cells
