"""Tables: evidence made by hand in, numbers computed by hand out."""

from dataclasses import replace

import numpy as np
import pytest

from qa import ranking
from qa.defaults import shipped
from qa.ranking import Weights
from qa.retriever import Column, Evidence

# Of the columns three count: phrasing .5, answer .3, coverage .2.
WEIGHTS = Weights(
    columns=np.array([0.5, 0.0, 0.3, 0.0, 0.2, 0.0]),
    sharpness=10.0,
    background=-9.0,
)


def evidence(columns: list[list[float]], exact: list[bool] | None = None) -> Evidence:
    return Evidence(
        entries=np.arange(len(columns)),
        columns=np.array([[*row, 0.0] for row in columns], np.float32).reshape(-1, len(Column)),
        exact=np.array(exact or [False] * len(columns), bool),
        cosines=np.empty(0, np.float32),
        starts=np.zeros((len(columns), 5), np.int64),
    )


@pytest.mark.parametrize(
    ("columns", "exact", "score"),
    [
        ([0.8, 9.0, 0.6, 9.0, 0.5], False, 0.68),  # .4 + .18 + .1
        ([0.0, 1.0, 0.0, 1.0, 0.0], False, 0.0),
        ([-1.0, 0.0, -1.0, 0.0, 0.0], False, -0.8),
        ([1.0, 1.0, 1.0, 1.0, 1.0], False, 1.0),
        ([0.2, 0.0, 0.1, 0.0, 0.1], True, 1.0),
    ],
    ids=["by-weight", "what-counts-nothing", "negative", "all", "word-for-word"],
)
def test_a_score_is_the_weighted_evidence(columns: list[float], exact: bool, score: float) -> None:
    found, _ = ranking.ranked(evidence([columns], [exact]), WEIGHTS)
    assert found.tolist() == pytest.approx([score], abs=1e-6)


def test_only_a_wording_asked_word_for_word_scores_1() -> None:
    # Weights are rounded when they are fitted, so they may sum to a little more than 1.
    heavy = Weights(columns=WEIGHTS.columns * 1.001, sharpness=10.0, background=-9.0)
    (other, asked), order = ranking.ranked(evidence([[1.0] * 5, [0.5] * 5], [False, True]), heavy)
    assert asked == 1.0
    assert other < 1.0
    assert order.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ([0.1, 0.9, 0.5], [1, 2, 0]),
        ([0.5, 0.9, 0.5, 0.9], [1, 3, 0, 2]),
        ([0.3, 0.9] * 500, [*range(1, 1000, 2), *range(0, 1000, 2)]),
        ([-0.5, -0.1, 0.0], [2, 1, 0]),
        ([0.7], [0]),
        ([], []),
    ],
    ids=["best-first", "ties-in-order", "many-ties", "negative", "one", "none"],
)
def test_the_best_comes_first_and_ties_keep_the_order_of_the_corpus(
    scores: list[float], order: list[int]
) -> None:
    alike = evidence([[score] * 5 for score in scores])
    assert ranking.ranked(alike, WEIGHTS)[1].tolist() == order


@pytest.mark.parametrize(
    ("scores", "log_odds"),
    [
        # Sharpness 10: the best at .8 against .6 is exp(2) to 1.
        ([0.6, 0.8], 2.0),
        # Against two at .6: exp(2) to 2, so 2 - ln 2.
        ([0.6, 0.8, 0.6], 1.306853),
        # Against .6 and .5: 1 / (exp(-2) + exp(-3)) = 5.406; ln of it.
        ([0.8, 0.6, 0.5], 1.686738),
        # Two alike are a coin toss; three leave one in three, so odds of 1 to 2.
        ([0.4, 0.4], 0.0),
        ([0.4, 0.4, 0.4], -0.693147),
        # One alone, against what the FAQ does not hold, at the background of -9.
        ([0.7], 97.0),
        ([-9.0], 0.0),
    ],
    ids=[
        "two",
        "two-rivals",
        "three",
        "tie",
        "three-alike",
        "alone",
        "alone-at-the-background",
    ],
)
def test_log_odds_say_how_clearly_the_best_is_ahead(scores: list[float], log_odds: float) -> None:
    best, *rivals = sorted(scores, reverse=True)
    found = ranking.log_odds(best, np.array(rivals), WEIGHTS)
    assert found == pytest.approx(log_odds, abs=1e-6)


def test_a_match_no_better_than_the_background_is_a_coin_toss_at_most() -> None:
    weights = replace(WEIGHTS, background=0.3)
    assert ranking.log_odds(0.3, np.array([]), weights) == pytest.approx(0.0)
    assert ranking.log_odds(0.1, np.array([-1.0]), weights) == pytest.approx(-2.0, abs=1e-4)
    assert ranking.log_odds(0.5, np.array([]), weights) == pytest.approx(2.0)


def test_log_odds_are_those_of_the_softmax() -> None:
    scores = np.array([0.31, 0.9, 0.85, 0.2, 0.88])
    softmax = np.exp(10 * scores) / np.exp(10 * scores).sum()
    expected = np.log(softmax.max() / (1 - softmax.max()))
    found = ranking.log_odds(0.9, np.delete(scores, 1), WEIGHTS)
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weights", [shipped().taught, shipped().plain], ids=["taught", "plain"])
def test_the_weights_that_ship_sum_to_one(weights: Weights) -> None:
    assert weights.columns.shape == (len(Column),)
    # Written with four decimals each.
    assert weights.columns.sum() == pytest.approx(1.0, abs=5e-4)
    assert (weights.columns >= 0).all()
    assert weights.sharpness > 0


def test_only_weights_of_a_site_with_a_classifier_count_on_it() -> None:
    assert shipped().taught.columns[Column.CLASSIFIER] > 0.1
    assert shipped().plain.columns[Column.CLASSIFIER] == 0


def test_weights_are_read_by_name_and_a_column_that_is_not_named_counts_nothing() -> None:
    document = {"columns": {"answer": 0.4, "phrasing": 0.6}, "sharpness": 9.0, "background": 0.1}
    weights = Weights.of(document)
    expected = np.zeros(len(Column))
    expected[[Column.PHRASING, Column.ANSWER]] = 0.6, 0.4
    assert weights.columns.tolist() == expected.tolist()
    assert (weights.sharpness, weights.background) == (9.0, 0.1)
