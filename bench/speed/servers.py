"""Services as processes: started, timed to their first answer, looked at, and always stopped."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

from bench.speed.client import Route
from bench.speed.material import QA

ASK: Final = Route("POST", "/v1/ask", "question")
"""How this service is asked."""

# How long a service may take to its first answer, and to stop; seconds.
PATIENCE, GRACE = 60.0, 15.0
_POLL = 0.005


class UnusableError(Exception):
    """A service that cannot be installed or does not answer; says why, in a line."""


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is started and asked. `{port}` in the command stands for its port."""

    name: str
    label: str
    command: Sequence[str]
    route: Route
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers. start: seconds until it did."""

    service: Service
    process: int
    port: int
    start: float


def own(index: Path, *options: str, name: str = "qa", label: str = "qa") -> Service:
    """`qa serve` with that index, one worker unless the options say otherwise."""
    command = (QA, "serve", "--port", "{port}", "--index", str(index), *options)
    return Service(name, label, command, ASK)


def stop_when_told() -> None:
    """Have SIGTERM end this process so that no service stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


@contextmanager
def running(service: Service, question: str, log: Path) -> Iterator[Running]:
    """Start a service and ask it until it answers; stop it at the end.

    Raises:
        UnusableError: it stops by itself, or does not answer in time.
    """
    port = _free_port()
    command = [part.format(port=port) for part in service.command]
    environment = {**os.environ, **service.environment}
    began = perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        _wait_for_answer(process, port, service.route.request(question), log)
        yield Running(service, process.pid, port, perf_counter() - began)
    finally:
        _stop(process)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_for_answer(
    process: "subprocess.Popen[bytes]", port: int, request: bytes, log: Path
) -> None:
    """Until the first answer; it says in its log what it has to say."""
    deadline = perf_counter() + PATIENCE
    status = None
    while status != 200:
        if process.poll() is not None:
            raise UnusableError(f"stopped by itself: {_last_line(log)}")
        if perf_counter() > deadline:
            raise UnusableError(
                f"no answer in {PATIENCE:.0f} s: status {status}, {_last_line(log)}"
            )
        sleep(_POLL)
        status = _status(port, request)


def _status(port: int, request: bytes) -> int | None:
    """The status of the reply to a request; None where nothing listens yet."""
    with socket.socket() as connection:
        connection.settimeout(PATIENCE)
        try:
            connection.connect(("127.0.0.1", port))
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            response.read()
        except (OSError, http.client.HTTPException):
            return None
        return response.status


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "it said nothing"


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tree(process: int) -> list[int]:
    """A process and all that it started, as far as they are there."""
    children: list[int] = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError):  # a thread that has just ended
            children += map(int, file.read_text().split())
    return [process, *(one for child in children for one in tree(child))]


def memory(process: int) -> tuple[float, float]:
    """Megabytes of a process and all that it started: resident, and with shared pages in part."""
    each = [_rollup(one) for one in tree(process)]
    return sum(one["Rss"] for one in each) / 1024, sum(one["Pss"] for one in each) / 1024


def _rollup(process: int) -> dict[str, int]:
    """Kilobytes by name, from the kernel's sums."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}


def has_torch(process: int) -> bool:
    """Whether torch's libraries are in a process or one that it started."""
    return any("libtorch" in Path(f"/proc/{one}/maps").read_text() for one in tree(process))
