"""How well the service knows when to say nothing.

An answer is right when it is one of the query's relevant entries; one shown to a query that the FAQ
has no answer to is wrong.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from qa.evaluation.judged import Bools, Judged
from qa.evaluation.measures import Shown, auroc, most_shown, shown_by_threshold

ERRORS: Final = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of wrong answers that an operator may promise to stay within, besides that in force."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What a promise costs: at most `error` of what is shown is wrong.

    threshold: the confidence from which on answers are shown then; None when the promise cannot be
    kept but by showing nothing. coverage: the share of the answerable queries that are answered
    rightly then. shown, wrong: how many answers.
    """

    error: float
    threshold: float | None
    coverage: float
    shown: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Abstention:
    """The figures in force, as counts and shares, and what else could be promised.

    shown_from: the confidence from which on answers were shown. wrong_answerable,
    wrong_unanswerable: wrong answers shown where the FAQ has another, and where it has none.
    wrong_share: of what is shown.
    coverage: of the answerable queries, the share answered rightly. declined_unanswerable: of the
    others, the share where nothing was shown. auroc: of confidence, for the top entry being right.
    None stands for a share of nothing.
    """

    promised_error: float
    shown_from: float
    shown: int
    right: int
    wrong_answerable: int
    wrong_unanswerable: int
    shown_share: float
    wrong_share: float | None
    coverage: float
    declined_unanswerable: float | None
    auroc: float | None
    promises: tuple[Promise, ...]


def measure_abstention(judged: Judged, promised_error: float, shown_from: float) -> Abstention:
    """Measure at the decisions that were made, and at the thresholds that `ERRORS` and the promise
    in force allow.

    There must be an answerable query.
    """
    right, shown, answerable = judged.right, judged.shown, judged.answerable
    by_threshold = shown_by_threshold(judged.confidence, right)
    declined = share(~shown[~answerable])
    return Abstention(
        promised_error=promised_error,
        shown_from=shown_from,
        shown=int(shown.sum()),
        right=int((shown & right).sum()),
        wrong_answerable=int((judged.wrong_shown & answerable).sum()),
        wrong_unanswerable=int((judged.wrong_shown & ~answerable).sum()),
        shown_share=float(shown.mean()),
        wrong_share=share(~right[shown]),
        coverage=float((shown & right).sum() / answerable.sum()),
        declined_unanswerable=declined,
        auroc=_number(float(auroc(judged.confidence, right))),
        promises=tuple(
            _promise(by_threshold, error, judged) for error in sorted({*ERRORS, promised_error})
        ),
    )


def share(of: Bools) -> float | None:
    """The share that is true, in [0, 1]; None of nothing."""
    return float(of.mean()) if len(of) else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value


def _promise(shown: Shown, error: float, judged: Judged) -> Promise:
    most = int(most_shown(shown, error))
    if not most:
        return Promise(error, None, 0.0, 0, 0)
    return Promise(
        error=error,
        threshold=float(shown.threshold[most - 1]),
        coverage=float(shown.right[most - 1] / judged.answerable.sum()),
        shown=most,
        wrong=int(shown.wrong[most - 1]),
    )
