"""Threads that help: they do what they are asked, away from the one who asks."""

import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import current_thread
from typing import Any

import pytest

from index import helpers as module
from index.helpers import Helper, helpers


def said(helper: Helper, what: Callable[[], object]) -> object:
    """What a call returns in the helper's thread."""
    answers = SimpleQueue[object]()
    helper.ask(lambda: answers.put(what()))
    return answers.get(timeout=10)


def test_a_helper_does_one_call_after_the_other_in_a_thread_of_its_own() -> None:
    helper, done = Helper(7), list[int]()
    for number in range(100):
        helper.ask(lambda number=number: done.append(number))  # type: ignore[misc] # mypy 9217
    assert said(helper, lambda: current_thread().name) == "helping-7"
    assert done == [*range(100)]


def test_each_helper_is_sent_to_processors_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[Any, list[int]] = {}
    monkeypatch.setattr(module, "_HERE", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 2, 4, 5, 6, 9})
    monkeypatch.setattr(os, "sched_setaffinity", sent.__setitem__)
    monkeypatch.setattr(module, "_helper", Helper)
    assert len(helpers(2)) == 2
    assert [*sent.values()] == [[1, 5, 9], [2, 6]]
    sent.clear()
    assert len(helpers(20)) == 5
    assert [*sent.values()] == [[1], [2], [5], [6], [9]]


def test_one_processor_leaves_nobody_to_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HERE", lambda: 3)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert helpers(4) == []
    assert helpers(0) == []


def test_a_helper_that_may_not_go_there_helps_where_it_is() -> None:
    helper = Helper(0)
    helper.go_to([100_000])
    assert said(helper, lambda: 42) == 42


def test_elsewhere_helpers_stay_where_the_system_puts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HERE", None)
    monkeypatch.delattr(os, "sched_setaffinity")
    assert [said(helper, lambda: "here") for helper in helpers(2)] == ["here", "here"]


def test_a_helper_runs_on_another_processor_than_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    if module._HERE is None or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("there is one processor, or the system does not say where a thread runs")
    allowed = os.sched_getaffinity(0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: allowed)
    for processor in sorted(allowed)[:2]:
        os.sched_setaffinity(0, {processor})
        try:
            (helper,) = helpers(1)
            assert said(helper, module._HERE) != processor
        finally:
            os.sched_setaffinity(0, allowed)
