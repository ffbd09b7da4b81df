"""While more is asked than can be done, a question is refused before a request is made of it.

A refusal by the application costs a third of a millisecond with all that stands before it, which
those who are answered would lose; one on the wire costs a seventh of that.
"""

from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from qa.http.admission import ASK, OVERLOADED
from qa.http.door import DOOR, Door, Ticket
from qa.http.protocol import ProblemProtocol
from qa.metrics import count_refusal, count_request

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

_PATH: Final = ASK.encode()
_METHODS: Final = frozenset({b"GET", b"POST"})
_REPLY: Final = b"\r\n".join(
    [
        b"HTTP/1.1 503 Service Unavailable",
        *map(b": ".join, OVERLOADED.raw_headers),
        b"x-content-type-options: nosniff",
        b"",
        bytes(OVERLOADED.body),
    ]
)
_LAST_REPLY: Final = _REPLY.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n", 1)


class QuickProtocol(ProblemProtocol):
    """The protocol that refuses questions by itself. They are counted, and not logged one by one.

    Those of browsers that ask for another site go on to the application, which says whether that
    site may read the refusal.
    """

    _is_skipped = False  # the request that comes in is refused when it is here
    _ticket: Ticket | None = None  # of the request that comes in

    def data_received(self, data: bytes) -> None:
        """Read on. Whoever sends slowly holds no place meanwhile."""
        super().data_received(data)
        if self._is_skipped and not self._is_deaf:
            # The body is still to come: it is not waited for, and the connection ends.
            self._is_skipped, self._is_deaf = False, True
            self._count()
            self.transport.write(_LAST_REPLY)
            self._linger()
        if self._ticket:
            if self._in_request:
                self._ticket.give_back()
            self._ticket = None

    def on_headers_complete(self) -> None:
        """Refuse the request, or go on with it."""
        door = self._door()
        if door is None:
            super().on_headers_complete()
        elif door.refuses():
            self._is_skipped, self._in_head = True, False
            self._end_head()
        else:
            self._ticket = door.let_in()
            super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        if self._ticket:
            app = _giving_back(self._ticket, app)
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; that of a request which is refused is thrown away."""
        if self._is_skipped:
            self._throw_away_body(len(body))
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; tell that it is refused."""
        if not self._is_skipped:
            super().on_message_complete()
            return
        self._is_skipped, self._passed, self._in_request = False, True, False
        self.server_state.total_requests += 1
        self._count()
        goes_on = self.parser.should_keep_alive()
        self.transport.write(_REPLY if goes_on else _LAST_REPLY)
        self._wait_for_next()
        if not goes_on:
            self.transport.close()

    def _count(self) -> None:
        method = self.parser.get_method().decode("ascii")
        count_request(ASK, method, OVERLOADED.status_code, 0.0)
        count_refusal(OVERLOADED.status_code, "overload")

    def _door(self) -> Door | None:
        """What a question must pass; None for any other request, and for what cannot be refused
        here.
        """
        if not self._in_head or self._is_replying or self.parser.should_upgrade():
            return None
        if self.expect_100_continue or self.parser.get_method() not in _METHODS:
            return None
        if not self.url.partition(b"?")[0].endswith(_PATH):
            return None
        if any(name == b"origin" for name, _ in self.headers):
            return None
        return self.app_state.get(DOOR)


def _giving_back(ticket: Ticket, app: "ASGI3Application") -> "ASGI3Application":
    async def answering(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        ticket.put_in(scope)
        try:
            await app(scope, receive, send)
        finally:
            ticket.give_back()

    return answering
