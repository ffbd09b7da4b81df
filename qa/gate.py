"""How much is taken on: what is more than can be done in time is refused at once.

A server that takes everything answers everybody too late. As long as the machine keeps up, a burst
may wait; once more comes than can be done, only a short queue is kept, so that what is taken is
answered as quickly as always, and the rest can be told at once to come again.
"""

from dataclasses import dataclass, field
from typing import Final

WATCHED: Final = 1.0
"""After so many seconds it is judged anew whether more comes than can be done."""

TOLERATED: Final = 0.1
"""It is no longer so once at most this share of what came was refused."""


class OverloadedError(Exception):
    """More is asked than can be answered in time; the question may be asked again shortly."""


@dataclass(slots=True)
class Gate:
    """Decides whether something more is taken on. It belongs to one thread.

    calm: how much may be under way while the machine keeps up; strained: while it does not. `now`
    is in seconds of any clock that only goes forward.
    """

    calm: int
    strained: int
    _is_strained: bool = field(default=False, init=False)
    _since: float = field(default=0.0, init=False)
    _came: int = field(default=0, init=False)
    _refused: int = field(default=0, init=False)

    def takes(self, under_way: int, now: float) -> bool:
        """Whether one more is taken on, beside so much that is under way."""
        if self.refuses(under_way, now):
            return False
        self._came += 1
        return True

    def refuses(self, under_way: int, now: float) -> bool:
        """Whether one more would be refused. If so, it counts as refused."""
        self._judge(now)
        if under_way < (self.strained if self._is_strained else self.calm):
            return False
        if not self._is_strained:
            self._is_strained, self._since, self._came, self._refused = True, now, 0, 0
        self._came += 1
        self._refused += 1
        return True

    def _judge(self, now: float) -> None:
        if self._is_strained and now - self._since >= WATCHED:
            self._is_strained = self._refused > TOLERATED * self._came
            self._since, self._came, self._refused = now, 0, 0
