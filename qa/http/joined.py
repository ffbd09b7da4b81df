"""A reply's head and the beginning of its body, in one write."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Joined:
    """The transport of one reply: what is written of its head waits for what follows.

    Uvicorn writes twice, which is two calls of the system and wakes the client twice; for a short
    reply that is a twentieth of all that Python does for it.
    """

    def __init__(self, transport: asyncio.Transport, cycle: RequestResponseCycle) -> None:
        self._transport: Final = transport
        self._cycle: Final = cycle
        self._has_head = False
        self._head = b""

    def write(self, data: bytes) -> None:
        """Write, or have the head wait; what comes before it (`100 Continue`) does not."""
        if self._cycle.response_started and not self._has_head:
            self._has_head, self._head = True, data
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines([head, data])
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Write what waits: nothing follows."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def close(self) -> None:
        """Write what waits, and close."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is closed or being closed."""
        return self._transport.is_closing()
