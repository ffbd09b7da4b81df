"""Threads that help another with what it does at the moment, each on processors of its own.

Linux often lets a thread that is woken wait for the processor of the one that woke it, while others
are idle (on a virtual machine of two, two times in three): for a thread that is to help at once and
for a millisecond, that is too late. So it is told where to go before it is woken.
"""

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

# Which processor this thread is on; other systems than Linux do not say, nor can be told.
_HERE: Final[Any] = getattr(ctypes.PyDLL(None), "sched_getcpu", None)


class Helper:
    """A thread that does one call after the other."""

    def __init__(self, number: int) -> None:
        self._calls = SimpleQueue[Callable[[], object]]()
        self._thread = Thread(target=self._work, name=f"helping-{number}", daemon=True)
        self._thread.start()
        self._processors: list[int] = []

    def _work(self) -> None:
        while True:
            self._calls.get()()

    def go_to(self, processors: list[int]) -> None:
        """Run on no others; nothing changes where that is not allowed."""
        if processors != self._processors:
            self._processors = processors
            with suppress(OSError):
                os.sched_setaffinity(self._thread.native_id or 0, processors)

    def ask(self, call: Callable[[], object]) -> None:
        """Have something done soon; it must not fail."""
        self._calls.put(call)


_helper: Final = cache(Helper)


def helpers(most: int) -> list[Helper]:
    """So many helpers or fewer: no two on one processor, and none on this thread's."""
    if _HERE is None:
        return [_helper(number) for number in range(most)]
    others = sorted(os.sched_getaffinity(0) - {_HERE()})
    count = min(most, len(others))
    found = [_helper(number) for number in range(count)]
    for number, helper in enumerate(found):
        helper.go_to(others[number::count])
    return found
