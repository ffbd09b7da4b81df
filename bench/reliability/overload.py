"""More is asked than can be answered: what is taken on is answered in time, the rest told at once.

    python -m bench.reliability.overload [--seconds N] [--json FILE]

The service is asked by 32 clients in a closed loop first, which says how much it can do and how
long an answer then takes; then in an open loop at 1 to 10 times that, one by one and in batches;
then at half, to see how soon all is well again. Meanwhile somebody asks ten times a second whether
it lives. All on one machine: the client takes its share of it, the more it asks.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import numpy as np

from bench.reliability.open_loop import Job, Sent, ask
from bench.speed import client, servers
from bench.speed.figures import Load

FACTORS: Final = (1, 2, 5, 10)
BATCH: Final = 20
CLIENTS: Final = 32
RAMP: Final = 3.0
"""Seconds until too much is known to be too much, and what was taken on before is done; they are
not counted.
"""

WORDS: Final = (
    *("where", "when", "how", "why", "what", "can", "may", "is", "are", "the", "a", "my", "your"),
    *("order", "parcel", "ticket", "account", "bill", "password", "refund", "delivery", "letter"),
    *("drug", "border", "police", "treaty", "price", "hour", "day", "week", "phone", "shop"),
    *("member", "school", "train", "flight", "seat", "room", "key", "card", "paper", "law", "rule"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One load. good, refused: a second; p99s in milliseconds; other: replies that are neither."""

    kind: str
    factor: float
    asked: float
    good: float
    good_p50: float
    good_p99: float
    refused: float
    refused_p99: float
    says_when: float
    other: int


def questions(seed: int) -> Iterator[str]:
    """Questions without end, no two alike."""
    some = random.Random(seed)
    for number in range(10**9):
        yield f"{' '.join(some.choices(WORDS, k=some.randint(4, 10)))} {number}"


def singles(count: int, seed: int) -> list[str]:
    """Requests of one question each."""
    asked = questions(seed)
    return [servers.ASK.request(next(asked)).decode() for _ in range(count)]


def batches(count: int, seed: int) -> list[str]:
    """Requests of BATCH questions each."""
    asked = questions(seed)
    bodies = [json.dumps({"questions": [next(asked) for _ in range(BATCH)]}) for _ in range(count)]
    head = "POST /v1/ask/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return [f"{head}Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies]


def row(kind: str, factor: float, sent: Sequence[Sent], seconds: float) -> Row:
    """What came of a load, its first moments apart."""
    counted = [one for one in sent if one.due >= RAMP]
    good = [one.ms for one in counted if one.status == 200]
    refused = [one for one in counted if one.status in {429, 503}]
    span = seconds - RAMP
    p50, p99 = np.percentile(good, (50, 99)) if good else (0.0, 0.0)
    return Row(
        kind=kind,
        factor=factor,
        asked=len(counted) / span,
        good=len(good) / span,
        good_p50=float(p50),
        good_p99=float(p99),
        refused=len(refused) / span,
        refused_p99=float(np.percentile([one.ms for one in refused], 99)) if refused else 0.0,
        says_when=statistics.fmean(one.says_when for one in refused) if refused else 1.0,
        other=len(counted) - len(good) - len(refused),
    )


class Pulse(threading.Thread):
    """Asks ten times a second whether the service lives."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.statuses: list[int] = []
        self._port, self._over = port, threading.Event()

    def run(self) -> None:
        """Until it is stopped."""
        while not self._over.wait(0.1):
            connection = HTTPConnection("127.0.0.1", self._port, timeout=5)
            try:
                connection.request("GET", "/healthz")
                self.statuses.append(connection.getresponse().status)
            except OSError:
                self.statuses.append(0)
            finally:
                connection.close()

    def stop(self) -> None:
        """Ask no more."""
        self._over.set()
        self.join()


def capacity(port: int, seconds: float) -> Load:
    """What 32 clients in a closed loop get."""
    asked = questions(0)
    some = [next(asked) for _ in range(20_000)]
    job = client.Job(port=port, route=servers.ASK, questions=some, clients=CLIENTS, seconds=seconds)
    return client.load(job).load(CLIENTS)


def recovery(port: int, rate: float, normal_p99: float) -> float:
    """Seconds, after ten times too much, until at half of what it can do all is well again."""
    job = Job(port=port, requests=singles(int(10 * rate * 4), 77), rate=10 * rate, seconds=3)
    ask(job)
    after = ask(Job(port=port, requests=singles(int(rate * 3), 78), rate=rate / 2, seconds=5))
    unwell = [one.due for one in after if one.status != 200 or one.ms > normal_p99]
    return max(unwell, default=0.0)


def measured(port: int, seconds: float) -> Iterator[Row]:
    """A row for each load."""
    capacity(port, 2)  # warm
    closed = capacity(port, seconds)
    yield Row(
        kind="closed loop, 32 clients",
        factor=1,
        asked=closed.per_second,
        good=closed.per_second,
        good_p50=closed.p50,
        good_p99=closed.p99,
        refused=0,
        refused_p99=0,
        says_when=1,
        other=closed.failed + closed.timed_out,
    )
    for kind, made, share in (("one by one", singles, 1), (f"batches of {BATCH}", batches, BATCH)):
        for factor in FACTORS:
            rate = factor * closed.per_second / share
            some = made(int(rate * seconds) + 1, factor)
            sent = ask(Job(port=port, requests=some, rate=rate, seconds=seconds))
            yield row(kind, factor, sent, seconds)


def _cells(one: Row) -> str:
    return (
        f"| {one.kind} | {one.factor:g} | {one.asked:.0f} | {one.good:.0f} | {one.good_p50:.0f} | "
        f"{one.good_p99:.0f} | {one.refused:.0f} | {one.refused_p99:.0f} | {one.says_when:.0%} | "
        f"{one.other} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="More than can be answered.")
    parser.add_argument("--index", type=Path, default=Path(".qa/index"))
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    servers.stop_when_told()
    service = servers.own(given.index)
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.running(service, "is it there", Path(folder) / "log") as running,
    ):
        pulse = Pulse(running.port)
        pulse.start()
        print("| load | × | asked/s | good/s | p50 ms | p99 | refused/s | p99 | when | other |")
        print("| --- " * 10 + "|", flush=True)
        for one in measured(running.port, given.seconds):
            rows.append(one)
            print(_cells(one), flush=True)
        well = recovery(running.port, rows[0].good, rows[0].good_p99)
        pulse.stop()
    alive = sum(status == 200 for status in pulse.statuses)
    print(f"\nAll well again after {well:.2f} s; alive {alive} of {len(pulse.statuses)} times.")
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in rows], indent=1))
    sys.exit(alive != len(pulse.statuses))


if __name__ == "__main__":
    main()
