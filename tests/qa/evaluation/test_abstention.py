"""Abstaining, by hand: six queries, four of them answerable."""

import numpy as np
import pytest

from qa.evaluation.abstention import ERRORS, Promise, measure_abstention, share
from qa.evaluation.judged import Judged

JUDGED = Judged(
    answerable=np.array([True, True, True, True, False, False]),
    right=np.array([True, True, False, True, False, False]),
    shown=np.array([True, True, True, False, True, False]),
    confidence=np.array([0.9, 0.8, 0.7, 0.3, 0.5, 0.1]),
)


def test_every_figure_by_hand() -> None:
    found = measure_abstention(JUDGED, 0.1, 0.45)
    assert (found.shown, found.right) == (4, 2)
    assert (found.wrong_answerable, found.wrong_unanswerable) == (1, 1)
    assert (found.shown_from, found.promised_error) == (0.45, 0.1)
    assert found.shown_share == pytest.approx(4 / 6)
    assert found.wrong_share == pytest.approx(2 / 4)
    assert found.coverage == pytest.approx(2 / 4)
    assert found.declined_unanswerable == pytest.approx(1 / 2)
    # Of the nine pairs of a right and a wrong one, .3 is above .1 only.
    assert found.auroc == pytest.approx(7 / 9)


def test_a_promise_names_its_threshold_and_what_it_covers() -> None:
    """Two right ones at the top; with the third, one in three is wrong."""
    promises = measure_abstention(JUDGED, 0.1, 0.45).promises
    assert [promise.error for promise in promises] == list(ERRORS)
    assert promises[0] == Promise(error=0.01, threshold=0.8, coverage=0.5, shown=2, wrong=0)
    assert promises[-1] == Promise(error=0.2, threshold=0.8, coverage=0.5, shown=2, wrong=0)


def test_the_promise_in_force_is_among_them() -> None:
    promises = measure_abstention(JUDGED, 0.15, 0.45).promises
    assert [promise.error for promise in promises] == [0.01, 0.02, 0.05, 0.1, 0.15, 0.2]


def test_a_promise_that_only_silence_keeps_has_no_threshold() -> None:
    judged = Judged(
        answerable=np.array([True, True]),
        right=np.array([False, True]),
        shown=np.array([False, False]),
        confidence=np.array([0.9, 0.8]),
    )
    found = measure_abstention(judged, 0.1, 0.95)
    assert found.promises[0] == Promise(0.01, None, 0.0, 0, 0)
    assert (found.shown_from, found.wrong_share) == (0.95, None)
    assert found.declined_unanswerable is None


def test_without_both_right_and_wrong_there_is_no_auroc() -> None:
    everything = np.ones(3, bool)
    judged = Judged(everything, everything, everything, np.array([0.1, 0.5, 0.9]))
    assert measure_abstention(judged, 0.1, 0.95).auroc is None


@pytest.mark.parametrize(
    ("of", "expected"), [([], None), ([True], 1.0), ([True, False, False, False], 0.25)]
)
def test_a_share_of_nothing_is_none(of: list[bool], expected: float | None) -> None:
    assert share(np.array(of, bool)) == expected
