"""Fitting confidence to labelled queries: pure functions on what confidence is judged by.

The most probable logistic regression under a normal prior around one that was fitted elsewhere
(maximum a posteriori; Bishop, "Pattern Recognition and Machine Learning", 2006, 4.5): a few labels
move it a little, thousands decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from index.errors import not_installed
from qa.answer import Answer
from qa.confidence import ERRORS, EXACT, FEATURES, Calibration, Logistic

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ALTERNATIVES: Final = 3
"""Among so many of the nearest entries a right one is looked for, where none answers."""

# How far a site's coefficients are expected to lie from those that ship, for features in standard
# deviations. With 200 labels the error on domains left out is the same from .6 to 2
# (docs/matching.md).
_PRIOR_DEVIATION = 1.0
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Cases:
    """n queries that are not certain already.

    features: what confidence is judged by, (n, len(FEATURES)). right: whether the best entry
    answers the query, (n,). offered: whether one of the first `ALTERNATIVES` does, (n,).
    """

    features: Floats
    right: Bools
    offered: Bools

    @classmethod
    def of(cls, answers: Sequence[Answer], relevant: Sequence[Sequence[str]]) -> "Cases":
        """From answers, and for each the ids of the entries that are right."""
        uncertain = [(a, ids) for a, ids in zip(answers, relevant, strict=True) if a.features]
        hits = [[one.entry.id in ids for one in a.ranking[:ALTERNATIVES]] for a, ids in uncertain]
        features = np.array([answer.features for answer, _ in uncertain], float)
        return cls(
            features.reshape(len(uncertain), len(FEATURES)),
            np.array([hit[0] for hit in hits], bool),
            np.array([any(hit) for hit in hits], bool),
        )

    def __len__(self) -> int:
        return len(self.right)

    def part(self, which: npt.NDArray[np.int64] | Bools) -> "Cases":
        """Some of them."""
        return Cases(self.features[which], self.right[which], self.offered[which])


def fit(cases: Cases, prior: Calibration) -> Calibration:
    """The calibration that the cases make most probable, starting from one fitted elsewhere.

    Its thresholds follow from the fitted probabilities of the cases.

    Raises:
        ModelError: a package of the indexing step is not installed.
    """
    right = _most_probable(cases.features, cases.right, prior.right, prior.spread)
    probability = right.probabilities(cases.features)
    return replace(
        prior,
        right=right,
        offered=_most_probable(cases.features, cases.offered, prior.offered, prior.spread),
        errors=np.array(ERRORS),
        thresholds=np.array([threshold(probability, error) for error in ERRORS]),
    )


def threshold(probability: Floats, error: float) -> float:
    """The confidence from which on at most that share of what is shown is expected to be wrong.

    probability: calibrated, of queries like those to come, (n,). The share of wrong answers among
    those shown is expected to be the mean of what they lack to 1; of the thresholds that keep it,
    this is the lowest. Answers that lack no more than `error` each keep it whatever else is shown,
    and so does a stored wording, asked word for word: the threshold is never above these.
    """
    down = -np.sort(-probability)
    expected = np.cumsum(1 - down) / np.arange(1, len(down) + 1)
    # Equal ones are shown together or not at all.
    is_last_of_equals = np.append(down, -1)[1:] < down
    kept = np.flatnonzero((expected <= error) & is_last_of_equals)
    return min(float(down[kept[-1]]) if len(kept) else 1.0, 1 - error, EXACT)


def out_of_fold(cases: Cases, prior: Calibration) -> Floats:
    """Each case's probability in a fit that has not seen it, (n,): five folds, drawn by lot."""
    fold = np.random.default_rng(0).permutation(np.arange(len(cases)) % _FOLDS)
    probability = np.empty(len(cases))
    for number in range(min(_FOLDS, len(cases))):
        held_out = fold == number
        fitted = fit(cases.part(~held_out), prior).right
        probability[held_out] = fitted.probabilities(cases.features[held_out])
    return probability


def _most_probable(features: Floats, outcome: Bools, prior: Logistic, spread: Floats) -> Logistic:
    """Coefficients per standard deviation, and the intercept at the mean of the cases, each normal
    around the prior's.
    """
    try:
        # Here and not above: serving needs the calibration, not what fits it.
        from scipy.optimize import minimize
    except ImportError as error:
        raise not_installed("fitting confidence", error) from error
    centre = features.mean(axis=0) if len(features) else np.zeros(len(FEATURES))
    design = np.column_stack([(features - centre) / spread, np.ones(len(features))])
    start = np.append(prior.coefficients * spread, prior.intercept + prior.coefficients @ centre)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        """Minus the log posterior, and its gradient."""
        odds, moved = design @ parameters, (parameters - start) / _PRIOR_DEVIATION**2
        value = np.sum(np.logaddexp(0, odds) - outcome * odds) + (parameters - start) @ moved / 2
        return float(value), design.T @ (1 / (1 + np.exp(-odds)) - outcome) + moved

    found: Floats = minimize(loss, start, jac=True, method="BFGS").x
    coefficients = found[:-1] / spread
    return Logistic(coefficients, float(found[-1] - coefficients @ centre))
