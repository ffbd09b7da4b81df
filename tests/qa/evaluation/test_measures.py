"""Measures against values worked out by hand and by other libraries."""

from itertools import pairwise
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from qa.evaluation.measures import (
    RANKING,
    auroc,
    coverage_at,
    most_shown,
    rank_measures,
    shown_by_threshold,
)

CASES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


def arrays(cases: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return np.array([c for c, _ in cases]) / 5, np.array([r for _, r in cases], bool)


class TestRanking:
    def test_every_measure_of_four_queries_by_hand(self) -> None:
        """Right at 1; at 2; one of two at 3 and the other missing; nothing found."""
        rankings = [["a", "b"], ["b", "a"], ["x", "y", "a"], []]
        relevant = [["a"], ["a"], ["a", "b"], ["a"]]
        means = rank_measures(rankings, relevant).means
        assert means == pytest.approx(
            {
                "P@1": 1 / 4,
                "recall@1": 1 / 4,
                "recall@3": (1 + 1 + 1 / 2 + 0) / 4,
                "recall@5": (1 + 1 + 1 / 2 + 0) / 4,
                "recall@10": (1 + 1 + 1 / 2 + 0) / 4,
                "MRR": (1 + 1 / 2 + 1 / 3 + 0) / 4,
                "MAP": (1 + 1 / 2 + (1 / 3) / 2 + 0) / 4,
                "nDCG@10": (1 + 1 / log2(3) + (1 / log2(4)) / (1 + 1 / log2(3)) + 0) / 4,
            }
        )
        assert list(means) == list(RANKING)

    def test_each_query_keeps_its_reciprocal_rank_in_order(self) -> None:
        found = rank_measures([["b", "a"], [], ["a"], ["c", "b", "a"]], [["a"]] * 4)
        assert found.reciprocal_rank == pytest.approx([1 / 2, 0, 1, 1 / 3])

    def test_the_order_given_counts_and_not_that_of_ids(self) -> None:
        assert rank_measures([["a", "z"], ["z", "a"]], [["a"], ["a"]]).means["P@1"] == 0.5

    def test_more_than_ten_queries_stay_in_order(self) -> None:
        """Named by number, they must not be sorted as text."""
        rankings = [["x"] * 0 + ["a"] if n == 11 else ["b"] for n in range(12)]
        assert rank_measures(rankings, [["a"]] * 12).reciprocal_rank.tolist() == [0.0] * 11 + [1.0]


class TestAuroc:
    @pytest.mark.parametrize(
        ("confidence", "right", "expected"),
        [
            ([0.9, 0.1], [True, False], 1.0),
            ([0.1, 0.9], [True, False], 0.0),
            ([0.5, 0.5], [True, False], 0.5),
            ([0.9, 0.6, 0.5, 0.1], [True, False, True, False], 0.75),
        ],
    )
    def test_by_hand(self, confidence: list[float], right: list[bool], expected: float) -> None:
        assert auroc(np.array(confidence), np.array(right)) == pytest.approx(expected)

    @given(cases=CASES)
    def test_as_scikit_learn_has_it(self, cases: list[tuple[int, bool]]) -> None:
        confidence, right = arrays(cases)
        if right.all() or not right.any():
            assert np.isnan(auroc(confidence, right))
        else:
            assert auroc(confidence, right) == pytest.approx(roc_auc_score(right, confidence))

    def test_many_resamples_are_one_call(self) -> None:
        confidence = np.array([[0.9, 0.1], [0.1, 0.9], [0.5, 0.5]])
        right = np.array([[True, False], [True, False], [True, True]])
        assert auroc(confidence, right) == pytest.approx([1.0, 0.0, np.nan], nan_ok=True)


class TestShown:
    # Best first: right, wrong, right, right, right, right, wrong.
    CONFIDENCE = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    RIGHT = np.array([True, False, True, True, True, True, False])

    @pytest.mark.parametrize(
        ("error", "shown"), [(0.0, 1), (0.1, 1), (0.17, 6), (0.2, 6), (0.3, 7), (1.0, 7)]
    )
    def test_the_largest_set_that_keeps_the_promise_is_shown(
        self, error: float, shown: int
    ) -> None:
        """Two shown are half wrong, six are a sixth: the share goes up and down again."""
        assert most_shown(shown_by_threshold(self.CONFIDENCE, self.RIGHT), error) == shown

    def test_nothing_is_shown_where_the_surest_is_wrong(self) -> None:
        shown = shown_by_threshold(np.array([0.9, 0.8]), np.array([False, False]))
        assert most_shown(shown, 0.2) == 0

    def test_equal_confidence_is_shown_together_or_not_at_all(self) -> None:
        shown = shown_by_threshold(np.array([0.9, 0.9, 0.5]), np.array([True, False, True]))
        assert shown.is_end.tolist() == [False, True, True]
        assert most_shown(shown, 0.1) == 0
        assert most_shown(shown, 0.5) == 3

    def test_a_promise_kept_to_the_dot_is_kept(self) -> None:
        right = np.array([True] * 27 + [False] * 3)
        assert most_shown(shown_by_threshold(np.linspace(1, 0.5, 30), right), 0.1) == 30

    def test_coverage_is_of_the_answerable(self) -> None:
        answerable = np.array([True, False, True, True, True, True, True])
        reached = [
            float(coverage_at(self.CONFIDENCE, self.RIGHT, answerable, error))
            for error in (0.0, 0.2, 1.0)
        ]
        assert reached == pytest.approx([1 / 6, 5 / 6, 5 / 6])
        assert np.isnan(coverage_at(self.CONFIDENCE, self.RIGHT, np.zeros(7, bool), 0.1))

    @given(cases=CASES)
    def test_as_trying_every_threshold_has_it(self, cases: list[tuple[int, bool]]) -> None:
        confidence, right = arrays(cases)
        best = 0
        for threshold in set(confidence.tolist()):
            shown = confidence >= threshold
            if (~right[shown]).sum() / shown.sum() <= 0.2 + 1e-12:
                best = max(best, int(shown.sum()))
        assert most_shown(shown_by_threshold(confidence, right), 0.2) == best

    @given(cases=CASES)
    def test_coverage_never_falls_as_more_errors_are_allowed(
        self, cases: list[tuple[int, bool]]
    ) -> None:
        confidence, right = arrays(cases)
        everything = np.ones(len(right), bool)
        reached = [
            float(coverage_at(confidence, right, everything, e)) for e in (0, 0.1, 0.3, 0.6, 1)
        ]
        assert all(low <= high for low, high in pairwise(reached))
