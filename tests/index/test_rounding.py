"""Rounding by what a matrix is multiplied by, beside rounding each number to the nearest."""

import numpy as np
import numpy.typing as npt
import pytest

from index.rounding import rounded, shares_of

Doubles = npt.NDArray[np.float64]


def rows_of(inputs: int) -> Doubles:
    """Some that have much in common, as texts have."""
    draw = np.random.default_rng(1)
    return draw.normal(size=(2000, 20)) @ draw.normal(size=(20, inputs)) + 0.1 * draw.normal(
        size=(2000, inputs)
    )


@pytest.mark.parametrize("inputs", [8, 64, 100, 200])
def test_products_are_missed_by_less_than_with_the_nearest_numbers(inputs: int) -> None:
    rows, matrix = rows_of(inputs), np.random.default_rng(2).normal(size=(inputs, 16))
    scale = np.abs(matrix).max(axis=0) / 127

    def missed(shares: Doubles | None) -> float:
        cells = rounded(matrix.astype(np.float32), scale.astype(np.float32), 127, shares)
        assert np.abs(cells.astype(int)).max() <= 127
        return float(np.linalg.norm(rows @ (cells * scale - matrix)))

    # Of rows of twenty numbers that were made more, most of what is missed can be made up for.
    assert missed(shares_of(rows.T @ rows)) < (0.95 if inputs == 8 else 0.5) * missed(None)


def test_it_is_as_the_paper_has_it() -> None:
    """One input after the other, with what is left of the inverse taken anew for each."""
    rows, matrix = rows_of(24), np.random.default_rng(3).normal(size=(24, 5)).astype(np.float32)
    scale, moments = np.full(5, 0.05, np.float32), rows.T @ rows
    damped = moments + 0.01 * np.trace(moments) / 24 * np.eye(24)
    left, expected = matrix / scale.astype(np.float64), []
    for row in range(24):
        expected.append(np.clip(np.round(left[row]), -20, 20))
        inverse = np.linalg.inv(damped[row:, row:])
        missed = left[row] - expected[-1]
        left[row:] -= np.outer(inverse[:, 0] / inverse[0, 0], missed)
    np.testing.assert_array_equal(rounded(matrix, scale, 20, shares_of(moments)), expected)


def test_of_rows_that_are_all_zeros_or_have_nothing_in_common_each_number_is_the_nearest() -> None:
    matrix = np.random.default_rng(4).normal(size=(16, 3)).astype(np.float32)
    scale = np.full(3, 0.1, np.float32)
    nearest = rounded(matrix, scale, 127, None)
    np.testing.assert_array_equal(nearest, np.round(matrix / np.float64(scale[0])))
    for moments in (np.zeros((16, 16)), np.diag(np.arange(1.0, 17))):
        np.testing.assert_array_equal(rounded(matrix, scale, 127, shares_of(moments)), nearest)


def test_moments_of_no_rows_are_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        shares_of(np.array([[1.0, 2.0], [2.0, 1.0]]))
