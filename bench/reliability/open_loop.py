"""A client that asks at a rate of its own, whether or not there are answers: an open loop.

    python -m bench.reliability.open_loop < JOB > OUTCOME

A closed loop slows down with the server, and so never asks too much of it. Times run from the
moment that a request was due, also where the client was late with it.
"""

import asyncio
import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, cast

import uvloop
from pydantic import TypeAdapter

from bench.speed.client import parse

_TICK: Final = 0.001  # seconds between two looks at what is due
_LATE: Final = 15.0  # seconds after the last request until what has no reply is given up
_CONNECTIONS: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is sent, at so many a second. Each request is sent once, until the time is up."""

    port: int
    requests: Sequence[str]
    rate: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request: when it was due, in seconds from the beginning; its status, 0 for a connection
    that broke and -1 for none in time; milliseconds from due to done; whether it said when to come
    again.
    """

    due: float
    status: int
    ms: float
    says_when: bool = False


_JOBS: Final = TypeAdapter(Job)
_OUTCOMES: Final = TypeAdapter(list[Sent])


def ask(job: Job) -> list[Sent]:
    """Do a job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.reliability.open_loop"],
        input=_JOBS.dump_json(job),
        stdout=subprocess.PIPE,
        check=True,
    )
    return _OUTCOMES.validate_json(done.stdout)


@dataclass(slots=True)
class _Client:
    job: Job
    began: float = 0.0
    idle: deque["_Connection"] = field(default_factory=deque)
    connections: int = 0
    waiting: int = 0
    sent: list[Sent] = field(default_factory=list)

    async def run(self) -> list[Sent]:
        loop = asyncio.get_running_loop()
        self.began = perf_counter()
        opening: set[asyncio.Task[None]] = set()
        for number, request in enumerate(self.job.requests):
            due = number / self.job.rate
            if due > self.job.seconds:
                break
            while perf_counter() - self.began < due:
                await asyncio.sleep(_TICK)
            self.waiting += 1
            if self.idle:
                self.idle.popleft().ask(request.encode(), due)
            elif self.connections < _CONNECTIONS:
                self.connections += 1
                task = loop.create_task(self._open(loop, request.encode(), due))
                opening.add(task)
                task.add_done_callback(opening.discard)
            else:
                self.done(due, -1)
        ends = perf_counter() + _LATE
        while self.waiting and perf_counter() < ends:
            await asyncio.sleep(0.02)
        self.sent += [Sent(due=0.0, status=-1, ms=_LATE * 1000)] * self.waiting
        return self.sent

    async def _open(self, loop: asyncio.AbstractEventLoop, request: bytes, due: float) -> None:
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self), "127.0.0.1", self.job.port
            )
        except OSError:
            self.connections -= 1
            self.done(due, 0)
        else:
            connection.ask(request, due)

    def done(self, due: float, status: int, says_when: bool = False) -> None:
        ms = (perf_counter() - self.began - due) * 1000
        self.sent.append(Sent(due=due, status=status, ms=ms, says_when=says_when))
        self.waiting -= 1


class _Connection(asyncio.Protocol):
    def __init__(self, client: _Client) -> None:
        self._client = client
        self._received = bytearray()
        self._due: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes, due: float) -> None:
        if self._transport.is_closing():
            self._client.done(due, 0)
            return
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        reply = parse(self._received)
        if reply is None or self._due is None:
            return
        says_when = b"\r\nretry-after:" in self._received[:1000].lower()
        due, self._due = self._due, None
        self._received.clear()
        self._client.done(due, reply.status, says_when)
        self._client.idle.append(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._client.connections -= 1
        if self in self._client.idle:
            self._client.idle.remove(self)
        if self._due is not None:
            due, self._due = self._due, None
            self._client.done(due, 0)


def main() -> None:
    """Read a job, do it, write what came of it."""
    job = _JOBS.validate_json(sys.stdin.buffer.read())
    client = _Client(job)
    outcome = _OUTCOMES.dump_json(uvloop.run(client.run()))
    with os.fdopen(1, "wb") as out:
        os.set_blocking(1, True)
        out.write(outcome)


if __name__ == "__main__":
    main()
