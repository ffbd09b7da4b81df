"""Tables: features made by hand in, probabilities computed by hand out."""

import json
from importlib.resources import files

import numpy as np
import pytest

from qa import confidence
from qa.confidence import FEATURES, Logistic, default_calibration
from qa.ranking import Weights
from qa.retriever import Column, Evidence

WEIGHTS = Weights(columns=np.full(len(Column), 1 / 6), sharpness=10.0, background=0.2)


@pytest.mark.parametrize(
    ("score", "log_odds", "probability"),
    [
        (0.0, 0.0, 0.119203),  # 1 / (1 + e^2)
        (0.5, 0.0, 0.5),  # 4 * .5 - 2 = 0
        (0.75, 1.0, 0.817574),  # 3 + .5 - 2 = 1.5
        (1.0, -4.0, 0.5),  # 4 - 2 - 2 = 0
        (1.0, 6.0, 0.993307),  # 4 + 3 - 2 = 5
        (-1.0, -6.0, 0.000123),  # -4 - 3 - 2 = -9
    ],
)
def test_a_probability_is_the_logistic_of_the_weighted_features(
    score: float, log_odds: float, probability: float
) -> None:
    logistic = Logistic(np.array([4.0, 0.5]), -2.0)
    found = logistic.probability(np.array([score, log_odds]))
    assert found == pytest.approx(probability, abs=1e-6)


def test_a_logistic_reads_its_coefficients_by_name_whatever_their_order() -> None:
    document = {"coefficients": {"log_odds": 0.5, "score": 4.0}, "intercept": -2.0}
    logistic = Logistic.of(document)
    assert dict(zip(FEATURES, logistic.coefficients, strict=True)) == document["coefficients"]
    assert logistic.intercept == -2.0


@pytest.mark.parametrize(
    ("best", "rivals", "features"),
    [
        # Against .6 and the background's .2: 1 / (exp(-2) + exp(-6)) = 7.255; ln of it.
        (0.8, [0.6], [0.8, 1.98185]),
        (0.7, [0.7], [0.7, -0.006715]),
        # Alone it is judged against the background: 10 * .1, and the other way round.
        (0.3, [], [0.3, 1.0]),
        (0.1, [], [0.1, -1.0]),
        # The best in scope, when another that is shown matches better.
        (0.5, [0.8], [0.5, -3.002476]),
        # Beyond odds of e^6 to 1 nothing was measured.
        (1.0, [0.0], [1.0, 6.0]),
        (-0.9, [], [-0.9, -6.0]),
        # 1,001 alike: odds of 1 to 1,000, ln of which is -6.9.
        (0.5, [0.5] * 1000, [0.5, -6.0]),
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
def test_features_are_how_well_the_best_matches_and_how_clearly_it_is_ahead(
    best: float, rivals: list[float], features: list[float]
) -> None:
    found = confidence.features(best, np.array(rivals), WEIGHTS)
    assert found.tolist() == pytest.approx(features, abs=1e-5)


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
    columns = np.zeros((len(exact), len(Column)), np.float32)
    evidence = Evidence(entries=np.arange(len(exact)), columns=columns, exact=np.array(exact))
    assert confidence.is_certain(evidence, best) is certain


def test_the_calibration_that_ships_is_read_as_it_is_written() -> None:
    document = json.loads((files("qa") / "defaults.json").read_text())["confidence"]
    calibration = default_calibration()
    for logistic, name in ((calibration.right, "right"), (calibration.offered, "offered")):
        coefficients = dict(zip(FEATURES, logistic.coefficients, strict=True))
        assert coefficients == document[name]["coefficients"]
        assert logistic.intercept == document[name]["intercept"]
    assert calibration.answer_from == document["answer_from"]
    # At least one chance in five that one of those offered is right (the promise to visitors).
    assert calibration.offer_from == document["offer_from"] == 0.2


def test_better_evidence_never_makes_the_calibration_that_ships_less_sure() -> None:
    calibration = default_calibration()
    for logistic in (calibration.right, calibration.offered):
        assert (logistic.coefficients > 0).all()
    assert confidence.EXACT >= 0.9
    assert 0 < calibration.answer_from < confidence.EXACT
