"""From the best candidate to the probability that it answers, and the decision to abstain.

Logistic regression on a few numbers of the best candidate (Platt, 1999), the same for two
questions: is the best entry right, and is a right one among the first three?
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from qa import ranking
from qa.ranking import Floats, Weights
from qa.retriever import Column, Evidence

# A stored wording, asked word for word and claimed by one entry, is its answer; what remains is
# that the FAQ's author was wrong.
EXACT: Final = 0.99

# Beyond these odds the sets hold too few cases to tell one from another.
_ODDS_LIMIT = 6.0
_DIGITS = 4
# The logarithm of the largest float is 709.8.
_MOST_EXPONENT = 709.0

# The shares of wrong answers among those shown for which a threshold is fitted.
ERRORS: Final = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3)

FEATURES: Final = ("log_odds", "phrasing")
"""How clearly the best candidate leads, and how near the query is to one of its wordings."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: one coefficient for each of `FEATURES`, and the intercept."""

    coefficients: Floats
    intercept: float

    def probability(self, features: Sequence[float]) -> float:
        """The probability for features (len(FEATURES),), in [0, 1]."""
        return float(self.probabilities(np.array(features)))

    def probabilities(self, features: Floats) -> Floats:
        """The probability for each row of features (..., len(FEATURES)), in [0, 1]."""
        odds = features @ self.coefficients + self.intercept
        probabilities: Floats = 1 / (1 + np.exp(np.minimum(-odds, _MOST_EXPONENT)))
        return probabilities

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read one from its document."""
        coefficients = np.array([document["coefficients"][name] for name in FEATURES])
        return cls(coefficients, document["intercept"])

    def document(self) -> dict[str, Any]:
        """What `of` reads."""
        coefficients = zip(FEATURES, self.coefficients, strict=True)
        return {
            "coefficients": {name: round(float(value), _DIGITS) for name, value in coefficients},
            "intercept": round(float(self.intercept), _DIGITS),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How evidence becomes probability, and from which probability on something is shown.

    spread: the standard deviation of each of `FEATURES` over many FAQs, (len(FEATURES),): what a
    change of a coefficient is measured by when a site fits its own.
    errors, thresholds: ascending shares of wrong answers among those shown, and for each the least
    confidence from which on an answer may be shown to keep it, (t,) each.
    """

    right: Logistic
    offered: Logistic
    spread: Floats
    errors: Floats
    thresholds: Floats
    offer_from: float

    def threshold(self, promised_error: float) -> float:
        """The confidence from which on an answer is shown, for a promised share of wrong ones."""
        return float(np.interp(promised_error, self.errors, self.thresholds))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read one from its document."""
        errors, thresholds = np.array(document["thresholds"], float).T
        return cls(
            right=Logistic.of(document["right"]),
            offered=Logistic.of(document["offered"]),
            spread=np.array([document["spread"][name] for name in FEATURES]),
            errors=errors,
            thresholds=thresholds,
            offer_from=document["offer_from"],
        )

    def document(self) -> dict[str, Any]:
        """What `of` reads."""
        pairs = zip(self.errors, self.thresholds, strict=True)
        spread = zip(FEATURES, self.spread, strict=True)
        return {
            "right": self.right.document(),
            "offered": self.offered.document(),
            "spread": {name: round(float(value), _DIGITS) for name, value in spread},
            "thresholds": [[float(e), round(float(t), _DIGITS)] for e, t in pairs],
            "offer_from": self.offer_from,
        }


def features(
    evidence: Evidence, best: int, score: float, rivals: Floats, weights: Weights
) -> tuple[float, ...]:
    """What confidence is judged by, (len(FEATURES),), of the candidate at position `best`.

    score, rivals: its score, and those of the others that are shown, (c - 1,).
    """
    odds = min(max(ranking.log_odds(score, rivals, weights), -_ODDS_LIMIT), _ODDS_LIMIT)
    return odds, float(evidence.columns[best, Column.PHRASING])


def is_certain(evidence: Evidence, best: int) -> bool:
    """Whether the candidate alone claims the query's very words."""
    return bool(evidence.exact[best]) and int(np.count_nonzero(evidence.exact)) == 1
