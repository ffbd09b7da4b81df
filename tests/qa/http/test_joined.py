"""A short reply is one write; no head is kept back when nothing follows it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from qa.http.joined import Joined
from tests.qa.http.wire import PATIENCE, Wire, wired

REQUEST = b"%b / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Written:
    """A transport that notes each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.writes.append(b"".join(parts))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def written() -> Written:
    return Written()


def joined(written: Written, *, started: bool = True) -> Joined:
    cycle = cast(RequestResponseCycle, SimpleNamespace(response_started=started))
    return Joined(cast(asyncio.Transport, written), cycle)


def test_head_and_body_are_one_write_and_what_follows_is_not_kept(written: Written) -> None:
    transport = joined(written)
    for data in (b"head", b"body", b"more"):
        transport.write(data)
    transport.flush()
    assert written.writes == [b"headbody", b"more"]


def test_what_comes_before_the_head_is_written_at_once(written: Written) -> None:
    joined(written, started=False).write(b"100 Continue")
    assert written.writes == [b"100 Continue"]


@pytest.mark.parametrize("end", ["flush", "close"])
def test_a_head_that_nothing_follows_is_written_at_the_end(written: Written, end: str) -> None:
    transport = joined(written)
    transport.write(b"head")
    assert written.writes == []
    getattr(transport, end)()
    assert written.writes == [b"head"]
    assert written.closed == (end == "close")


def app_of(*messages: Message, wait: Callable[[], Coroutine[Any, Any, None]]) -> ASGIApp:
    """An application that replies with these messages, and waits before the last."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        for message in messages[:-1]:
            await send(message)
        await wait()
        await send(messages[-1])

    return app


async def no_wait() -> None:
    pass


def start(status: int, **headers: str) -> Message:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": fields}


def body(data: bytes, *, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}


@pytest.mark.parametrize(
    ("method", "message"),
    [(b"HEAD", start(200, content_length="4")), (b"GET", start(204)), (b"GET", start(304))],
    ids=["HEAD", "204", "304"],
)
def test_a_reply_without_a_body_arrives_and_the_connection_goes_on(
    method: bytes, message: Message
) -> None:
    content = b"body" if method == b"HEAD" else b""
    with wired(app_of(message, body(content), wait=no_wait)) as wires:
        wire = wires.open()
        wire.socket.settimeout(PATIENCE)
        for _ in range(2):
            wire.send(REQUEST % method)
            assert f"HTTP/1.1 {message['status']}".encode() in head_of(wire)


def head_of(wire: Wire) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += wire.socket.recv(1)
    return head


def test_the_first_part_of_a_long_reply_does_not_wait_for_its_end() -> None:
    seen = threading.Event()

    async def until_seen() -> None:
        assert await asyncio.to_thread(seen.wait, PATIENCE)

    messages = start(200), body(b"first", more=True), body(b"last")
    with wired(app_of(*messages, wait=until_seen)) as wires:
        wire = wires.open()
        wire.send(REQUEST % b"GET")
        assert head_of(wire).startswith(b"HTTP/1.1 200")
        assert wire.socket.recv(10) == b"5\r\nfirst\r\n"
        seen.set()
        assert wire.socket.recv(64).startswith(b"4\r\nlast\r\n")


def test_where_the_application_fails_after_the_head_the_head_still_arrives() -> None:
    async def fail() -> None:
        raise RuntimeError("after the head")

    with wired(app_of(start(200, content_length="4"), body(b"body"), wait=fail)) as wires:
        wire = wires.open()
        wire.send(REQUEST % b"GET")
        assert wire.rest().startswith(b"HTTP/1.1 200")
