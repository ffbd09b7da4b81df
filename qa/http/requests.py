"""Every request has an id, is counted, and is one line in the log; what was asked is in neither."""

import logging
import random
import re
from time import perf_counter
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.logs import REQUEST_ID
from qa.metrics import OTHER, count_refusal, count_request

_log = logging.getLogger(__name__)

_GIVEN: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_ID_BYTES: Final = 8
_BROKEN: Final = 500  # what the server says where nothing was said


class Requests:
    """ASGI middleware, to be the outermost: gives a request its id, times and counts it, logs it.

    The id is the one that the request brings as `X-Request-ID`, if it has 1 to 64 letters, digits,
    dots, dashes and underscores; the reply has it too. A middleware further in may say why it
    refused, in `scope["state"]["refused"]`, one of the reasons that `qa.metrics` knows.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at the reply as it goes by."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, id_ = perf_counter(), _id_of(scope)
        status, sent = _BROKEN, 0

        async def noted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", id_.encode())]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        before = REQUEST_ID.set(id_)
        try:
            await self._app(scope, receive, noted)
        finally:
            _over(scope, status, perf_counter() - begun, sent)
            REQUEST_ID.reset(before)


def _id_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value):
            given: bytes = value
            return given.decode()
    return random.randbytes(_ID_BYTES).hex()  # noqa: S311 - it need not be hard to guess


def _over(scope: Scope, status: int, seconds: float, sent: int) -> None:
    route, method = _template(scope), scope["method"]
    count_request(route, method, status, seconds)
    count_refusal(status, scope.get("state", {}).get("refused", ""))
    if _log.isEnabledFor(logging.INFO):
        ms = round(seconds * 1000, 1)
        fields = {"method": method, "route": route, "status": status, "ms": ms, "bytes": sent}
        _log.info("%s %s %d, %s ms, %d bytes", *fields.values(), extra={"fields": fields})


def _template(scope: Scope) -> str:
    """The route as it is written in the code. Its address may hold the question."""
    route = scope.get("route")
    return getattr(route, "path_format", "") or getattr(route, "path", "") or OTHER
