"""Several processes: which are replaced, and when all is over."""

from collections.abc import Iterator
from signal import SIGKILL

import pytest
import uvicorn

from qa import stopping
from qa.stopping import RETRY, Workers


class System:
    """A process as the system knows it."""

    def __init__(self) -> None:
        self.lives = True

    def is_alive(self) -> bool:
        return self.lives

    def join(self) -> None:
        assert not self.lives


class FakeWorker:
    """A worker whose fate the test decides."""

    again_at: float | None = None

    def __init__(self, *_: object) -> None:
        self.process, self.exitcode, self.has_served = System(), 0, False

    def start(self) -> None: ...

    def serve(self) -> None:
        self.has_served = True

    def end(self, code: int) -> None:
        self.process.lives, self.exitcode = False, code

    def is_alive(self, timeout: float) -> bool:
        return self.process.lives

    def kill(self) -> None:
        self.process.lives = False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock shows; the test moves it."""
    now = [100.0]
    monkeypatch.setattr(stopping, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> Iterator[Workers]:
    monkeypatch.setattr(stopping, "_Worker", FakeWorker)
    monkeypatch.setattr("uvicorn.supervisors.multiprocess.signal.signal", lambda *_: None)
    workers = Workers(uvicorn.Config("none", workers=2), [])
    workers.init_processes()
    yield workers
    assert workers.has_failed == workers.should_exit.is_set()


def fakes(workers: Workers) -> list[FakeWorker]:
    workers.keep_subprocess_alive()
    return workers.processes  # type: ignore[return-value]


@pytest.mark.parametrize("code", [-SIGKILL, 1, 3])
def test_one_that_served_is_replaced_at_once(workers: Workers, code: int) -> None:
    first, second = fakes(workers)
    first.serve()
    first.end(code)
    third, same = fakes(workers)
    assert third is not first
    assert third.process.lives
    assert same is second


@pytest.mark.parametrize("code", [-SIGKILL, 1, 3])
def test_one_that_cannot_start_is_tried_again_after_a_while(
    workers: Workers, clock: list[float], code: int
) -> None:
    first, second = fakes(workers)
    second.serve()
    for _ in range(3):
        first.end(code)
        assert fakes(workers)[0] is first
        clock[0] += RETRY - 0.1
        assert fakes(workers)[0] is first
        clock[0] += 0.1
        before, (first, _) = first, fakes(workers)
        assert first is not before
    assert not workers.has_failed


def test_meanwhile_another_that_ends_is_replaced_at_once(workers: Workers) -> None:
    first, second = fakes(workers)
    second.serve()
    first.end(3)
    fakes(workers)
    second.end(-SIGKILL)
    third = fakes(workers)[1]
    assert third.process.lives
    # It loads, and may succeed where the first did not.
    assert not workers.has_failed


def test_where_none_lives_any_more_and_none_can_start_it_is_over(workers: Workers) -> None:
    first, second = fakes(workers)
    first.end(3)
    fakes(workers)
    assert not workers.has_failed, "the second still loads"
    second.end(3)
    fakes(workers)
    assert workers.has_failed
