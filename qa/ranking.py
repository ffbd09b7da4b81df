"""From evidence to one score per entry, and an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from index import kernels
from qa.retriever import Column, Evidence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# The weights are rounded, and an answer may be the query's very words: neither may reach 1.
_ALMOST = 1 - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each column of evidence counts, (len(Column),), summing to 1.

    sharpness: the factor on scores under which their softmax over the candidates is the
    probability that each is the right one, given that one of them is.
    background: the score at which something that the FAQ does not hold is assumed to match.
    """

    columns: Floats
    sharpness: float
    background: float

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read them from their document; a column that is not named counts nothing."""
        columns = [document["columns"].get(column.name.lower(), 0.0) for column in Column]
        return cls(
            columns=np.array(columns, np.float64),
            sharpness=document["sharpness"],
            background=document["background"],
        )


def ranked(evidence: Evidence, weights: Weights) -> tuple[Floats, Ints]:
    """How well each candidate matches, (c,), and their positions from best to worst, (c,).

    A score is 1 for a wording asked word for word, else below 1. Ties keep the order of the corpus.
    """
    return kernels.ranked(evidence.columns, weights.columns, evidence.exact, _ALMOST)


def log_odds(best: float, rivals: Floats, weights: Weights) -> float:
    """Log odds that the best candidate is the right one, given that one of them is.

    rivals: the other candidates' scores, (c - 1,). One that is always there, at the background
    score, stands for what the FAQ does not hold: an entry without rivals is not right for that.
    """
    background = weights.sharpness * (weights.background - best)
    return float(-np.logaddexp.reduce(weights.sharpness * (rivals - best), initial=background))
