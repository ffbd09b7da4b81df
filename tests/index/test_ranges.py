import numpy as np
import pytest

from index.ranges import ranges


@pytest.mark.parametrize(
    ("starts", "lengths", "cells"),
    [
        ([2, 7], [3, 2], [2, 3, 4, 7, 8]),
        ([7, 2], [2, 3], [7, 8, 2, 3, 4]),
        ([5, 5, 0], [1, 0, 2], [5, 0, 1]),
        ([0, 4], [0, 0], []),
        ([], [], []),
    ],
    ids=["ascending", "any-order", "one-is-empty", "all-are-empty", "none"],
)
def test_ranges_are_the_cells_of_each_run(
    starts: list[int], lengths: list[int], cells: list[int]
) -> None:
    found = ranges(np.array(starts, np.int64), np.array(lengths, np.int64))
    assert found.tolist() == cells
