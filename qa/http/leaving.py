"""Clients that leave: nothing is computed for them any more."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import HTTPException, Request, status

# Most are answered long before: only for the others is it worth looking whether they are there.
_SOON = 0.25  # seconds

_Answer = TypeVar("_Answer")


async def unless_gone(request: Request, answering: Coroutine[Any, Any, _Answer]) -> _Answer:
    """What answering comes to; it is given up when the client has left.

    Raises:
        HTTPException: the client has left. Nobody will read it.
    """
    task = asyncio.create_task(answering)
    try:
        await asyncio.wait([task], timeout=_SOON)
        if not task.done():
            await _done_or_gone(request, task)
    finally:
        if not task.done():
            task.cancel()
    if not task.done():
        raise HTTPException(status.HTTP_408_REQUEST_TIMEOUT, "The client has left.")
    return task.result()


async def _done_or_gone(request: Request, task: asyncio.Task[Any]) -> None:
    leaving = asyncio.create_task(_gone(request))
    try:
        await asyncio.wait([task, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
