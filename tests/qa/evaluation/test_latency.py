"""Timing questions one by one; no time is asserted but that of a clock that is set."""

import pytest

from qa.evaluation import latency
from qa.evaluation.latency import SAMPLE, measure_latency


def test_up_to_two_hundred_are_asked_spread_over_the_file() -> None:
    asked: list[str] = []
    found = measure_latency(asked.append, [str(n) for n in range(1000)])
    assert found.n == len(asked) == SAMPLE
    assert (asked[0], asked[-1]) == ("0", "999")
    assert [int(text) for text in asked] == sorted({int(text) for text in asked})


@pytest.mark.parametrize("count", [1, 2, 150, 200])
def test_fewer_are_asked_once_each(count: int) -> None:
    asked: list[str] = []
    assert measure_latency(asked.append, [str(n) for n in range(count)]).n == count
    assert asked == [str(n) for n in range(count)]


def test_percentiles_are_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that lets a hundred questions take 1, 2 ... 100 ms."""
    moments = iter([at for n in range(1, 101) for at in (n, n + n / 1000)])
    monkeypatch.setattr(latency, "perf_counter", lambda: next(moments))
    found = measure_latency(lambda _: None, [""] * 100)
    assert (found.p50, found.p95, found.p99) == pytest.approx((50.5, 95.05, 99.01))
