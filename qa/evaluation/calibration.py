"""Whether confidence is what it says: of answers given with .8, eight in ten should be right."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from qa.evaluation.judged import Bools, Floats, Ints

BINS: Final = 15
"""The usual number of bins (Guo et al., ICML 2017)."""

SIMULATIONS: Final = 1_000
"""Simulated outcomes for the error by chance: enough for its second digit."""

SEED: Final = 20_240_229
"""Fixed, so that a file scored twice gives the same figures."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Queries of like confidence: their mean confidence, the share that is right, and how many."""

    confidence: float
    right: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """Expected calibration error, what chance alone would show of it, Brier score, and the bins."""

    ece: float
    ece_by_chance: float
    brier: float
    bins: tuple[Bin, ...]


def measure_calibration(confidence: Floats, right: Bools) -> Calibration:
    """Measure how far confidence, (n,) in [0, 1], is from the share that is right, (n,)."""
    starts = bin_starts(np.sort(confidence))
    order = np.argsort(confidence, kind="stable")
    mean, rate, count = _binned(confidence[order], right[order].astype(float), starts)
    return Calibration(
        ece=float(_ece(mean, rate, count)),
        ece_by_chance=_ece_by_chance(confidence[order], starts),
        brier=brier(confidence, right),
        bins=tuple(
            Bin(float(m), float(r), int(n)) for m, r, n in zip(mean, rate, count, strict=True)
        ),
    )


def bin_starts(ascending: Floats, bins: int = BINS) -> Ints:
    """Where bins of equal mass begin in ascending confidences, (n,) to (up to `bins`,).

    Equal confidences are never parted, or the error would depend on the order of the file.
    """
    wanted = np.arange(bins) * len(ascending) // bins
    first_equal = np.searchsorted(ascending, ascending[wanted], side="left")
    return np.unique(first_equal)


def _binned(confidence: Floats, right: Floats, starts: Ints) -> tuple[Floats, Floats, Ints]:
    """Mean confidence, share right and size of each bin; inputs (..., n), least sure first."""
    count = np.diff(starts, append=confidence.shape[-1])
    mean = np.add.reduceat(confidence, starts, axis=-1) / count
    return mean, np.add.reduceat(right, starts, axis=-1) / count, count


def _ece(mean: Floats, rate: Floats, count: Ints) -> Floats:
    """Expected calibration error: the mean over queries of their bin's |confidence - share right|.

    Naeini et al., AAAI 2015; in bins of equal mass after Nixon et al., CVPR workshops 2019.
    """
    return np.asarray((np.abs(mean - rate) * count).sum(axis=-1) / count.sum())


def _ece_by_chance(ascending: Floats, starts: Ints) -> float:
    """The error that perfectly calibrated confidences would show at this size, on average.

    Outcomes are drawn with just these probabilities (consistency resampling: Bröcker & Smith, 2007,
    Weather and Forecasting).
    """
    rng = np.random.default_rng(SEED)
    errors = [
        _ece(*_binned(ascending, (rng.random(len(ascending)) < ascending).astype(float), starts))
        for _ in range(SIMULATIONS)
    ]
    return float(np.mean(errors))


def brier(confidence: Floats, right: Bools) -> float:
    """The mean squared distance of confidence from what came, 1 or 0 (Brier, 1950)."""
    return float(np.mean((confidence - right) ** 2))
