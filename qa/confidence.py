"""From the best candidate to the probability that it answers, and the decision to abstain.

Logistic regression on a few numbers of the best candidate (Platt, 1999), the same for two
questions: is the best entry right, and is a right one among the first three?
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Self

import numpy as np

from qa import ranking
from qa.ranking import Floats, Weights
from qa.retriever import Evidence

# A stored wording, asked word for word and claimed by one entry, is its answer; what remains is
# that the FAQ's author was wrong.
EXACT = 0.99

# Beyond these odds the sets hold too few cases to tell one from another.
_ODDS_LIMIT = 6.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: one coefficient for each of `FEATURES`, and the intercept."""

    coefficients: Floats
    intercept: float

    def probability(self, features: Floats) -> float:
        """The probability for features (len(FEATURES),), in (0, 1)."""
        return float(1 / (1 + np.exp(-(features @ self.coefficients + self.intercept))))

    @classmethod
    def of(cls, document: dict[str, Any]) -> Self:
        """Read one from its document."""
        coefficients = np.array([document["coefficients"][name] for name in FEATURES])
        return cls(coefficients, document["intercept"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How evidence becomes probability, and from which probability on something is shown."""

    right: Logistic
    offered: Logistic
    answer_from: float
    offer_from: float


FEATURES = ("score", "log_odds")


@lru_cache(maxsize=1)
def default_calibration() -> Calibration:
    """The calibration fitted on public sets (bench/fit.py says how)."""
    document = json.loads((files("qa") / "defaults.json").read_text(encoding="utf-8"))
    document = document["confidence"]
    return Calibration(
        right=Logistic.of(document["right"]),
        offered=Logistic.of(document["offered"]),
        answer_from=document["answer_from"],
        offer_from=document["offer_from"],
    )


def features(best: float, rivals: Floats, weights: Weights) -> Floats:
    """What confidence is judged by, (len(FEATURES),): the best candidate's score, and its lead.

    rivals: the scores of the others that are shown, (c - 1,). What else was tried (coverage, the
    single fields, how alike the entries are) added nothing on domains left out.
    """
    odds = ranking.log_odds(best, rivals, weights)
    return np.array([best, np.clip(odds, -_ODDS_LIMIT, _ODDS_LIMIT)])


def is_certain(evidence: Evidence, best: int) -> bool:
    """Whether the candidate alone claims the query's very words."""
    return bool(evidence.exact[best]) and int(evidence.exact.sum()) == 1
