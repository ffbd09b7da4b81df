"""Tables: features made by hand in, probabilities computed by hand out."""

import json
from importlib.resources import files

import numpy as np
import pytest

from qa import confidence
from qa.confidence import FEATURES, Calibration, Logistic
from qa.defaults import shipped
from qa.ranking import Weights
from qa.retriever import Column, Evidence

WEIGHTS = Weights(columns=np.zeros(len(Column)), sharpness=10.0, background=0.2)


def evidence(exact: list[bool]) -> Evidence:
    """Candidates of which nothing is known but whether they claim the words."""
    return Evidence(
        entries=np.arange(len(exact)),
        columns=np.full((len(exact), len(Column)), -0.7, np.float32),
        exact=np.array(exact),
        cosines=np.empty(0, np.float32),
        starts=np.zeros((len(exact), 5), np.int64),
    )


CALIBRATION = Calibration(
    right=Logistic(np.array([1 / 3, 4.0]), -2.0),
    offered=Logistic(np.array([0.0, 1.0]), 2 / 3),
    spread=np.array([3.0, 0.25]),
    errors=np.array([0.05, 0.1]),
    thresholds=np.array([0.5, 0.2]),
    offer_from=0.2,
)


@pytest.mark.parametrize(
    ("log_odds", "phrasing", "probability"),
    [
        (0.0, 0.0, 0.119203),  # 1 / (1 + e^2)
        (0.0, 0.5, 0.5),  # 4 * .5 - 2 = 0
        (1.0, 0.75, 0.817574),  # .5 + 3 - 2 = 1.5
        (-4.0, 1.0, 0.5),  # -2 + 4 - 2 = 0
        (6.0, 1.0, 0.993307),  # 3 + 4 - 2 = 5
        (-6.0, -1.0, 0.000123),  # -3 - 4 - 2 = -9
        (-6.0, -1e6, 0.0),
        (6.0, 1e6, 1.0),
    ],
)
def test_a_probability_is_the_logistic_of_the_weighted_features(
    log_odds: float, phrasing: float, probability: float
) -> None:
    logistic = Logistic(np.array([0.5, 4.0]), -2.0)
    found = logistic.probability([log_odds, phrasing])
    assert found == pytest.approx(probability, abs=1e-6)


def test_a_logistic_reads_its_coefficients_by_name_whatever_their_order() -> None:
    coefficients = {"phrasing": 4.0, "log_odds": 0.5}
    logistic = Logistic.of({"coefficients": coefficients, "intercept": -2.0})
    assert dict(zip(FEATURES, logistic.coefficients, strict=True)) == coefficients
    assert logistic.intercept == -2.0


@pytest.mark.parametrize(
    ("best", "rivals", "log_odds"),
    [
        # Against .6 and the background's .2: 1 / (exp(-2) + exp(-6)) = 7.255; ln of it.
        (0.8, [0.6], 1.98185),
        (0.7, [0.7], -0.006715),
        # Alone it is judged against the background: 10 * .1, and the other way round.
        (0.3, [], 1.0),
        (0.1, [], -1.0),
        # The best in scope, when another that is shown matches better.
        (0.5, [0.8], -3.002476),
        # Beyond odds of e^6 to 1 nothing was measured.
        (1.0, [0.0], 6.0),
        (-0.9, [], -6.0),
        # 1,001 alike: odds of 1 to 1,000, ln of which is -6.9.
        (0.5, [0.5] * 1000, -6.0),
    ],
    ids=[
        "ahead",
        "tie",
        "alone",
        "alone-below-the-background",
        "behind",
        "far-ahead",
        "far-off",
        "a-thousand-alike",
    ],
)
def test_features_are_how_clearly_the_best_is_ahead_and_how_near_it_is(
    best: float, rivals: list[float], log_odds: float
) -> None:
    judged = evidence([False, False])
    judged.columns[1, Column.PHRASING] = 0.5
    found = confidence.features(judged, 1, best, np.array(rivals), WEIGHTS)
    assert found == pytest.approx((log_odds, 0.5), abs=1e-5)


@pytest.mark.parametrize(
    ("exact", "best", "certain"),
    [
        ([False, True, False], 1, True),
        ([False, True, False], 0, False),
        ([False, False], 0, False),
        ([True, True], 0, False),
        ([True, True], 1, False),
        ([True], 0, True),
    ],
    ids=["one-claims", "another-claims", "none-claims", "both-first", "both-second", "alone"],
)
def test_certain_is_only_the_one_entry_that_claims_the_words(
    exact: list[bool], best: int, certain: bool
) -> None:
    assert confidence.is_certain(evidence(exact), best) is certain


@pytest.mark.parametrize(
    ("promised", "threshold"),
    [(0.05, 0.5), (0.1, 0.2), (0.075, 0.35), (0.3, 0.2), (0.01, 0.5)],
    ids=["given", "given-too", "between", "above-all", "below-all"],
)
def test_a_promise_between_two_measured_ones_has_a_threshold_between_theirs(
    promised: float, threshold: float
) -> None:
    assert CALIBRATION.threshold(promised) == pytest.approx(threshold)


def test_a_calibration_is_written_rounded_and_read_back() -> None:
    document = CALIBRATION.document()
    assert document == {
        "right": {
            "coefficients": {"log_odds": 0.3333, "phrasing": 4.0},
            "intercept": -2.0,
        },
        "offered": {
            "coefficients": {"log_odds": 0.0, "phrasing": 1.0},
            "intercept": 0.6667,
        },
        "spread": {"log_odds": 3.0, "phrasing": 0.25},
        "thresholds": [[0.05, 0.5], [0.1, 0.2]],
        "offer_from": 0.2,
    }
    again = Calibration.of(json.loads(json.dumps(document)))
    assert again.document() == document
    assert again.spread.tolist() == CALIBRATION.spread.tolist()
    assert (again.errors.tolist(), again.thresholds.tolist()) == ([0.05, 0.1], [0.5, 0.2])
    for found, expected in (
        (again.right, CALIBRATION.right),
        (again.offered, CALIBRATION.offered),
    ):
        assert found.coefficients == pytest.approx(expected.coefficients, abs=5e-5)
        assert found.intercept == pytest.approx(expected.intercept, abs=5e-5)


def test_spread_is_read_by_name_whatever_its_order() -> None:
    document = CALIBRATION.document()
    spread = dict(reversed(document["spread"].items()))
    assert Calibration.of({**document, "spread": spread}).spread.tolist() == [3.0, 0.25]


def test_probabilities_are_those_of_each_row() -> None:
    rows = np.array([[0.0, 0.5], [1.0, 0.75], [-6.0, -1.0]])
    logistic = Logistic(np.array([0.5, 4.0]), -2.0)
    expected = [0.5, 0.817574, 0.000123]  # as above
    assert logistic.probabilities(rows) == pytest.approx(expected, abs=1e-6)
    assert logistic.probabilities(rows[np.newaxis]).shape == (1, 3)
    assert logistic.probabilities(np.empty((0, 2))).shape == (0,)


def test_the_calibration_that_ships_is_read_as_it_is_written() -> None:
    document = json.loads((files("qa") / "defaults.json").read_text())["confidence"]
    calibration = shipped().calibration
    for logistic, name in ((calibration.right, "right"), (calibration.offered, "offered")):
        coefficients = dict(zip(FEATURES, logistic.coefficients, strict=True))
        assert coefficients == document[name]["coefficients"]
        assert logistic.intercept == document[name]["intercept"]
    pairs = zip(calibration.errors, calibration.thresholds, strict=True)
    assert [list(pair) for pair in pairs] == document["thresholds"]
    spread = dict(zip(FEATURES, calibration.spread, strict=True))
    assert spread == document["spread"]
    assert (calibration.spread > 0).all()
    # At least one chance in five that one of those offered is right (the promise to visitors).
    assert calibration.offer_from == document["offer_from"] == 0.2


def test_the_calibration_that_ships_is_surer_of_better_evidence_and_stricter_for_more() -> None:
    calibration = shipped().calibration
    for logistic in (calibration.right, calibration.offered):
        assert (logistic.coefficients > 0).all()
    assert (np.diff(calibration.errors) > 0).all()
    assert (np.diff(calibration.thresholds) <= 0).all()
    assert 0 < calibration.threshold(0.1) < calibration.threshold(0.01) < confidence.EXACT
