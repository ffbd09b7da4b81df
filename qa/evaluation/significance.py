"""How far chance goes: intervals for a figure, and whether a difference is more than luck.

All resampling starts from the same seed, so a file scored twice gives the same figures.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from scipy.stats import bootstrap, permutation_test

from qa.evaluation.judged import Bools, Floats, Ints
from qa.evaluation.measures import auroc

RESAMPLES: Final = 1_000
"""Enough for the ends of a 95 % interval, and for telling p = .05 from p = .01."""

CONFIDENCE_LEVEL: Final = 0.95
SEED: Final = 20_240_229

_BATCH: Final = 50  # resamples held in memory at once

Statistic: TypeAlias = Callable[[Ints], Floats]
"""Numbers of queries in, (..., n); their figure, (...). Query i of the other side is n + i."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of a 95 % bootstrap interval (Efron & Tibshirani, 1993; percentiles)."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """What a figure has gained: now minus earlier, its interval, and p.

    p: how often a difference at least this large would come about if it were chance which of the
    two sides gave which result (paired randomisation test, Smucker et al., CIKM 2007).
    """

    now: float
    earlier: float
    difference: float
    interval: Interval
    p: float


def interval_of_mean(values: Floats) -> Interval | None:
    """The interval of a mean over queries, (n,); None for fewer than two."""
    return _interval((values,), np.mean) if len(values) > 1 else None


def interval_of_auroc(confidence: Floats, right: Bools) -> Interval | None:
    """The interval of the AUROC; None with fewer than two right or two wrong.

    Right and wrong are resampled apart, so that no resample lacks one of them.
    """
    if min(right.sum(), (~right).sum()) < 2:
        return None
    return _interval((confidence[right], confidence[~right]), _auroc_of_two)


def _auroc_of_two(right: Floats, wrong: Floats, axis: int) -> Floats:
    together = np.concatenate([right, wrong], axis=axis)
    is_right = np.zeros(together.shape, bool)
    is_right[..., : right.shape[axis]] = True
    return auroc(together, is_right)


def _interval(
    samples: tuple[Floats | Ints, ...], statistic: Callable[..., Floats], *, paired: bool = False
) -> Interval:
    found = bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        batch=_BATCH,
        vectorized=True,
        axis=-1,
        confidence_level=CONFIDENCE_LEVEL,
        method="percentile",
        rng=np.random.default_rng(SEED),
        paired=paired,
    ).confidence_interval
    return Interval(float(found.low), float(found.high))


def difference_of(statistic: Statistic, n: int) -> Difference | None:
    """Compare two sides that answered the same n queries; None for fewer than two.

    `statistic` gets numbers of queries: below n, results of now; n + i, the earlier one of query i.
    A resample in which a side has no figure (an AUROC of nothing but right ones) counts as no
    difference.
    """
    if n < 2:
        return None
    now, earlier = np.arange(n), np.arange(n, 2 * n)

    def gain(one: Ints, other: Ints, axis: int) -> Floats:  # noqa: ARG001 - always the last
        return np.nan_to_num(np.asarray(statistic(one) - statistic(other)))

    tested = permutation_test(
        (now, earlier),
        gain,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=_BATCH,
        axis=-1,
        rng=np.random.default_rng(SEED),
    )
    return Difference(
        now=float(statistic(now)),
        earlier=float(statistic(earlier)),
        difference=float(gain(now, earlier, -1)),
        interval=_interval((now, earlier), gain, paired=True),
        p=float(tested.pvalue),
    )
