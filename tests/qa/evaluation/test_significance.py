"""Intervals and tests of chance, against values known from theory."""

from itertools import product

import numpy as np
import pytest

from qa.evaluation.judged import Floats, Ints
from qa.evaluation.significance import (
    Difference,
    Interval,
    difference_of,
    interval_of_auroc,
    interval_of_mean,
)


class TestIntervals:
    def test_the_interval_of_a_share_is_that_of_the_binomial(self) -> None:
        """Of 400, half: .5 plus or minus 1.96 * sqrt(.25 / 400) = .049."""
        found = interval_of_mean(np.array([0.0, 1.0] * 200))
        assert found
        assert found.low == pytest.approx(0.451, abs=0.006)
        assert found.high == pytest.approx(0.549, abs=0.006)

    def test_what_never_varies_has_no_width(self) -> None:
        assert interval_of_mean(np.ones(10)) == Interval(1.0, 1.0)

    def test_the_interval_of_an_auroc_is_that_of_hanley_and_mcneil(self) -> None:
        """Two normals 1.19 apart have an area of .8; of 200 each its standard error is .022."""
        rng = np.random.default_rng(3)
        right = np.array([True] * 200 + [False] * 200)
        confidence = np.concatenate([rng.normal(1.19, 1, 200), rng.normal(0, 1, 200)])
        found = interval_of_auroc(confidence, right)
        assert found
        assert found.low < 0.8 < found.high
        assert found.high - found.low == pytest.approx(2 * 1.96 * 0.022, rel=0.15)

    def test_the_same_figures_come_again(self) -> None:
        values = np.random.default_rng(1).random(50)
        assert interval_of_mean(values) == interval_of_mean(values)

    def test_one_query_has_no_interval(self) -> None:
        assert interval_of_mean(np.array([1.0])) is None
        assert interval_of_auroc(np.array([0.9, 0.1, 0.2]), np.array([True, False, False])) is None


def of_means(now: list[float], earlier: list[float]) -> Difference | None:
    values = np.array(now + earlier)

    def mean(at: Ints) -> Floats:
        return np.asarray(values[at].mean(axis=-1))

    return difference_of(mean, len(now))


class TestDifference:
    def test_of_few_queries_every_exchange_is_tried(self) -> None:
        """Five gained: of the 32 ways to exchange, all gains and all losses are as extreme."""
        found = of_means([1.0] * 5 + [0.0], [0.0] * 5 + [0.0])
        assert found
        assert (found.now, found.earlier) == pytest.approx((5 / 6, 0))
        assert found.difference == pytest.approx(5 / 6)
        assert found.p == pytest.approx(2 / 32)

    def test_p_is_the_share_of_exchanges_that_do_as_much(self) -> None:
        gains = [0.5, -0.25, 1.0, 0.125]
        found = of_means(gains, [0.0] * 4)
        sums = [
            sum(s * g for s, g in zip(signs, gains, strict=True))
            for signs in product((1, -1), repeat=4)
        ]
        extreme = sum(one >= sum(gains) - 1e-12 for one in sums)
        assert found
        assert found.p == pytest.approx(2 * extreme / 16)

    def test_the_same_twice_is_no_difference(self) -> None:
        found = of_means([1.0, 0.0, 1.0], [1.0, 0.0, 1.0])
        assert found
        assert (found.difference, found.p, found.interval) == (0.0, 1.0, Interval(0.0, 0.0))

    def test_a_gain_in_many_queries_is_more_than_chance_and_has_its_interval(self) -> None:
        """Of 400 paired queries 40 are gained and 10 lost: .075, with a standard error of .0173."""
        now, earlier = [1.0] * 40 + [0.0] * 10 + [1.0] * 350, [0.0] * 40 + [1.0] * 360
        found = of_means(now, earlier)
        assert found
        assert found.difference == pytest.approx(0.075)
        assert found.interval.low == pytest.approx(0.075 - 1.96 * 0.0173, abs=0.006)
        assert found.interval.high == pytest.approx(0.075 + 1.96 * 0.0173, abs=0.006)
        assert found.p < 0.01

    def test_a_resample_without_a_figure_is_no_difference(self) -> None:
        found = difference_of(lambda at: np.full(at.shape[:-1], np.nan), 5)
        assert found
        assert (found.difference, found.p) == (0.0, 1.0)

    def test_one_query_tells_nothing(self) -> None:
        assert of_means([1.0], [0.0]) is None
