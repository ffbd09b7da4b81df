"""Threads that help: they do what they are asked, away from the one who asks."""

import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import current_thread
from unittest.mock import Mock

import pytest

from index import helpers as module
from index.helpers import Helper, helped, helpers


def said(helper: Helper, what: Callable[[], object]) -> object:
    """What a call returns in the helper's thread."""
    answers = SimpleQueue[object]()
    helper.ask(lambda: answers.put(what()))
    return answers.get(timeout=10)


def test_a_helper_does_one_call_after_the_other_in_a_thread_of_its_own() -> None:
    helper, done = Helper("helping-7"), list[int]()
    for number in range(100):
        helper.ask(lambda number=number: done.append(number))  # type: ignore[misc] # mypy 9217
    assert said(helper, lambda: current_thread().name) == "helping-7"
    assert done == [*range(100)]


@pytest.fixture
def none_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the start of a process, on a system that says where a thread is: on processor 4."""
    monkeypatch.setattr(module, "_helpers", [])
    monkeypatch.setattr(module, "_HERE", lambda: 4)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[int]]:
    """Where each thread was sent to."""
    found: dict[int, list[int]] = {}
    monkeypatch.setattr(os, "sched_setaffinity", found.__setitem__, raising=False)
    return found


def allow(monkeypatch: pytest.MonkeyPatch, *processors: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {*processors}, raising=False)


@pytest.mark.usefixtures("none_yet")
def test_each_helper_is_sent_to_processors_of_its_own(
    monkeypatch: pytest.MonkeyPatch, sent: dict[int, list[int]]
) -> None:
    allow(monkeypatch, 1, 2, 4, 5, 6, 9)
    (first,) = helpers(1)
    assert [*sent.values()] == [[1, 6]]
    sent.clear()
    assert helpers(20)[0] is first
    assert [*sent.values()] == [[2, 9], [5]], "the first is there already"
    monkeypatch.setattr(module, "_HERE", lambda: 6)
    assert len(helpers(20)) == module.MOST
    assert [*sent.values()] == [[2, 9], [4], [1, 5]]


@pytest.mark.usefixtures("none_yet", "sent")
def test_where_there_are_few_processors_there_are_few_helpers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    allow(monkeypatch, 4, 5)
    assert len(helpers(4)) == 1
    allow(monkeypatch, 4)
    assert helpers(4) == []
    assert helpers(0) == []


@pytest.mark.usefixtures("none_yet", "sent")
def test_who_is_not_to_be_helped_gets_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 4, 5)
    with pytest.raises(ValueError, match="whatever"), helped(given=False):
        assert helpers(1) == []
        raise ValueError("whatever happens meanwhile")
    with helped(given=True):
        assert len(helpers(1)) == 1
    assert len(helpers(1)) == 1


@pytest.mark.usefixtures("none_yet", "sent")
def test_where_no_more_threads_may_start_it_goes_without(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 1, 2, 3, 4)
    (first,) = helpers(1)
    monkeypatch.setattr(module, "Helper", Mock(side_effect=RuntimeError("can't start new thread")))
    assert helpers(3) == [first]


@pytest.mark.usefixtures("none_yet")
def test_a_helper_that_may_not_go_there_helps_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = Mock(side_effect=PermissionError)
    monkeypatch.setattr(os, "sched_setaffinity", refused, raising=False)
    allow(monkeypatch, 4, 5)
    for _ in range(2):
        (helper,) = helpers(1)
        assert said(helper, lambda: 42) == 42
    assert refused.call_count == 2, "it may be allowed later"


@pytest.mark.usefixtures("none_yet")
def test_elsewhere_helpers_stay_where_the_system_puts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HERE", None)
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    assert [said(helper, lambda: "here") for helper in helpers(2)] == ["here", "here"]


def test_a_helper_runs_on_another_processor_than_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    if module._HERE is None or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one processor, or the system does not say where a thread runs")
    allowed = os.sched_getaffinity(0)
    allow(monkeypatch, *allowed)
    for processor in sorted(allowed)[:2]:
        try:
            os.sched_setaffinity(0, {processor})
            (helper,) = helpers(1)
            assert said(helper, module._HERE) != processor
        except PermissionError:
            pytest.skip("threads may not be sent to processors here")
        finally:
            os.sched_setaffinity(0, allowed)
