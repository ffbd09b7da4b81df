"""The client: a process of its own that asks over connections kept open, each its next question
as soon as it has its answer.

    python -m bench.speed.client < JOB > OUTCOME

It does as little as it can, since it shares the machine with what it measures: requests are made
beforehand, and of a reply it reads the status and the length.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final, cast
from urllib.parse import quote_plus

import numpy as np
import uvloop
from pydantic import TypeAdapter

from bench.speed.figures import Load
from index.output import write_whole

_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

# How often the clock is looked at for requests that are overdue, in seconds.
_WATCH: Final = 0.1


@dataclass(frozen=True, slots=True)
class Route:
    """How a service is asked: POST with a JSON object, or GET, the question in this field."""

    method: str
    path: str
    field: str
    more: str = ""

    def request(self, question: str) -> bytes:
        """The bytes of a request."""
        head = "Host: 127.0.0.1\r\nAccept: application/json\r\n"
        if self.method == "GET":
            target = f"{self.path}?{self.field}={quote_plus(question)}{self.more}"
            return f"GET {target} HTTP/1.1\r\n{head}\r\n".encode()
        body = json.dumps({self.field: question}).encode()
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to ask, and how. It ends when the time is up or the questions are.

    seconds: from then on nothing new is asked. timeout: seconds until a request is given up.
    keep: whether the replies come back, too.
    """

    port: int
    route: Route
    questions: Sequence[str]
    clients: int
    seconds: float
    timeout: float = 30.0
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a job. times: milliseconds of each answer. seconds: until the last reply.

    failed: how many replies had which status, 0 for a connection that broke. replies: bodies by
    question, if they were to be kept.
    """

    times: Sequence[float]
    seconds: float
    timed_out: int
    failed: dict[int, int]
    replies: dict[str, str]

    def load(self, clients: int) -> Load:
        """The figures; p50 and p99 are 0 where nothing was answered."""
        p50, p99 = np.percentile(self.times, (50, 99)) if self.times else (0.0, 0.0)
        return Load(
            clients=clients,
            p50=float(p50),
            p99=float(p99),
            per_second=len(self.times) / self.seconds,
            answered=len(self.times),
            timed_out=self.timed_out,
            failed=sum(self.failed.values()),
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    status: int
    body: bytes


def parse(received: bytes | bytearray) -> Reply | None:
    """The reply that these bytes hold; None while some of it is to come.

    Raises:
        ValueError: it does not say how long it is.
    """
    end = received.find(_END)
    if end < 0:
        return None
    length = _LENGTH.search(received, 0, end)
    if not length:
        raise ValueError("a reply without its length")
    start = end + len(_END)
    if len(received) < start + int(length[1]):
        return None
    return Reply(int(received[9:12]), bytes(received[start:]))


def load(job: Job) -> Outcome:
    """Do a job in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed.client"],
        input=_JOBS.dump_json(job),
        stdout=subprocess.PIPE,
        check=True,
    )
    return _OUTCOMES.validate_json(done.stdout)


_JOBS: Final = TypeAdapter(Job)
_OUTCOMES: Final = TypeAdapter(Outcome)


class _Asking:
    """A job under way, and what came of it so far."""

    def __init__(self, job: Job) -> None:
        self.job = job
        pairs = [(question, job.route.request(question)) for question in job.questions]
        self._requests = iter(pairs)
        self.began = perf_counter()
        self.last = self.began
        self.times: list[float] = []
        self.timed_out = 0
        self.failed: Counter[int] = Counter()
        self.replies: list[tuple[str, bytes]] = []
        self._connections: set[_Connection] = set()

    def next(self) -> tuple[str, bytes] | None:
        """What to ask next, with its request; None when it is over."""
        if perf_counter() - self.began >= self.job.seconds:
            return None
        return next(self._requests, None)

    def note(self, question: str, began: float, reply: Reply) -> None:
        """Take a reply into account."""
        self.last = perf_counter()
        if reply.status != 200:
            self.failed[reply.status] += 1
            return
        self.times.append((self.last - began) * 1000)
        if self.job.keep:
            self.replies.append((question, reply.body))

    async def run(self) -> None:
        """Ask until it is over."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch())
            await asyncio.gather(*(self._ask_on() for _ in range(self.job.clients)))
            watching.cancel()

    async def _ask_on(self) -> None:
        while waiting := self.next():
            await self._converse(waiting)

    async def _converse(self, first: tuple[str, bytes]) -> None:
        """Ask over one connection until it is over, overdue or broken."""
        loop = asyncio.get_running_loop()
        connection = _Connection(self, first)
        try:
            await loop.create_connection(lambda: connection, "127.0.0.1", self.job.port)
        except OSError:
            self.failed[0] += 1
            await asyncio.sleep(_WATCH)
            return
        self._connections.add(connection)
        await connection.closed
        self._connections.remove(connection)

    async def _watch(self) -> None:
        """Give up what is overdue. All connections have one timer: with one for each, looking
        would take a third as long as the asking.
        """
        while True:
            await asyncio.sleep(_WATCH)
            overdue = perf_counter() - self.job.timeout
            for connection in self._connections:
                if connection.asked < overdue:
                    self.timed_out += connection.give_up()

    def outcome(self) -> Outcome:
        """What came of it."""
        return Outcome(
            times=self.times,
            seconds=max(self.last - self.began, 1e-9),
            timed_out=self.timed_out,
            failed=dict(self.failed),
            replies={question: body.decode() for question, body in self.replies},
        )


class _Connection(asyncio.Protocol):
    """One connection, with one request on its way at any time."""

    def __init__(self, asking: _Asking, first: tuple[str, bytes]) -> None:
        self._asking = asking
        self._question, self._request = first
        self._received = bytearray()
        self.asked = perf_counter()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first question."""
        self._transport = cast(asyncio.Transport, transport)  # as TCP gives
        self._send()

    def data_received(self, data: bytes) -> None:
        """Take a reply, or a part of one; after a whole one ask on."""
        self._received += data
        reply = parse(self._received)
        if not reply:
            return
        self._received.clear()
        self._asking.note(self._question, self.asked, reply)
        waiting = self._asking.next()
        if waiting:
            self._question, self._request = waiting
            self._send()
        else:
            self._finish()

    def connection_lost(self, _error: Exception | None) -> None:
        """A connection that the server closed before it replied counts as failed."""
        if not self.closed.done():
            self._asking.failed[0] += 1
            self.closed.set_result(None)

    def give_up(self) -> bool:
        """Wait no longer; False where there is nothing to wait for."""
        is_waiting = not self.closed.done()
        if is_waiting:
            self._finish()
        return is_waiting

    def _send(self) -> None:
        self.asked = perf_counter()
        self._transport.write(self._request)

    def _finish(self) -> None:
        self.closed.set_result(None)
        self._transport.abort()


def perform(job: Job) -> Outcome:
    """Do a job in this process."""
    asking = _Asking(job)
    uvloop.run(asking.run())
    return asking.outcome()


if __name__ == "__main__":
    outcome = perform(_JOBS.validate_json(sys.stdin.buffer.read()))
    write_whole()
    sys.stdout.buffer.write(_OUTCOMES.dump_json(outcome))
