"""How often one caller may ask: limits as an operator writes them, and the counts that hold them.

A limit holds in every window of its length, not only in those that begin with the clock. The counts
here are one process's; those that several share are in `qa.rate_store`.
"""

import re
import time
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final, Self

from index.errors import InputError
from qa.settings import Settings

_UNITS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_RATE: Final = re.compile(
    rf"(\d{{1,7}}) *(?:/|per) *(?:(\d{{1,5}}) *)?({'|'.join(_UNITS)})s?", re.IGNORECASE
)
_MOST: Final = 1_000_000  # in a window: as many moments at most does a store keep for one caller
_LONGEST: Final = 31 * 86_400  # seconds
_SEVERAL: Final = 5  # limits for the same caller

_SLICES: Final = 20
"""A window is counted in so many slices: what was asked counts for its length and 5 % at most."""

MOST_WINDOWS: Final = 50_000
"""So many counts are kept, some 30 MB; then those of whoever has not asked for longest go."""


@dataclass(frozen=True, slots=True)
class Rate:
    """amount: questions, 1 to 1,000,000, in any window of so many seconds."""

    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Rates:
    """All limits, the shortest window first; () where a caller may ask as often as it likes."""

    per_address: tuple[Rate, ...] = ()
    per_key: tuple[Rate, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The limits that the settings name.

        Raises:
            InputError: naming the variable that cannot be used.
        """
        return cls(
            parsed(settings.rate_limit, "QA_RATE_LIMIT"),
            parsed(settings.key_rate_limit, "QA_KEY_RATE_LIMIT"),
        )

    def __bool__(self) -> bool:
        return bool(self.per_address or self.per_key)


def parsed(text: str, variable: str) -> tuple[Rate, ...]:
    """Limits such as `60/minute; 1000/day` or `10/5 seconds`, the shortest window first.

    Raises:
        InputError: naming the variable.
    """
    parts = [part.strip() for part in text.split(";") if part.strip()]
    rates = [_rate(part) for part in parts]
    found = sorted((rate for rate in rates if rate), key=lambda rate: rate.seconds)
    if len(found) < len(parts) or len(found) > _SEVERAL:
        what = f"this is not a rate, or more than {_SEVERAL}: {text!r}."
        raise InputError(what, where=variable, mend="Write it as 60/minute or 60/minute;1000/day.")
    return tuple(found)


def _rate(text: str) -> Rate | None:
    match = _RATE.fullmatch(text)
    if not match:
        return None
    amount, seconds = int(match[1]), int(match[2] or 1) * _UNITS[match[3].lower()]
    return Rate(amount, seconds) if 0 < amount <= _MOST and 0 < seconds <= _LONGEST else None


def caller_of(address: str) -> str:
    """Whom the requests from an address count for: IPv6 by its /64, which is one household's."""
    if ":" not in address:
        return address
    try:
        parsed_address = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if mapped := parsed_address.ipv4_mapped:
        return str(mapped)
    return str(IPv6Address(int(parsed_address) >> 64 << 64)) + "/64"


class _Window:
    """What one caller has asked within one limit's window: counts by slices of time, in a ring."""

    __slots__ = ("counts", "latest")

    def __init__(self, now: int) -> None:
        # The slice that is going on, and all that reach into the window that ends in it.
        self.counts = array("I", bytes(4 * (_SLICES + 1)))
        self.latest = now

    def move_to(self, now: int) -> None:
        for slice_ in range(max(self.latest, now - len(self.counts)) + 1, now + 1):
            self.counts[slice_ % len(self.counts)] = 0
        self.latest = max(self.latest, now)

    def wait(self, over: int) -> int:
        """In how many slices so many of the counted will have left the window."""
        for passed in range(1, len(self.counts) + 1):
            over -= self.counts[(self.latest + passed) % len(self.counts)]
            if over <= 0:
                return passed
        return len(self.counts)


class Windows:
    """Counts in this process. One event loop or thread may use it at a time.

    The `limits` library has such a store too, but its async one starts a task over all callers and
    hands each to a thread, which takes seconds with 20,000 callers, and it bounds nothing.
    """

    def __init__(
        self, most: int = MOST_WINDOWS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """most: how many windows are kept. clock: seconds, which never go back."""
        self._most, self._clock = most, clock
        self._windows: OrderedDict[tuple[str, int, int], _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def wait(self, who: str, rates: Sequence[Rate], cost: int) -> float:
        """Seconds until a caller may ask so many questions; 0 when now. Nothing is counted."""
        return max((self._wait(who, rate, cost) for rate in rates), default=0.0)

    def add(self, who: str, rates: Sequence[Rate], cost: int) -> None:
        """Count questions."""
        for rate in rates:
            now, name = self._slice(rate), (who, rate.amount, rate.seconds)
            window = self._windows.get(name)
            if window is None:
                window = self._windows[name] = _Window(now)
            self._windows.move_to_end(name)
            window.move_to(now)
            window.counts[now % len(window.counts)] += cost
        while len(self._windows) > self._most:
            self._windows.popitem(last=False)

    def _wait(self, who: str, rate: Rate, cost: int) -> float:
        window = self._windows.get((who, rate.amount, rate.seconds))
        if window is None:
            return rate.seconds if cost > rate.amount else 0.0
        window.move_to(self._slice(rate))
        over = sum(window.counts) + cost - rate.amount
        if over <= 0:
            return 0.0
        begun = self._clock() * _SLICES / rate.seconds - window.latest
        return (window.wait(over) - begun) * rate.seconds / _SLICES

    def _slice(self, rate: Rate) -> int:
        return int(self._clock() * _SLICES / rate.seconds)
