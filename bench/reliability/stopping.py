"""Told to stop under load: nothing that was read is dropped, and the end comes in time.

    python -m bench.reliability.stopping [--index DIR] [--rounds N] [--workers N]

Clients ask over connections kept open, in closed loops; in the midst of it the service gets
SIGTERM. A request that was sent at least `SETTLED` before must get its whole reply; none may get a
part of one. Later ones may be refused, and connections from then on must be.
"""

import argparse
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from bench.reliability.overload import questions
from bench.speed.client import parse
from bench.speed.material import QA
from bench.speed.servers import ASK

CLIENTS: Final = 32
SETTLED: Final = 0.05
"""Seconds in which what was sent has been read; the service looks up more often."""
LONGEST: Final = 11.0
"""Seconds from the signal to the end."""
_LOAD: Final = 2.0  # seconds of load before it


@dataclass(slots=True)
class Asked:
    """One request: when it was sent, by the monotonic clock, and what of its reply came."""

    sent: float
    received: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether the whole reply came."""
        return parse(self.received) is not None


class Client(threading.Thread):
    """Asks in a closed loop until nobody listens."""

    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        super().__init__(daemon=True)
        self._port, self._requests = port, requests
        self.asked: list[Asked] = []

    def run(self) -> None:
        """Until the connection is refused."""
        while connection := self._connected():
            with connection, suppress(ConnectionError):
                while self._ask(connection):
                    pass

    def _connected(self) -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", self._port), 30)
        except ConnectionError:
            return None

    def _ask(self, connection: socket.socket) -> bool:
        """Ask once; whether the connection is to be used again."""
        connection.sendall(next(self._requests))
        one = Asked(monotonic())
        self.asked.append(one)
        while not one.is_whole:
            some = connection.recv(65536)
            if not some:
                return False
            one.received += some
        return b"connection: close" not in one.received.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A stop. whole: replies; dropped: requests that were settled and got none; cut: replies that
    broke off; late: requests that came too late for a reply; seconds: until the end.
    """

    whole: int
    dropped: int
    cut: int
    late: int
    seconds: float
    code: int
    refused: bool

    @property
    def is_well(self) -> bool:
        """Whether all that is promised was kept."""
        is_kept = bool(self.whole) and not self.dropped and not self.cut
        return is_kept and self.refused and self.seconds <= LONGEST


def counted(asked: Sequence[Asked], stop: float) -> Counter[str]:
    """What came of requests, when the signal was sent at `stop`."""

    def outcome(one: Asked) -> str:
        if one.is_whole:
            return "whole"
        if one.received:
            return "cut"
        return "late" if one.sent > stop - SETTLED else "dropped"

    return Counter(map(outcome, asked))


def is_refused(port: int) -> bool:
    """Whether a new connection is refused."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except ConnectionError:
        return True
    return False


def _requests(seed: int) -> Iterator[bytes]:
    return map(ASK.request, questions(seed))


def _wait_for_answer(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 120) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(4096)


def stop(process: "subprocess.Popen[str]", port: int, clients: int, load: float = _LOAD) -> Outcome:
    """Wait until a service answers, load it, and stop it in the midst of that."""
    _wait_for_answer(port)
    threads = [Client(port, _requests(number)) for number in range(clients)]
    for thread in threads:
        thread.start()
    sleep(load)
    began = monotonic()
    process.send_signal(signal.SIGTERM)
    refused = is_refused(port)
    while not refused and monotonic() - began < LONGEST:  # several workers hear of it in a moment
        sleep(0.1)
        refused = is_refused(port)
    code = process.wait(60)
    seconds = monotonic() - began
    for thread in threads:
        thread.join(60)
    came = counted([one for thread in threads for one in thread.asked], began)
    return Outcome(
        whole=came["whole"],
        dropped=came["dropped"],
        cut=came["cut"],
        late=came["late"],
        seconds=seconds,
        code=code,
        refused=refused,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _round(index: Path, workers: int) -> Outcome:
    port = _free_port()
    command = [QA, "serve", "--index", str(index), "--port", str(port), "--workers", str(workers)]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stderr=said, text=True)
        deadline = monotonic() + 60
        while is_refused(port) and monotonic() < deadline:
            sleep(0.1)
        sleep(1.0 if workers == 1 else 8.0)  # until every worker serves
        outcome = stop(process, port, CLIENTS)
        said.seek(0)
        complaints = said.read().splitlines()[1:]
    for line in complaints:
        print(f"  it said: {line}", file=sys.stderr)
    return outcome


def main() -> None:
    """Print a line for each stop; it fails where a promise is broken."""
    parser = argparse.ArgumentParser(description="Stopping under load.")
    parser.add_argument("--index", type=Path, default=Path(".qa/index"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    print("| whole replies | dropped | cut off | too late | seconds | refused after | code |")
    print("| --- " * 7 + "|", flush=True)
    outcomes = []
    for _ in range(given.rounds):
        one = _round(given.index, given.workers)
        outcomes.append(one)
        print(
            f"| {one.whole} | {one.dropped} | {one.cut} | {one.late} | {one.seconds:.1f} | "
            f"{'yes' if one.refused else 'no'} | {one.code} |",
            flush=True,
        )
    sys.exit(not all(one.is_well for one in outcomes))


if __name__ == "__main__":
    main()
