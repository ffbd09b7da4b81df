"""Clients that leave, and answers that do not come: nothing is waited for without end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from fastapi import HTTPException, Request, status

# Most are answered long before: only for the others is it worth looking whether they are there.
_SOON: Final = 1.0  # seconds

PATIENCE: Final = 10.0
"""Seconds that a client waits for an answer, at most."""

BATCH_PATIENCE: Final = 120.0
"""Seconds that a client waits for the answers to a batch, at most."""

_Answer = TypeVar("_Answer")


async def unless_gone(
    request: Request, answering: Coroutine[Any, Any, _Answer], patience: float
) -> _Answer:
    """What answering comes to; it is given up when the client has left, or after so many seconds.

    Raises:
        HTTPException: the client has left, and nobody will read it; or it takes too long.
    """
    limit = asyncio.timeout(None)
    watch = _Watch(request, limit, patience)
    try:
        async with limit:
            return await answering
    except TimeoutError:
        if not limit.expired():
            raise
    finally:
        watch.end()
    if watch.has_left:
        raise HTTPException(status.HTTP_408_REQUEST_TIMEOUT, "The client has left.")
    raise HTTPException(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        f"There is no answer after {patience:.0f} s. Ask again later.",
        {"Retry-After": "5"},
    )


class _Watch:
    """Ends a wait when the client leaves, or after so many seconds.

    It sees to neither before the wait takes long: most requests need but one timer.
    """

    def __init__(self, request: Request, limit: asyncio.Timeout, patience: float) -> None:
        self.has_left = False
        self._request, self._limit = request, limit
        self._looking: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + patience
        self._beginning = self._loop.call_later(min(_SOON, patience), self._begin)

    def end(self) -> None:
        """Look no longer."""
        self._beginning.cancel()
        if self._looking:
            self._looking.cancel()

    def _begin(self) -> None:
        self._limit.reschedule(self._ends)
        if self._loop.time() < self._ends:
            self._looking = self._loop.create_task(self._look())

    async def _look(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        if not self._limit.expired():
            self.has_left = True
            self._limit.reschedule(self._loop.time())
