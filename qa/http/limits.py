"""Bodies are bounded before anything reads them: each by its route, and all together."""

from dataclasses import dataclass, field
from typing import Final

from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.problems import problem

BODY_BYTES: Final = 64 * 1024
BATCH_BODY_BYTES: Final = 4 * 1024 * 1024
HELD_BYTES: Final = 16 * 1024 * 1024
"""How much of large bodies one process holds at a time, that of requests under way."""

# So much of each body does not count as large: a question always finds room, however many large
# bodies somebody sends slowly.
_SMALL: Final = 8 * 1024
_DIGITS: Final = 15  # a length with more is too large in any case

_CROWDED: Final = (
    "Too many large requests are under way. Try again in a moment, or send it in parts."
)
# JSON in UTF-8 holds no NUL, in UTF-16 and UTF-32 always some. Python would read these as well, and
# whatever looks at a body before the service would not see what it says.
_NOT_UTF8: Final = "The body cannot be read as JSON in UTF-8."


class BodyLimit:
    """ASGI middleware that reads the body, and passes the request on when all of it is here.

    A body over its route's limit is refused with 413: one that announces its size unread, one in
    chunks as soon as it is too long. When the bodies of all requests are too large together, a
    large one is refused with 503. As what is inside sees whole requests only, none of its places
    is held by a client that sends slowly.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, then pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = BATCH_BODY_BYTES if scope["path"].endswith("/batch") else BODY_BYTES
        body = _Body(limit)
        try:
            if _announced(scope) > limit:
                raise _too_large(limit)
            if not await self._read(body, receive):
                return  # the client has left
        except HTTPException as refusal:
            scope.setdefault("state", {})["refused"] = "body"
            reply = problem(refusal.status_code, refusal.detail, headers=refusal.headers)
            await reply(scope, receive, send)
        else:

            async def delivering(message: Message) -> None:
                await send(message)
                # A reply that goes out slowly holds no place; one that nobody reads does, for the
                # body is kept as long as the request is being answered.
                self._held -= body.let_go()

            await self._app(scope, body.then(receive), delivering)
        finally:
            self._held -= body.let_go()

    async def _read(self, body: "_Body", receive: Receive) -> bool:
        """Read all of it; False when the client leaves.

        Raises:
            HTTPException: it is refused.
        """
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return False
            more = message.get("more_body", False)
            self._held += body.take(message.get("body", b""))
            if self._held > HELD_BYTES and body.large:
                raise HTTPException(503, _CROWDED, {"Retry-After": "1"})
        return True


@dataclass(slots=True)
class _Body:
    """What has come of a body. large: how much of it counts."""

    limit: int
    parts: list[bytes] = field(default_factory=list)
    received: int = 0
    large: int = 0

    def take(self, part: bytes) -> int:
        """Add what has come; by how much `large` grew.

        Raises:
            HTTPException: it is over its limit, or not UTF-8.
        """
        self.parts.append(part)
        self.received += len(part)
        if self.received > self.limit:
            raise _too_large(self.limit)
        if b"\0" in part:
            raise HTTPException(400, _NOT_UTF8)
        before, self.large = self.large, max(0, self.received - _SMALL)
        return self.large - before

    def let_go(self) -> int:
        """Count no more; how much did."""
        before, self.large = self.large, 0
        return before

    def then(self, receive: Receive) -> Receive:
        """A `receive` that gives the body, then what comes after it."""

        async def received() -> Message:
            if not self.parts:
                return await receive()
            content = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
            self.parts = []
            return {"type": "http.request", "body": content, "more_body": False}

        return received


def _announced(scope: Scope) -> int:
    """The length that the request announces, in bytes; 0 where it says none that can be."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value) if len(value) <= _DIGITS else BATCH_BODY_BYTES + 1
    return 0


def _too_large(limit: int) -> HTTPException:
    detail = f"The body is larger than {limit // 1024} KiB. Send fewer or shorter questions."
    return HTTPException(413, detail)
