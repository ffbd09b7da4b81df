"""A long time under load, and whether memory grows.

    python -m bench.reliability.soak [--count 1000000] [--minutes 60] [--json FILE]

Eight clients ask questions of random lengths, up to 2,000 characters, none twice, until so many
were answered or the time is up. Every few seconds the memory of the server is looked at. The first
third is its warming up; over the rest a line is fitted (Theil and Sen: the median of all slopes,
which a single peak does not move).
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from scipy.stats import theilslopes

from bench.reliability.overload import WORDS
from bench.speed import client, servers

CLIENTS: Final = 8
SLICE: Final = 5.0  # seconds between two looks
LONGEST: Final = 2_000
WARMING: Final = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The server at one moment. seconds: since the beginning; megabytes resident; open files."""

    seconds: float
    resident: float
    files: int
    answered: int
    failed: int


def questions(seed: int, count: int) -> list[str]:
    """Questions of lengths that differ by three orders of magnitude, most of them short."""
    some = random.Random(seed)
    return [_question(some, f"{seed}.{number}") for number in range(count)]


def _question(some: random.Random, mark: str) -> str:
    length = min(LONGEST, int(10 ** some.uniform(0.6, 3.4)))
    words = " ".join(some.choices(WORDS, k=1 + length // 5))
    return f"{mark} {words}"[:length] if length > 12 else mark


def resident(process: int) -> tuple[float, int]:
    """Megabytes that a process holds in memory, and how many files it has open."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20, len(list(Path(f"/proc/{process}/fd").iterdir()))


def soaked(running: servers.Running, count: int, seconds: float) -> Iterator[Look]:
    """A look after each few seconds of load."""
    began, answered, failed, seed = monotonic(), 0, 0, 0
    while answered < count and monotonic() - began < seconds:
        seed += 1
        job = client.Job(
            port=running.port,
            route=servers.ASK,
            questions=questions(seed, 5_000),
            clients=CLIENTS,
            seconds=SLICE,
        )
        load = client.load(job).load(CLIENTS)
        answered += load.answered
        failed += load.failed + load.timed_out
        megabytes, files = resident(running.process)
        yield Look(
            seconds=monotonic() - began,
            resident=megabytes,
            files=files,
            answered=answered,
            failed=failed,
        )


def slope(looks: list[Look]) -> float:
    """By what share of itself memory grows in an hour, once warm."""
    warm = [one for one in looks if one.seconds >= looks[-1].seconds * WARMING]
    fitted = theilslopes([one.resident for one in warm], [one.seconds / 3600 for one in warm])
    return float(fitted.slope) / warm[0].resident


def main() -> None:
    """Print what was seen."""
    parser = argparse.ArgumentParser(description="A long time under load.")
    parser.add_argument("--index", type=Path, default=Path(".qa/index"))
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    servers.stop_when_told()
    service = servers.own(given.index)
    looks: list[Look] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.running(service, "is it there", Path(folder) / "log") as running,
    ):
        for look in soaked(running, given.count, given.minutes * 60):
            looks.append(look)
            if len(looks) % 12 == 1:
                print(f"{look.seconds:6.0f} s  {look.answered:9,}  {look.resident:6.1f} MB")
    last, grown = looks[-1], slope(looks)
    print(
        f"{last.answered:,} answers in {last.seconds:.0f} s, {last.failed} failed; "
        f"{last.resident:.1f} MB and {last.files} open files at the end; memory grows by "
        f"{grown:.2%} an hour"
    )
    if given.json:
        given.json.write_text(json.dumps([asdict(one) for one in looks]), encoding="utf-8")
    sys.exit(bool(last.failed))


if __name__ == "__main__":
    main()
