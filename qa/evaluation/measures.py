"""Measures of ranking and of abstaining: pure functions, each with its formula and source.

Arrays are (..., n) over queries: whatever stands before the last axis are resamples, so that a
bootstrap of thousands is one call.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import ir_measures
import numpy as np
from ir_measures import AP, RR, P, R, nDCG
from scipy.stats import rankdata

from qa.evaluation.judged import Bools, Floats, Ints

RANKING: Final = {
    "P@1": P @ 1,
    "recall@1": R @ 1,
    "recall@3": R @ 3,
    "recall@5": R @ 5,
    "recall@10": R @ 10,
    "MRR": RR,
    "MAP": AP,
    "nDCG@10": nDCG @ 10,
}
"""What is measured of rankings (ir-measures, MacAvaney et al., ECIR 2022, over trec_eval).

P@1: the first entry is right. recall@k: the share of the right entries among the first k. MRR: one
over the rank of the first right entry (Voorhees, TREC-8, 1999). MAP: mean average precision.
nDCG@10: gains discounted by log2 of the rank, over the best possible (Järvelin & Kekäläinen, 2002).
"""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Means over the queries by name, and each query's reciprocal rank, (n,)."""

    means: dict[str, float]
    reciprocal_rank: Floats


def rank_measures(
    rankings: Sequence[Sequence[str]], relevant: Sequence[Collection[str]]
) -> Ranking:
    """Measure rankings (ids from best to worst) by the relevant ids; each query has one at least.

    An empty ranking counts as zero.
    """
    names = [str(number) for number in range(len(rankings))]
    # By rank, not by score: equal scores would be ordered by id, and not as they were served.
    run = {
        name: {id_: float(-rank) for rank, id_ in enumerate(ranking)}
        for name, ranking in zip(names, rankings, strict=True)
    }
    qrels = {name: dict.fromkeys(ids, 1) for name, ids in zip(names, relevant, strict=True)}
    values = {measure: np.zeros(len(names)) for measure in RANKING.values()}
    evaluator = ir_measures.pytrec_eval.evaluator(list(RANKING.values()), qrels)
    for query, measure, value in evaluator.iter_calc(run):
        values[measure][int(query)] = value
    means = {name: float(values[measure].mean()) for name, measure in RANKING.items()}
    return Ranking(means, values[RANKING["MRR"]])


def auroc(confidence: Floats, right: Bools) -> Floats:
    """How well confidence tells right from wrong: the chance that a right one has more of it.

    The area under the ROC curve, as the Mann-Whitney statistic (Hanley & McNeil, 1982): with ranks
    r and m right of n, (sum of r over the right - m(m + 1)/2) / (m(n - m)); ties count half.
    Inputs (..., n), result (...); NaN where all are right or all wrong.
    """
    ranks = rankdata(confidence, axis=-1)
    m = right.sum(axis=-1)
    above = (ranks * right).sum(axis=-1) - m * (m + 1) / 2
    pairs = m * (right.shape[-1] - m)
    return np.asarray(np.divide(above, pairs, out=np.full(np.shape(m), np.nan), where=pairs > 0))


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown when thresholds fall, best first: (n,) counts after each query in that order.

    threshold: its confidence. wrong, right: how many of those shown are. is_end: whether a
    threshold can lie here, which it cannot between queries of equal confidence.
    """

    threshold: Floats
    right: Ints
    wrong: Ints
    is_end: Bools


def shown_by_threshold(confidence: Floats, right: Bools) -> Shown:
    """Show queries from the most confident on. Inputs and fields (..., n)."""
    order = np.argsort(-confidence, axis=-1, kind="stable")
    threshold = np.take_along_axis(confidence, order, axis=-1)
    is_right = np.take_along_axis(right, order, axis=-1)
    is_end = np.ones(threshold.shape, bool)
    is_end[..., :-1] = threshold[..., 1:] < threshold[..., :-1]
    return Shown(threshold, np.cumsum(is_right, axis=-1), np.cumsum(~is_right, axis=-1), is_end)


def most_shown(shown: Shown, error: float) -> Ints:
    """How many can be shown so that at most this share of them is wrong: the most, (...).

    The share of wrong ones does not fall steadily as the threshold rises, so more than one stretch
    of thresholds may keep a promise; the largest set that does is taken (as in selective
    classification, Geifman & El-Yaniv, 2017).
    """
    count = np.arange(1, shown.wrong.shape[-1] + 1)
    keeps = shown.is_end & (shown.wrong <= error * count + 1e-9)  # .1 * 30 is more than 3
    return np.asarray(np.where(keeps, count, 0).max(axis=-1))


def coverage_at(confidence: Floats, right: Bools, answerable: Bools, error: float) -> Floats:
    """The most answerable queries answered rightly while at most `error` of what is shown is wrong.

    As a share of the answerable, (...); NaN where there are none.
    """
    shown = shown_by_threshold(confidence, right)
    most = most_shown(shown, error)[..., None]
    reached = np.take_along_axis(shown.right, np.maximum(most - 1, 0), axis=-1)
    reached = np.where(most > 0, reached, 0)[..., 0]
    total = answerable.sum(axis=-1)
    return np.asarray(
        np.divide(reached, total, out=np.full(np.shape(total), np.nan), where=total > 0)
    )
