"""Clients that leave, and answers that do not come: nothing is waited for without end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from fastapi import HTTPException, Request, status

# Most are answered long before: only for the others is it worth looking whether they are there.
_SOON: Final = 0.25  # seconds

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
    task = asyncio.create_task(answering)
    has_left = False
    try:
        await asyncio.wait([task], timeout=_SOON)
        if not task.done():
            has_left = await _left_before(request, task, patience - _SOON)
    finally:
        if not task.done():
            task.cancel()
    if task.done():
        return task.result()
    if has_left:
        raise HTTPException(status.HTTP_408_REQUEST_TIMEOUT, "The client has left.")
    raise HTTPException(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        f"There is no answer after {patience:.0f} s. Ask again later.",
        {"Retry-After": "5"},
    )


async def _left_before(request: Request, task: asyncio.Task[Any], patience: float) -> bool:
    """Wait for the task, so many seconds; whether the client left before it was done."""
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait([task, leaving], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        return leaving.done() and not task.done()
    finally:
        leaving.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
