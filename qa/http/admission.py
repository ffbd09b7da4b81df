"""What is more than can be done is refused before it is read, at next to no cost."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from qa.http.deps import Service
from qa.http.problems import problem

MOST_REQUESTS: Final = 1_000
"""How many requests of any kind are worked on at a time in one process."""

ASK: Final = "/v1/ask"
_ALWAYS: Final = frozenset({"/healthz", "/readyz", "/metrics"})

OVERLOADED: Final = problem(
    503,
    "More is asked at the moment than can be answered in time. Ask again in a second.",
    headers={"Retry-After": "1", "Cache-Control": "no-store"},
)
"""The reply to what is refused; it may be sent any number of times."""


class Admission:
    """ASGI middleware that refuses a question where none is taken on, and any request where too
    many are worked on. How the service fares can always be asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in _ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._under_way >= MOST_REQUESTS or _is_refused(scope):
            scope["state"]["refused"] = "overload"
            await OVERLOADED(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1


def _is_refused(scope: Scope) -> bool:
    service: Service | None = scope["state"]["service"]  # see qa.http.live
    return service is not None and scope["path"].endswith(ASK) and service.dispatcher.refuses()
