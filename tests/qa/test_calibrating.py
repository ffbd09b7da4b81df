"""Thresholds made by hand, and fits judged by other ways to the same optimum."""

import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from index.entry import Entry
from index.errors import ModelError
from qa.answer import Answer, Candidate
from qa.calibrating import Cases, fit, out_of_fold, threshold
from qa.confidence import ERRORS, EXACT, FEATURES, Calibration, Logistic

Floats = npt.NDArray[np.float64]

PRIOR = Calibration(
    right=Logistic(np.array([0.6, 3.0]), -2.0),
    offered=Logistic(np.array([0.5, 4.0]), -1.0),
    spread=np.array([3.0, 0.25]),
    errors=np.array([0.05, 0.1]),
    thresholds=np.array([0.6, 0.3]),
    offer_from=0.2,
)
# The features of a site: further from 0, and less spread, than the prior's.
CENTRE, SPREAD = np.array([1.5, 0.6]), np.array([2.5, 0.2])


def cases(count: int, *, seed: int = 1) -> Cases:
    """So many queries, right by a logistic regression unlike the prior's."""
    random = np.random.default_rng(seed)
    features = random.normal(CENTRE, SPREAD, (count, len(FEATURES)))
    odds = features @ [0.9, -1.0] + 0.5
    right = random.random(count) < 1 / (1 + np.exp(-odds))
    return Cases(features, right, right | (random.random(count) < 0.5))


class TestThreshold:
    @pytest.mark.parametrize(
        ("probability", "error", "expected"),
        [
            # Of 1, .75, .5 the expected shares of wrong ones are 0, .125, .25.
            ([1.0, 0.75, 0.5], 0.3, 0.5),
            ([1.0, 0.75, 0.5], 0.25, 0.5),
            ([1.0, 0.75, 0.5], 0.2, 0.75),
            ([1.0, 0.75, 0.5], 0.125, 0.75),
            ([0.5, 1.0, 0.75], 0.2, 0.75),
            ([0.9375, 0.75], 0.0625, 0.9375),
            # Two that are alike are shown together or not at all: .75 would be wrong by 1 in 6.
            ([1.0, 0.75, 0.75], 0.125, 0.875),
            ([1.0, 0.75, 0.75], 0.17, 0.75),
            ([0.875, 0.75, 0.75, 0.25], 0.2, 0.8),
            ([0.75, 0.75], 0.25, 0.75),
            # Nothing seen keeps it; what is as sure as the promise would.
            ([0.75, 0.5], 0.2, 0.8),
            ([], 0.3, 0.7),
            # Nor is more asked for than that where all that was seen is surer.
            ([0.96, 0.92], 0.1, 0.9),
            # What is surer than a stored wording is no reason to show fewer.
            ([1.0], 0.01, EXACT),
            ([0.998, 0.995], 0.01, EXACT),
            ([0.998, 0.985], 0.01, 0.985),
        ],
    )
    def test_by_hand(self, probability: list[float], error: float, expected: float) -> None:
        assert threshold(np.array(probability), error) == expected

    @given(
        st.lists(st.integers(0, 64), max_size=12), st.sampled_from([1, 4, 8, 12, 16, 24, 40, 64])
    )
    def test_is_the_lowest_from_which_on_no_more_are_expected_to_be_wrong(
        self, lacking: list[int], error: int
    ) -> None:
        # In 64ths all sums are exact.
        keeping = [
            least
            for least in set(lacking)
            if sum(shown := [one for one in lacking if one <= least]) <= error * len(shown)
        ]
        seen = 1 - max(keeping) / 64 if keeping else 1.0
        expected = min(seen, 1 - error / 64, EXACT)
        found = threshold(1 - np.array(lacking, float) / 64, error / 64)
        assert found == expected

    def test_falls_as_more_may_be_wrong(self) -> None:
        probability = np.random.default_rng(2).random(500)
        found = [threshold(probability, error) for error in ERRORS]
        assert found == sorted(found, reverse=True)
        assert len(set(found)) > 4


def most_probable(features: Floats, outcome: npt.NDArray[np.bool_], prior: Logistic) -> Logistic:
    """The same posterior in plain coefficients and intercept, climbed by Newton's method.

    The prior's precision is that of `spread * coefficients` and of the odds at the mean case.
    """
    there = np.append(prior.coefficients, prior.intercept)
    measured = np.diag(np.append(PRIOR.spread, 1.0))
    measured[-1, :-1] = features.mean(axis=0)
    precision = measured.T @ measured
    design = np.column_stack([features, np.ones(len(features))])
    at = there.copy()
    for _ in range(100):
        probability = 1 / (1 + np.exp(-design @ at))
        slope = design.T @ (probability - outcome) + precision @ (at - there)
        bend = (design.T * (probability * (1 - probability))) @ design + precision
        at = at - 0.5 * np.linalg.solve(bend, slope)
    assert np.abs(slope).max() < 1e-9
    return Logistic(at[:-1], float(at[-1]))


class TestFit:
    @pytest.mark.parametrize("count", [1, 5, 40, 600])
    def test_is_the_optimum_that_newtons_method_finds(self, count: int) -> None:
        labelled = cases(count)
        fitted = fit(labelled, PRIOR)
        for found, outcome, prior in (
            (fitted.right, labelled.right, PRIOR.right),
            (fitted.offered, labelled.offered, PRIOR.offered),
        ):
            expected = most_probable(labelled.features, outcome, prior)
            moved = (found.coefficients - expected.coefficients) * PRIOR.spread
            np.testing.assert_allclose(moved, np.zeros(len(FEATURES)), atol=1e-4)
            np.testing.assert_allclose(
                found.probabilities(labelled.features),
                expected.probabilities(labelled.features),
                atol=1e-4,
            )

    def test_one_case_moves_its_own_odds_by_as_much_as_solved_by_hand(self) -> None:
        # At odds of 0 the posterior is highest where the move m is 1 - 1 / (1 + exp(-m)).
        prior = replace(PRIOR, right=Logistic(np.zeros(len(FEATURES)), 0.0))
        case = Cases(CENTRE[np.newaxis], np.array([True]), np.array([True]))
        right = fit(case, prior).right
        assert right.coefficients == pytest.approx([0, 0], abs=1e-6)
        assert right.intercept == pytest.approx(0.401058, abs=1e-5)

    def test_no_cases_give_the_prior_back(self) -> None:
        fitted = fit(Cases.of([], []), PRIOR)
        for found, prior in ((fitted.right, PRIOR.right), (fitted.offered, PRIOR.offered)):
            assert found.coefficients.tolist() == pytest.approx(prior.coefficients.tolist())
            assert found.intercept == pytest.approx(prior.intercept)
        assert fitted.thresholds.tolist() == [min(1 - error, EXACT) for error in ERRORS]

    def test_very_many_cases_decide_alone_as_without_a_prior(self) -> None:
        labelled = cases(40_000)
        model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
        model.fit(labelled.features, labelled.right)
        right = fit(labelled, PRIOR).right
        moved = (right.coefficients - model.coef_[0]) * PRIOR.spread
        np.testing.assert_allclose(moved, np.zeros(len(FEATURES)), atol=0.01)
        expected = model.predict_proba(labelled.features)[:, 1]
        np.testing.assert_allclose(right.probabilities(labelled.features), expected, atol=0.005)
        # The prior was far from there.
        before = PRIOR.right.probabilities(labelled.features)
        assert np.abs(before - expected).max() > 0.3

    @pytest.mark.parametrize("right", [True, False], ids=["all right", "all wrong"])
    def test_labels_of_one_kind_move_it_their_way_and_the_more_the_further(
        self, right: bool
    ) -> None:
        at = CENTRE[np.newaxis]
        probabilities = [PRIOR.right.probabilities(at)[0]]
        for count in (3, 30, 300):
            features = cases(count).features
            outcome = np.full(count, right)
            fitted = fit(Cases(features, outcome, outcome), PRIOR)
            probabilities.append(fitted.right.probabilities(at)[0])
            assert np.isfinite(fitted.right.coefficients).all()
        assert probabilities == sorted(probabilities, reverse=not right)
        assert (0.97 if right else 0.03) == pytest.approx(probabilities[-1], abs=0.03)

    def test_a_few_labels_move_it_little_and_many_much(self) -> None:
        few, many = fit(cases(3), PRIOR).right, fit(cases(5000), PRIOR).right
        there = np.array([0.9, -1.0])

        def still_to_go(found: Logistic) -> float:
            way = (there - PRIOR.right.coefficients) * PRIOR.spread
            return float(np.abs((there - found.coefficients) * PRIOR.spread / way).mean())

        assert 0.75 < still_to_go(few) < 1.25
        assert still_to_go(many) < 0.25

    def test_thresholds_are_those_of_the_fitted_probabilities(self) -> None:
        labelled = cases(300)
        fitted = fit(labelled, PRIOR)
        probability = fitted.right.probabilities(labelled.features)
        assert fitted.errors.tolist() == list(ERRORS)
        expected = [threshold(probability, error) for error in ERRORS]
        assert fitted.thresholds.tolist() == expected

    def test_what_is_not_fitted_stays_the_priors(self) -> None:
        fitted = fit(cases(50), PRIOR)
        assert fitted.spread.tolist() == PRIOR.spread.tolist()
        assert fitted.offer_from == PRIOR.offer_from

    def test_the_order_of_the_cases_is_of_no_account(self) -> None:
        labelled = cases(60)
        one, other = fit(labelled, PRIOR), fit(labelled.part(np.arange(60)[::-1]), PRIOR)
        np.testing.assert_allclose(
            one.right.probabilities(labelled.features),
            other.right.probabilities(labelled.features),
            atol=1e-5,
        )

    def test_queries_that_can_be_told_apart_perfectly_do_not_run_away(self) -> None:
        features = cases(2000).features
        right = features[:, 0] > CENTRE[0]
        fitted = fit(Cases(features, right, right), PRIOR).right
        assert np.isfinite(fitted.coefficients).all()
        assert np.abs(fitted.coefficients * PRIOR.spread).max() < 30

    def test_without_what_fitting_needs_the_command_that_installs_it_is_named(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "scipy.optimize", None)
        with pytest.raises(ModelError, match=r"^[^\n]*pip install 'qa-faq\[index\]'\.$"):
            fit(cases(5), PRIOR)


class TestOutOfFold:
    def test_no_case_is_seen_by_the_fit_that_judges_it(self) -> None:
        labelled = cases(31)
        before = out_of_fold(labelled, PRIOR)
        for number in range(len(labelled)):
            flipped = labelled.right.copy()
            flipped[number] = not flipped[number]
            after = out_of_fold(replace(labelled, right=flipped), PRIOR)
            assert after[number] == before[number]
            # Those judged by the same fit have not seen it either; all others have.
            assert 6 <= (after == before).sum() <= 7
            seen = fit(replace(labelled, right=flipped), PRIOR).right.probabilities(
                labelled.features
            )
            assert (
                seen[number] != fit(labelled, PRIOR).right.probabilities(labelled.features)[number]
            )

    def test_each_is_judged_by_a_fit_of_the_other_four_fifths(self) -> None:
        labelled = cases(40)
        found = out_of_fold(labelled, PRIOR)
        for number in range(len(labelled)):
            flipped = labelled.right.copy()
            flipped[number] = not flipped[number]
            after = out_of_fold(replace(labelled, right=flipped), PRIOR)
            fold = after == found
            assert fold.sum() == 8
            fitted = fit(labelled.part(~fold), PRIOR).right
            expected = fitted.probability(labelled.features[number])
            assert found[number] == pytest.approx(expected, abs=1e-12)

    def test_of_fewer_than_five_each_is_judged_by_all_the_others(self) -> None:
        labelled = cases(3)
        found = out_of_fold(labelled, PRIOR)
        for number in range(3):
            others = fit(labelled.part(np.arange(3) != number), PRIOR).right
            assert found[number] == pytest.approx(others.probability(labelled.features[number]))

    def test_a_single_case_is_judged_by_the_prior_and_none_by_nothing(self) -> None:
        labelled = cases(1)
        expected = PRIOR.right.probability(labelled.features[0])
        assert out_of_fold(labelled, PRIOR) == pytest.approx([expected])
        assert out_of_fold(cases(0), PRIOR).shape == (0,)

    def test_it_is_the_same_each_time(self) -> None:
        one, two = (out_of_fold(cases(30), PRIOR) for _ in range(2))
        assert one.tolist() == two.tolist()


def answer(*ids: str, features: tuple[float, ...] = (1.0, 0.5)) -> Answer:
    ranking = tuple(Candidate(Entry(id=id_, answer="Yes."), 0.5) for id_ in ids)
    return Answer(answered=True, confidence=0.5, ranking=ranking, offers=True, features=features)


class TestCases:
    @pytest.mark.parametrize(
        ("ranking", "relevant", "right", "offered"),
        [
            (["a", "b", "c", "d"], ["a"], True, True),
            (["a", "b", "c", "d"], ["z", "a"], True, True),
            (["a", "b", "c", "d"], ["c"], False, True),
            (["a", "b", "c", "d"], ["d"], False, False),
            (["a", "b", "c", "d"], ["z"], False, False),
            (["a", "b", "c", "d"], [], False, False),
            (["a"], ["a"], True, True),
            (["a"], ["ab"], False, False),
        ],
    )
    def test_right_is_the_first_and_offered_one_of_the_first_three(
        self, ranking: list[str], relevant: list[str], right: bool, offered: bool
    ) -> None:
        found = Cases.of([answer(*ranking)], [relevant])
        assert found.features.tolist() == [[1.0, 0.5]]
        assert (found.right.tolist(), found.offered.tolist()) == ([right], [offered])

    def test_what_is_certain_or_empty_is_no_case(self) -> None:
        nothing = Answer(answered=False, confidence=0.0, ranking=(), offers=False)
        answers = [answer("a", features=()), answer("b", features=(2.0, 0.1)), nothing]
        found = Cases.of(answers, [["a"], ["b"], ["c"]])
        assert len(found) == 1
        assert found.features.tolist() == [[2.0, 0.1]]
        assert found.right.tolist() == [True]

    def test_none_have_the_shape_of_some(self) -> None:
        found = Cases.of([], [])
        assert (len(found), found.features.shape) == (0, (0, len(FEATURES)))
        assert (found.right.dtype, found.offered.dtype) == (bool, bool)

    def test_answers_and_labels_must_be_as_many(self) -> None:
        with pytest.raises(ValueError, match="zip"):
            Cases.of([answer("a")], [])

    def test_a_part_keeps_what_belongs_together(self) -> None:
        every = cases(6)
        for which in (np.array([4, 1]), np.arange(6) == 3):
            some = every.part(which)
            assert some.features.tolist() == every.features[which].tolist()
            assert some.right.tolist() == every.right[which].tolist()
            assert some.offered.tolist() == every.offered[which].tolist()
