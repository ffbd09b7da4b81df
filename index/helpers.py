"""Threads that help another with what it does at the moment, each on processors of its own.

Linux often lets a thread that is woken wait for the processor of the one that woke it, while others
are idle (on a virtual machine of two, two times in three): for a thread that is to help at once and
for a millisecond, that is too late. So it is told where to go before it is woken. Where that is not
possible or not allowed, it helps from wherever it is.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Lock, Thread, local
from typing import Any, Final

MOST: Final = 3
"""As many helpers at a time: what each brings falls with their number."""

# Which processor this thread is on, where that is told, and threads can be sent to another.
_HERE: Final[Any] = (
    getattr(ctypes.PyDLL(None), "sched_getcpu", None) if hasattr(os, "sched_setaffinity") else None
)


class Helper:
    """A thread that does one call after the other."""

    def __init__(self, name: str) -> None:
        """Raises:
        RuntimeError: no more threads can be started.
        """
        self._calls = SimpleQueue[Callable[[], object]]()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()
        self._processors: list[int] = []

    def _work(self) -> None:
        while True:
            self._calls.get()()

    def go_to(self, processors: list[int]) -> None:
        """Run on no others; nothing changes where that is not allowed."""
        thread = self._thread.native_id
        if thread and processors != self._processors:
            with suppress(OSError):
                os.sched_setaffinity(thread, processors)
                self._processors = processors

    def ask(self, call: Callable[[], object]) -> None:
        """Have something done soon that raises nothing."""
        self._calls.put(call)


class _Help(local):
    """Whether this thread gets any."""

    given = True


_help: Final = _Help()
_helpers: Final[list[Helper]] = []
_changing: Final = Lock()


@contextmanager
def helped(given: bool) -> Iterator[None]:
    """Whether this thread gets help meanwhile: it should not when there is other work to do, which
    would wait for the processors that helpers take.
    """
    _help.given = given
    try:
        yield
    finally:
        _help.given = True


def helpers(most: int) -> list[Helper]:
    """So many helpers or fewer: no two on one processor, and none on this thread's."""
    if most < 1 or not _help.given:
        return []
    with _changing:
        if _HERE is None:
            return _started(min(most, MOST))
        others = sorted(os.sched_getaffinity(0) - {_HERE()})
        places = min(MOST, len(others))
        found = _started(min(most, places))
        for number, helper in enumerate(found):
            helper.go_to(others[number::places])
        return found


def _started(count: int) -> list[Helper]:
    with suppress(RuntimeError):  # the system lets no more start: it goes without
        while len(_helpers) < count:
            _helpers.append(Helper(f"helping-{len(_helpers)}"))
    return _helpers[:count]
