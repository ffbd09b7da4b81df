"""Calibration by hand, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from qa.evaluation.calibration import BINS, Bin, bin_starts, brier, measure_calibration


@pytest.mark.parametrize(
    ("ascending", "bins", "starts"),
    [
        ([0.1, 0.2, 0.3, 0.4], 2, [0, 2]),
        ([0.1, 0.2, 0.3, 0.4, 0.5], 2, [0, 2]),
        ([0.1, 0.9, 0.9, 0.9], 2, [0, 1]),
        ([0.9, 0.9, 0.9, 0.9], 2, [0]),
        ([0.1, 0.2], 15, [0, 1]),
    ],
)
def test_bins_hold_as_many_each_and_never_part_equal_confidences(
    ascending: list[float], bins: int, starts: list[int]
) -> None:
    assert bin_starts(np.array(ascending), bins).tolist() == starts


def test_the_error_of_two_groups_by_hand() -> None:
    """Ten with .8 of which six are right, thirty with .2 of which six are."""
    confidence = np.array([0.8] * 10 + [0.2] * 30)
    right = np.array([True] * 6 + [False] * 4 + [True] * 6 + [False] * 24)
    found = measure_calibration(confidence, right)
    assert found.ece == pytest.approx(10 / 40 * 0.2 + 30 / 40 * 0.0)
    low, high = found.bins
    assert (low.n, high.n) == (30, 10)
    assert (low.confidence, low.right) == pytest.approx((0.2, 0.2))
    assert (high.confidence, high.right) == pytest.approx((0.8, 0.6))


def test_the_order_of_the_file_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    confidence = np.round(rng.random(200), 1)
    right = rng.random(200) < confidence
    order = rng.permutation(200)
    once, again = (
        measure_calibration(confidence, right),
        measure_calibration(confidence[order], right[order]),
    )
    assert once.ece == pytest.approx(again.ece)
    assert once.ece_by_chance == again.ece_by_chance


def test_fifteen_bins_of_equal_mass() -> None:
    found = measure_calibration(np.linspace(0, 1, 1500), np.ones(1500, bool))
    assert [one.n for one in found.bins] == [100] * BINS
    # Confidence is .5 on average, and all are right.
    assert found.ece == pytest.approx(0.5)


def test_what_chance_shows_is_known_for_one_bin() -> None:
    """With 100 of .5 it is the mean distance of a binomial share from .5: sqrt(1 / (200 pi))."""
    found = measure_calibration(np.full(100, 0.5), np.arange(100) < 50)
    assert found.ece == pytest.approx(0.0)
    assert found.ece_by_chance == pytest.approx((1 / (200 * np.pi)) ** 0.5, rel=0.05)
    assert found.bins == (Bin(0.5, 0.5, 100),)


def test_chance_shows_less_in_more_queries() -> None:
    def by_chance(n: int) -> float:
        confidence = np.linspace(0.01, 0.99, n)
        return measure_calibration(confidence, confidence > 0.5).ece_by_chance

    assert by_chance(3000) < by_chance(300) / 2


def test_certainty_leaves_nothing_to_chance() -> None:
    found = measure_calibration(np.array([0.0, 1.0]), np.array([False, True]))
    assert (found.ece, found.ece_by_chance, found.brier) == (0.0, 0.0, 0.0)


def test_the_brier_score_by_hand_and_as_scikit_learn_has_it() -> None:
    confidence, right = np.array([0.9, 0.4, 0.2]), np.array([True, True, False])
    assert brier(confidence, right) == pytest.approx((0.01 + 0.36 + 0.04) / 3)
    assert brier(confidence, right) == pytest.approx(brier_score_loss(right, confidence))
