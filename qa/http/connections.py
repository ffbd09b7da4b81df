"""The connections of a process: how many there may be, and a look at all of them once a second."""

import asyncio
import resource
from collections.abc import Set as AbstractSet
from typing import Final, Protocol
from weakref import WeakKeyDictionary

MOST: Final = 4096
"""How many connections one process holds at most, where the limit of open files allows it."""

OVERHEAD_BYTES: Final = 8 * 1024 * 1024
"""How much of heads that are not complete is held in one process, small ones apart."""

UNREAD_BYTES: Final = 8 * 1024 * 1024
"""When more than this waits for all clients together, those that do not read are left sooner."""

_FILES: Final = 256  # open files that are not connections
_FEWEST: Final = 64  # connections that are held in any case
_TURN: Final = 1.0  # seconds between two looks


class Watched(Protocol):
    """A connection that is looked at."""

    def look(self, now: float) -> int:
        """Do what is due, and say how many bytes wait to be read by the client.

        now: seconds, by the clock of the event loop.
        """


def raise_open_files() -> int:
    """Have the process, and those that it starts, open as many files as the system lets it.

    Returns how many those are; connections are files.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def most_connections() -> int:
    """How many connections this process may hold, 64 to `MOST`."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(_FEWEST, min(MOST, soft - _FILES))


class Watch:
    """The connections of one server, and what holds for all of them.

    A timer for each request would cost each request; one look a second at all connections costs
    microseconds for each connection and nothing for a request.
    """

    def __init__(self, connections: AbstractSet[Watched], loop: asyncio.AbstractEventLoop) -> None:
        """connections: the server's own set, which changes all the time."""
        self._connections, self._loop = connections, loop
        self._most = most_connections()
        self._is_looking = False
        self.is_stopping = False
        """Whether the server has begun to stop."""
        self.is_hurried = False
        """Whether too much waits for clients that do not read."""
        self.overhead = 0
        """Bytes of heads that are not complete, of all connections."""

    @property
    def is_full(self) -> bool:
        """Whether there is one connection too many."""
        return len(self._connections) > self._most

    @property
    def has_much_overhead(self) -> bool:
        """Whether the heads that are under way are large together."""
        return self.overhead > OVERHEAD_BYTES

    def begin(self) -> None:
        """Look from now on, until there are no connections."""
        if not self._is_looking:
            self._is_looking = True
            self._loop.call_later(_TURN, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        try:
            unread = sum(connection.look(now) for connection in list(self._connections))
            self.is_hurried = unread > UNREAD_BYTES
        finally:  # a fault of one connection must not end the limits of all
            self._is_looking = False
            if self._connections:
                self.begin()


_WATCHES: Final[WeakKeyDictionary[object, Watch]] = WeakKeyDictionary()


def watch_of(
    server: object, connections: AbstractSet[Watched], loop: asyncio.AbstractEventLoop
) -> Watch:
    """The watch over a server's connections, the same one for each of them."""
    watch = _WATCHES.get(server)
    if watch is None:
        watch = _WATCHES[server] = Watch(connections, loop)
    return watch
