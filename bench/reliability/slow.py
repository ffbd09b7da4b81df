"""Slow and hostile clients, many at once: what becomes of them, of the memory, and of the others.

    python -m bench.reliability.slow [--index DIR] [--clients N] [--json FILE]

Each kind of client is let loose on a service of its own, all of them at once, while four ordinary
clients ask over and over. All on one machine.
"""

import argparse
import asyncio
import json
import random
import select
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.reliability.overload import questions
from bench.speed import client, servers
from bench.speed.figures import Load

CLIENTS: Final = 1_000
MEMORY: Final = 32.0
"""Megabytes that the service may grow by."""
LONGEST: Final = 75.0
"""Seconds until every one of them must be gone."""

_OTHERS: Final = 4  # ordinary clients
_SECONDS: Final = 8.0  # that they are looked at
_LOOK: Final = 0.25  # seconds between two looks at the memory
_PIECE: Final = 64 * 1024

_HOST: Final = b"Host: localhost\r\n"
_POST: Final = b"POST /v1/ask HTTP/1.1\r\nContent-Type: application/json\r\n" + _HOST
_BATCH: Final = _POST.replace(b"/v1/ask", b"/v1/ask/batch")
_LARGE: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of one kind. ended: how many ended how, a status or `closed`; seconds: until the
    last had; memory: megabytes that the service grew by at most; p99: milliseconds of the others.
    """

    kind: str
    clients: int
    ended: Mapping[str, int]
    seconds: float
    memory: float
    p99: float
    others: int
    failed: int


class Connection:
    """A client's connection, without any help of a library."""

    def __init__(self, taken: socket.socket) -> None:
        self._socket, self._loop = taken, asyncio.get_running_loop()

    @classmethod
    async def to(cls, port: int, *, room: int = 0) -> "Connection":
        """Connect. room: bytes that the system takes for a client that does not read."""
        taken = socket.socket()
        taken.setblocking(False)
        if room:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        await asyncio.get_running_loop().sock_connect(taken, ("127.0.0.1", port))
        return cls(taken)

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        await self._loop.sock_sendall(self._socket, data)

    async def said(self) -> str:
        """How the other side ended it: the status of its reply, or `closed`."""
        received = b""
        try:
            while len(received) < 12 and (some := await self._loop.sock_recv(self._socket, 4096)):
                received += some
        except ConnectionError:
            pass
        return received[9:12].decode() if received.startswith(b"HTTP/1.1 ") else "closed"

    async def cut_off(self) -> str:
        """Wait without reading until the other side has had enough."""
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        while not poll.poll(0):
            await asyncio.sleep(0.5)
        return "closed"

    def close(self) -> None:
        """Let go."""
        self._socket.close()


Client = Callable[[Connection], Awaitable[str]]


async def _drip(connection: Connection, first: bytes, drip: bytes) -> str:
    """Send something, then a byte a second until there is a reply or the end."""

    async def dripping() -> None:
        await connection.send(first)
        await asyncio.sleep(random.random())
        while True:
            await connection.send(drip)
            await asyncio.sleep(1)

    return await _while_sending(connection, dripping())


async def _while_sending(connection: Connection, sending: Awaitable[None]) -> str:
    task = asyncio.ensure_future(sending)
    try:
        return await connection.said()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def slow_head(connection: Connection) -> str:
    """A head at a byte a second."""
    return await _drip(connection, b"GET /healthz HTTP/1.1\r\nX: ", b"x")


async def slow_body(connection: Connection) -> str:
    """A body at a byte a second."""
    return await _drip(connection, _POST + b"Content-Length: 1000\r\n\r\n", b" ")


async def slow_chunks(connection: Connection) -> str:
    """An endless body at a chunk of a byte a second."""
    return await _drip(connection, _POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")


async def silent(connection: Connection) -> str:
    """Nothing at all."""
    return await connection.said()


async def large_head(connection: Connection) -> str:
    """Headers of ten megabytes."""

    async def sending() -> None:
        await connection.send(b"GET /healthz HTTP/1.1\r\nX: ")
        for _ in range(10_000_000 // _PIECE):
            await connection.send(b"x" * _PIECE)

    return await _while_sending(connection, sending())


async def endless_body(connection: Connection) -> str:
    """A body in chunks without end, as fast as it goes."""

    async def sending() -> None:
        await connection.send(_POST + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            await connection.send(b"%x\r\n%b\r\n" % (_PIECE, b" " * _PIECE))

    return await _while_sending(connection, sending())


async def held_body(connection: Connection) -> str:
    """The largest body that may be, but for its last byte."""

    async def sending() -> None:
        await connection.send(_BATCH + b"Content-Length: %d\r\n\r\n" % _LARGE)
        for _ in range(_LARGE // _PIECE - 1):
            await connection.send(b" " * _PIECE)

    return await _while_sending(connection, sending())


async def deaf(connection: Connection) -> str:
    """Ask for the largest file that there is, some times, and read none of it."""
    get = b"GET /docs/assets/swagger-ui-bundle.js HTTP/1.1\r\n" + _HOST + b"\r\n"
    await connection.send(get * 4)
    return await connection.cut_off()


KINDS: Final[Mapping[str, Client]] = {
    "head, a byte a second": slow_head,
    "body, a byte a second": slow_body,
    "chunks of a byte, one a second": slow_chunks,
    "connected and silent": silent,
    "headers of 10 MB": large_head,
    "endless body": endless_body,
    "4 MiB but for a byte, held": held_body,
    "never reads": deaf,
}


async def attack(port: int, kind: Client, clients: int, longest: float = LONGEST) -> Counter[str]:
    """Let so many of a kind loose; how they ended, `never` for those that did not in time."""

    async def one() -> str:
        connection = None
        try:
            connection = await Connection.to(port, room=4096 if kind is deaf else 0)
            return await asyncio.wait_for(kind(connection), longest)
        except TimeoutError:
            return "never"
        except ConnectionError:
            return "closed"
        finally:
            if connection:
                connection.close()

    return Counter(await asyncio.gather(*(one() for _ in range(clients))))


def _others(port: int) -> Load:
    """What ordinary clients get meanwhile."""
    asked = questions(1)
    some = [next(asked) for _ in range(20_000)]
    job = client.Job(
        port=port, route=servers.ASK, questions=some, clients=_OTHERS, seconds=_SECONDS
    )
    return client.load(job).load(_OTHERS)


async def _measured(running: servers.Running, name: str, kind: Client, clients: int) -> Row:
    before = await asyncio.to_thread(_others, running.port)
    peak = start = servers.memory(running.process)[0]
    print(f"{name}: others alone {before.p99:.0f} ms at p99", file=sys.stderr)
    began = perf_counter()
    others = asyncio.create_task(asyncio.to_thread(_others, running.port))
    attacking = asyncio.create_task(attack(running.port, kind, clients))
    while not attacking.done() or not others.done():
        await asyncio.wait([attacking, others], timeout=_LOOK)
        peak = max(peak, servers.memory(running.process)[0])
        if not attacking.done():
            ended = perf_counter()
    load = others.result()
    return Row(
        kind=name,
        clients=clients,
        ended=dict(attacking.result()),
        seconds=ended - began,
        memory=peak - start,
        p99=load.p99,
        others=load.answered,
        failed=load.failed + load.timed_out,
    )


def measure(index: Path, name: str, kind: Client, clients: int) -> Row:
    """Let a kind loose on a service of its own."""
    service = servers.own(index)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.running(service, "is it there", Path(folder) / "log") as running,
    ):
        return asyncio.run(_measured(running, name, kind, clients))


def _cells(row: Row) -> str:
    ended = ", ".join(f"{count} × {how}" for how, count in sorted(row.ended.items()))
    return (
        f"| {row.kind} | {row.clients} | {ended} | {row.seconds:.0f} | {row.memory:.0f} | "
        f"{row.p99:.0f} | {row.others} | {row.failed} |"
    )


def main() -> None:
    """Print the table; it fails where a bound is broken."""
    parser = argparse.ArgumentParser(description="Slow and hostile clients.")
    parser.add_argument("--index", type=Path, default=Path(".qa/index"))
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    servers.stop_when_told()
    rows = []
    print("| clients that send | of them | ended | s | MB more | others' p99 ms | asked | failed |")
    print("| --- " * 8 + "|", flush=True)
    for name, kind in KINDS.items():
        if given.only in name:
            rows.append(measure(given.index, name, kind, given.clients))
            print(_cells(rows[-1]), flush=True)
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    sys.exit(any(row.memory > MEMORY or row.failed or "never" in row.ended for row in rows))


if __name__ == "__main__":
    main()
