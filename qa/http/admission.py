"""What is more than can be done is refused before anything is made of it, at next to no cost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.access import METRICS
from qa.http.deps import Service
from qa.http.door import was_let_in
from qa.http.hosts import ASKED_BY_ADDRESS
from qa.http.problems import problem

MOST_REQUESTS: Final = 1_000
"""How many requests are worked on at a time in one process, questions asked one by one apart."""

ASK: Final = "/v1/ask"
_BATCH: Final = "/v1/ask/batch"
_ALWAYS: Final = frozenset({*ASKED_BY_ADDRESS, METRICS})

OVERLOADED: Final = problem(
    503,
    "More is asked at the moment than can be answered in time. Ask again in a second.",
    headers={"Retry-After": "1", "Cache-Control": "no-store"},
)
"""The reply to what is refused; it may be sent any number of times."""


class Admission:
    """ASGI middleware that refuses a question, or a batch of them, where none is taken on, and any
    request but a question where too many are worked on: neither takes the other's places. How the
    service fares can always be asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        path = get_route_path(scope) if scope["type"] == "http" else None
        if path is None or path in _ALWAYS:
            await self._app(scope, receive, send)
            return
        if self._is_refused(path, scope):
            scope["state"]["refused"] = "overload"
            await OVERLOADED(scope, receive, send)
        elif path == ASK:
            await self._app(scope, receive, send)
        else:
            await self._in_a_place(scope, receive, send)

    def _is_refused(self, path: str, scope: Scope) -> bool:
        service: Service | None = scope["state"]["service"]  # see qa.http.live
        if path == ASK:
            return service is not None and not was_let_in(scope) and service.dispatcher.refuses()
        if self._under_way >= MOST_REQUESTS:
            return True
        is_batch = path == _BATCH and scope["method"] == "POST"
        return is_batch and service is not None and service.dispatcher.refuses_batch()

    async def _in_a_place(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and hold a place until it is answered."""
        with self._working() as done:

            async def delivering(message: Message) -> None:
                done()  # who reads slowly holds no place
                await send(message)

            await self._app(scope, receive, delivering)

    @contextmanager
    def _working(self) -> Iterator[Callable[[], None]]:
        """Hold a place until it is said to be done, or it ends."""
        held = True
        self._under_way += 1

        def done() -> None:
            nonlocal held
            self._under_way -= held
            held = False

        try:
            yield done
        finally:
            done()
