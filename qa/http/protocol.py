"""HTTP on the wire: what is broken, too large or too slow is answered as a problem and closed.

Uvicorn has no limit to the time that a request takes, nor to the size of its head. Here each
connection says by when something must have happened, and `qa.http.connections` looks at all of them
once a second.
"""

import asyncio
import socket
import struct
from http import HTTPStatus
from math import inf
from typing import TYPE_CHECKING, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from qa.http.connections import Watch, Watched, watch_of
from qa.http.joined import Joined
from qa.http.problems import problem

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

HEAD_SECONDS: Final = 10.0
"""By when the request line and the headers are here, from the connection or the first byte."""
REQUEST_SECONDS: Final = 30.0
"""By when the whole request is here, from the same moment."""
READING_SECONDS: Final = 30.0
"""In so many seconds a client reads `READING_BYTES` of what waits for it, or all of it."""
HURRIED_SECONDS: Final = 3.0
"""The same, while too much waits for all clients together."""
READING_BYTES: Final = 64 * 1024
HEAD_BYTES: Final = 64 * 1024
"""The largest head; also how much may come in one go that is neither head nor body."""
SMALL_HEAD_BYTES: Final = 8 * 1024
"""A head of which no more has come yet is taken, however many large ones are under way."""
WAITING_BYTES: Final = 16 * 1024
"""When more of a reply than that waits for the client, no more of it is made."""
PIPELINED: Final = 8
"""How many requests may wait behind one that is being answered."""

# After a refusal what the client still sends is thrown away so long, and so much of it: were it
# closed at once, the client's system would be told of an error and might not hand over the reply.
# What is more is left where it is.
_LINGER_SECONDS: Final = 2.0
_LINGER_BYTES: Final = 512 * 1024
# A stop waits so long for requests that are on their way already.
_LAST_CALL_SECONDS: Final = 0.2

_UNREADABLE: Final = (400, "This is not HTTP as it can be read here.")
_LONG_ADDRESS: Final = (400, "The address is longer than 64 KiB.")
_LARGE_HEAD: Final = (431, "The headers are larger than 64 KiB together.")
_SLOW: Final = (
    408,
    f"The request was not here in time: its headers within {HEAD_SECONDS:.0f} seconds, all of it "
    f"within {REQUEST_SECONDS:.0f}.",
)
_FULL: Final = (503, "There are too many connections. Try again in a moment.")


class _RefusedError(Exception):
    """The request is refused while it is being read; says with what."""


class ProblemProtocol(HttpToolsProtocol):
    """Uvicorn's protocol for one connection, with limits of size and time.

    It is bound to uvicorn's own state: `cycle` is the request that was read last, `pipeline` holds
    those that wait behind the one being answered, the newest first.
    """

    watch: Watch
    _due: float = inf  # by when the client must have done its part, on the loop's clock
    _in_head = False  # a request has begun, and its head is not complete
    _in_request = False  # a request has begun, and is not complete
    _overhead = 0  # bytes in a row that were no body
    _passed = False  # whether the bytes fed now held a body or an end
    _fed = 0  # how many bytes are being fed
    _is_upgrade = False  # the parser takes what follows for another protocol
    _is_deaf = False  # nothing is read any more, what comes is thrown away
    _thrown = 0  # bytes that were
    _unread: tuple[float, int] | None = None  # since when how many bytes wait for the client
    _running: RequestResponseCycle | None = None  # what is being answered, or was last
    _joined: Joined  # how that is written

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request; one connection too many is refused."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(WAITING_BYTES)
        connections = cast("set[Watched]", self.connections)  # all are of this class
        self.watch = watch_of(self.server_state, connections, self.loop)
        self.watch.begin()
        self._due = self.loop.time() + HEAD_SECONDS
        if self.watch.is_full:
            self._is_deaf = True
            transport.write(_reply(*_FULL, retry=True))
            transport.close()
        elif self.watch.is_stopping:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Have the application know, also of a request that others wait behind."""
        super().connection_lost(exc)
        self._forget_overhead()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def look(self, now: float) -> int:
        """Close what is overdue, and say how many bytes wait to be read by the client.

        Nothing is due from a client that is not being read.
        """
        if now > self._due and (self._is_deaf or not self.flow.read_paused):
            self._end_overdue()
        waiting = self.transport.get_write_buffer_size()
        if not waiting:
            self._unread = None
        elif self._unread is None:
            self._unread = now, waiting
        elif now > self._unread[0] + (
            HURRIED_SECONDS if self.watch.is_hurried else READING_SECONDS
        ):
            if waiting > self._unread[1] - READING_BYTES:
                self._drop()
            self._unread = now, waiting
        return waiting

    def _drop(self) -> None:
        """Close at once; what the system still holds for the client is thrown away too."""
        taken = self.transport.get_extra_info("socket")
        if taken is not None:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def resume_writing(self) -> None:
        """Note that the client has read most of what waited for it."""
        self._unread = None
        super().resume_writing()

    def shutdown(self) -> None:
        """Begin to stop: finish what was read, and what is on its way in this moment."""
        self.watch.is_stopping = True
        if self._is_replying:
            self.cycle.keep_alive = False
        else:
            self.loop.call_later(_LAST_CALL_SECONDS, self._close_unless_replying)

    def _close_unless_replying(self) -> None:
        if not self._is_replying:
            self.transport.close()

    def _end_overdue(self) -> None:
        self._due = inf
        if self._is_deaf:
            self.transport.abort()
        elif self._in_request:
            self._refuse(*_SLOW)
        else:
            self.transport.close()

    # What comes

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._is_deaf:
            self._throw_away(len(data))
            return
        self._passed, self._fed = False, len(data)
        try:
            self._feed(data)
        except _RefusedError as refused:
            self._refuse(*refused.args)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(*(cause.args if isinstance(cause, _RefusedError) else _UNREADABLE))
        else:
            self._bound_overhead(len(data))

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # No other protocol is spoken here (RFC 9110, 7.8: it may be ignored), but the parser
            # would take the body for another request: a second one reads it as what it is.
            self._is_upgrade = True
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(_head_for_body(self.headers))
            self._is_upgrade = False
            if rest := data[upgrade.args[0] :]:
                self._feed(rest)

    def _bound_overhead(self, size: int) -> None:
        if self._passed:
            return
        self._overhead += size
        self.watch.overhead += size
        if self._overhead > HEAD_BYTES:
            is_address = self._in_head and len(self.url) > HEAD_BYTES // 2
            self._refuse(*(_LONG_ADDRESS if is_address else _LARGE_HEAD))
        elif self._overhead > SMALL_HEAD_BYTES and self.watch.has_much_overhead:
            self._refuse(*_FULL)

    def _forget_overhead(self) -> None:
        self.watch.overhead -= self._overhead
        self._overhead = 0

    def _throw_away(self, size: int) -> None:
        self._thrown += size
        if self._thrown > _LINGER_BYTES:
            self._is_deaf = True
            self.flow.pause_reading()

    def _should_upgrade(self) -> bool:
        return False

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._is_upgrade:
            return
        if self._is_deaf:
            raise _RefusedError(*_UNREADABLE)  # or the parser would go on
        if self._overhead:
            self._forget_overhead()
        self._in_head = self._in_request = True
        if self.cycle is not None:
            self._due = self.loop.time() + HEAD_SECONDS
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the address."""
        if not self._is_upgrade:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. What comes after the body is not one, whatever it calls itself."""
        if not self._in_head:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Begin to answer, or let the request wait behind one that is being answered."""
        if not self._in_head:
            return
        if self._overhead + self._fed > HEAD_BYTES:
            self._bound_head()
        super().on_headers_complete()
        self._in_head = False
        self._end_head()
        if self.watch.is_stopping:
            self.cycle.keep_alive = False

    def _end_head(self) -> None:
        if self._overhead:
            self._forget_overhead()
        self._due += REQUEST_SECONDS - HEAD_SECONDS

    def _bound_head(self) -> None:
        if len(self.url) >= HEAD_BYTES:
            raise _RefusedError(*_LONG_ADDRESS)
        size = sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) + size > HEAD_BYTES:
            raise _RefusedError(*_LARGE_HEAD)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self.cycle.response_complete:
            self._throw_away_body(len(body))
            return
        self._pass_body()
        super().on_body(body)

    def _pass_body(self) -> None:
        self._passed = True
        if self._overhead:
            self._forget_overhead()

    def _throw_away_body(self, size: int) -> None:
        self._pass_body()
        self._throw_away(size)

    def on_message_complete(self) -> None:
        """End a request."""
        if self.parser.should_upgrade() and not self._is_upgrade:
            return  # its body is still to come
        self._passed, self._in_request = True, False
        if self.cycle.response_complete:
            self._wait_for_next()
        else:
            self._due = inf
        super().on_message_complete()
        if len(self.pipeline) > PIPELINED:
            self._is_deaf = True
            self.cycle.keep_alive = False

    # What goes

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        self._running = cycle
        self._joined = Joined(self.transport, cycle)
        cycle.transport = self._joined  # type: ignore[assignment] # it has all that is used of one
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with the next request, or wait for one."""
        self.server_state.total_requests += 1
        self._joined.flush()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._in_request:
            # The reply was given before the request was read, or the next has begun.
            patience = HEAD_SECONDS if self._in_head else _LINGER_SECONDS
            self._due = self.loop.time() + patience
        else:
            self._wait_for_next()

    def _wait_for_next(self) -> None:
        self._due = self.loop.time() + self.timeout_keep_alive
        self._thrown = 0
        if self.watch.is_stopping:
            self.transport.close()

    @property
    def _is_replying(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its words are for developers
        """Answer 400 and close the connection."""
        self._refuse(*_UNREADABLE)

    def _refuse(self, status: int, detail: str) -> None:
        """Refuse the request that is being read, after the replies to those before it."""
        if self._is_deaf or self.transport.is_closing():
            return
        self._is_deaf, self._due = True, inf
        self._forget_overhead()
        has_cycle = self._in_request and not self._in_head
        if has_cycle and self.cycle is not None and self._running is self.cycle:
            began = self.cycle.response_started
            self.cycle.disconnected = True  # there is no client any more, for the application
            self.cycle.message_event.set()
            if began:
                self.transport.close()
                return
        elif self._is_replying:
            if has_cycle:
                self.pipeline.popleft()
            self._end_after_replies()
            return
        self.transport.write(_reply(status, detail))
        self._linger()

    def _end_after_replies(self) -> None:
        last = self.pipeline[0][0] if self.pipeline else self._running
        assert last is not None  # noqa: S101 - there is a reply to come
        last.keep_alive = False

    def _linger(self) -> None:
        self._due = self.loop.time() + _LINGER_SECONDS
        self._thrown = 0
        # It holds what it has read of the head.
        self.parser, self.headers, self.url = None, [], b""  # type: ignore[assignment]
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()


def _head_for_body(headers: list[tuple[bytes, bytes]]) -> bytes:
    """A head that says no more than how the body is to be read."""
    framing = (b"content-length", b"transfer-encoding")
    lines = [name + b": " + value + b"\r\n" for name, value in headers if name in framing]
    return b"".join([b"POST / HTTP/1.1\r\n", *lines, b"\r\n"])


def _reply(status: int, detail: str, *, retry: bool = False) -> bytes:
    """A problem as it goes over the wire."""
    headers = {"Connection": "close", "X-Content-Type-Options": "nosniff"}
    if retry:
        headers["Retry-After"] = "1"
    reply = problem(status, detail, headers=headers)
    lines = [b"HTTP/1.1 %d %b" % (status, HTTPStatus(status).phrase.encode())]
    lines += map(b": ".join, reply.raw_headers)
    return b"\r\n".join([*lines, b"", bytes(reply.body)])
