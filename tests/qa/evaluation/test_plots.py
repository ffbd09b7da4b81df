"""Coordinates of the pictures, by hand."""

from itertools import pairwise

import numpy as np
import pytest

from qa.evaluation import plots
from qa.evaluation.abstention import measure_abstention
from qa.evaluation.calibration import Bin, Calibration
from qa.evaluation.judged import Judged
from qa.evaluation.plots import BOTTOM, LEFT, RIGHT, TOP, Axis, Bar, Tick


def test_an_axis_runs_from_nothing_to_its_end() -> None:
    axis = Axis(start=10, end=110, high=0.5)
    assert [axis.at(value) for value in (0, 0.25, 0.5)] == [10, 60, 110]


def test_a_bin_is_a_dot_whose_area_is_its_size() -> None:
    bins = (Bin(0.0, 0.0, 100), Bin(1.0, 0.5, 25))
    plot = plots.reliability(Calibration(0.1, 0.1, 0.1, bins))
    low, high = plot.dots
    assert (low.x, low.y, low.radius) == (LEFT, BOTTOM, 10)
    assert (high.x, high.y, high.radius) == (RIGHT, (BOTTOM + TOP) / 2, 6)
    assert high.title == "25 queries, mean confidence 100%: 50% right"
    assert plot.line == f"{low.x},{low.y} {high.x},{high.y}"


def test_the_curve_ends_with_everything_shown_and_the_dot_is_where_we_are(judged: Judged) -> None:
    """Half of everything is wrong, so the axis ends at the next round share: 60 %."""
    plot = plots.coverage_by_error(judged, measure_abstention(judged, 0.1, 0.5))
    assert [tick.label for tick in plot.x_ticks] == ["0%", "15%", "30%", "45%", "60%"]
    points = [tuple(map(float, point.split(","))) for point in plot.line.split()]
    assert points[0] == (LEFT, (BOTTOM + TOP) / 2)  # two right ones before the first wrong one
    assert points[-1] == (RIGHT, pytest.approx(TOP + (BOTTOM - TOP) / 4))
    assert all(before[1] >= after[1] for before, after in pairwise(points))
    assert plot.mark
    assert plot.mark.at == pytest.approx(LEFT + (RIGHT - LEFT) / 6, abs=0.1)
    (dot,) = plot.dots
    assert (dot.x, dot.y) == (pytest.approx(LEFT + (RIGHT - LEFT) * 5 / 6, abs=0.1), 117)


def test_right_ones_stand_below_wrong_ones() -> None:
    judged = Judged(
        answerable=np.ones(4, bool),
        right=np.array([True, True, True, False]),
        shown=np.ones(4, bool),
        confidence=np.array([1.0, 0.99, 0.96, 0.97]),
    )
    plot = plots.histogram(judged, measure_abstention(judged, 0.1, 0.5))
    height = BOTTOM - TOP
    title = "confidence 95% to 100%: 3 right, 1 wrong"
    right, wrong = plot.bars
    assert right == Bar("right", 334.8, TOP + height / 4, 14.2, height * 3 / 4, title)
    assert wrong == Bar("wrong", 334.8, TOP, 14.2, height / 4, title)
    assert plot.mark
    assert plot.mark.label == "shown from here"


@pytest.mark.parametrize(
    ("count", "end"),
    [(0, 2), (1, 2), (2, 2), (3, 4), (10, 10), (11, 20), (100, 100), (101, 200), (480, 600)],
)
def test_counts_end_at_an_even_round_number(count: int, end: int) -> None:
    assert plots._round_up(count) == end


def test_a_lone_query_can_be_drawn() -> None:
    one = np.ones(1, bool)
    judged = Judged(one, one, ~one, np.array([0.0]))
    abstention = measure_abstention(judged, 0.1, 0.5)
    assert plots.histogram(judged, abstention).mark == Tick(198.0, "shown from here")
    assert plots.coverage_by_error(judged, abstention).dots[0].y == BOTTOM
