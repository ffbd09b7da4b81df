"""The few best of many rows."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.int64]


def nearest(rows: Rows, scores: npt.NDArray[np.float32], k: int) -> Rows:
    """The k rows of the highest scores, best first; of equal ones, those before."""
    if len(rows) > k:
        kept = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
        rows, scores = rows[kept], scores[kept]
    return rows[np.lexsort((rows, -scores))][:k]
