"""How long one question takes, asked alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np

SAMPLE: Final = 200
"""As many queries are timed at most: enough for the 95th percentile, and over in seconds."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of the time from a question to its answer, in milliseconds, over n questions."""

    n: int
    p50: float
    p95: float
    p99: float


def measure_latency(ask: Callable[[str], object], texts: Sequence[str]) -> Latency:
    """Ask up to `SAMPLE` of the texts, spread evenly, one after the other. There must be one."""
    chosen = np.unique(np.linspace(0, len(texts) - 1, SAMPLE).round().astype(int))
    taken = [_taken(ask, texts[number]) for number in chosen]
    p50, p95, p99 = np.percentile(taken, [50, 95, 99])
    return Latency(len(chosen), float(p50), float(p95), float(p99))


def _taken(ask: Callable[[str], object], text: str) -> float:
    start = perf_counter()
    ask(text)
    return (perf_counter() - start) * 1000
