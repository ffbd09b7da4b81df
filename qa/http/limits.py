"""Bodies are bounded before anything reads them."""

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.problems import problem

BODY_BYTES = 64 * 1024
BATCH_BODY_BYTES = 4 * 1024 * 1024


class BodyLimit:
    """ASGI middleware that refuses a body over its route's limit with 413.

    A body that announces its size is refused unread; one in chunks as soon as it is too long.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a `receive` that counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = BATCH_BODY_BYTES if scope["path"].endswith("/batch") else BODY_BYTES
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            await problem(413, _detail(limit))(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, _detail(limit))
            return message

        await self._app(scope, counted, send)


def _detail(limit: int) -> str:
    return f"The body is larger than {limit // 1024} KiB. Send fewer or shorter questions."
