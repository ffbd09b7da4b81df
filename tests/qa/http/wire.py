"""The service behind a real socket, to be spoken to byte by byte."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp

from index import loading
from index.build import build
from index.snapshot import open_snapshot
from qa.answerer import Answerer
from qa.feedback import Feedback
from qa.http.deps import Service
from qa.http.quick import QuickProtocol
from tests.conftest import ENTRIES, MODEL, HashedEncoder, provide_hashed

PATIENCE = 30.0
"""Seconds until a test gives up waiting for what must happen."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as it came. fields: the headers, names in lower case."""

    status: int
    fields: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - as json has it
        return json.loads(self.body)


class Wire:
    """A connection of a client that sends what it likes."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._received = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def trickle(self, data: bytes, pause: float = 0.05) -> None:
        """Send byte by byte until the other side has had enough."""
        try:
            for number in range(len(data)):
                self.socket.sendall(data[number : number + 1])
                time.sleep(pause)
        except OSError:
            return

    def pour(self, data: bytes) -> None:
        """Send all of it, or as much as the other side takes."""
        try:
            self.socket.sendall(data)
        except OSError:
            return

    def reply(self) -> Reply | None:
        """The next whole reply; None where the connection was closed instead."""
        while b"\r\n\r\n" not in self._received:
            if not self._more():
                return None
        head, _, rest = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
        }
        length = int(fields.get("content-length", "0"))
        while len(rest) < length:
            if not self._more():
                return None
            rest = self._received.partition(b"\r\n\r\n")[2]
        self._received = rest[length:]
        return Reply(int(first.split()[1]), fields, rest[:length])

    def rest(self) -> bytes:
        """All that comes until the other side closes."""
        while self._more():
            pass
        return self._received

    def is_closed(self) -> bool:
        """Whether the other side closes, without a further word."""
        return not self._received and not self._more()

    def _more(self) -> bool:
        try:
            some = self.socket.recv(65536)
        except ConnectionError:
            return False
        self._received += some
        return bool(some)


class Wires:
    """A port, and the connections to it, which are closed at the end."""

    def __init__(self, port: int, server: uvicorn.Server) -> None:
        self.port, self.server = port, server
        self._opened: list[Wire] = []

    def open(self) -> Wire:
        wire = Wire(self.port)
        self._opened.append(wire)
        return wire

    def ask(self, request: bytes) -> Reply | None:
        """The reply to one request on a connection of its own."""
        wire = self.open()
        wire.pour(request)
        return wire.reply()

    def close(self) -> None:
        for wire in self._opened:
            wire.socket.close()


@contextmanager
def wired(app: ASGIApp, *, root_path: str = "") -> Iterator[Wires]:
    """Serve an application on a free port, as `qa serve` would."""
    taken = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=QuickProtocol, log_level="warning", access_log=False, root_path=root_path
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([taken],))
    thread.start()
    wires = Wires(taken.getsockname()[1], server)
    try:
        _wait_until_started(server)
        yield wires
    finally:
        wires.close()
        server.should_exit = True
        thread.join(PATIENCE)
        taken.close()


def _wait_until_started(server: uvicorn.Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < deadline, "it did not start"
        time.sleep(0.01)


@contextmanager
def hashed_service(folder: Path) -> Iterator[Service]:
    """The service of tests/conftest.py for longer than one test: it can be started once."""
    source = folder / "faq.jsonl"
    source.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(loading.LOADERS, "hashed", lambda *_: HashedEncoder())
        build([source], folder / "index", model=MODEL, provide=provide_hashed)
        answerer = Answerer(open_snapshot(folder / "index")[0])
        yield Service(answerer, Feedback.open(folder / "index"))
