"""Builds killed at every call that changes the disk, and at random moments.

    python -m bench.reliability.crash [--encoder model] [--kills 500] [--step 1] [--seed 0]

As SQLite does it: `qa index` and `qa rollback` are killed at their first write, their second, and
so on until a run completes; the same for every other call that can change the disk. Then `qa index`
is killed at random moments. Each time, what is in force must be whole and the snapshot before or
the one after, and the next build must publish and leave nothing lying about. A quick stand-in takes
the model's place, so that a run is over in a fraction of a second; `--encoder model` has the real
one's files copied in each. Needs strace.
"""

import argparse
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from bench.reliability.injected import (
    CHANGING,
    Forks,
    Site,
    calls_of,
    made,
    use_stand_in,
    use_stored_encoder,
    wrong_with,
)

OLD, NEW = 3, {"index": 4, "rollback": 2}
_CLEAN_RUNS: Final = 3


@dataclass(slots=True)
class Tally:
    """What came of the runs of one kind: how many were killed, and what was in force then."""

    what: str
    killed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, site: Site, command: str, code: int, how: str) -> None:
        """Judge what a run left. The site is used up."""
        self.killed += code == -signal.SIGKILL
        problem = ""
        if code not in {0, -signal.SIGKILL}:
            problem = f"exit code {code}"
        elif code == 0 and site.edition() != NEW[command]:
            problem = "it completed, and the old one is in force"
        else:
            is_old = (site.index / "current").read_text() == (site.folder / "before").read_text()
            self.left["old" if is_old else "new"] += code != 0
            problem = wrong_with(site, {OLD, NEW[command]})
        if problem:
            self.wrong.append(f"{how}: {problem}")

    def row(self) -> str:
        """A line of the table."""
        cells = [self.what, self.killed, self.left["old"], self.left["new"], len(self.wrong)]
        return "| " + " | ".join(map(str, cells)) + " |"


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the copies are made, and what forks."""

    folder: Path
    base: Site
    forks: Forks

    def fresh(self) -> Site:
        """A copy of the site as it was, for one run."""
        folder = self.folder / "copy"
        rmtree(folder, ignore_errors=True)
        folder.mkdir()
        site = self.base.copied(folder)
        (folder / "before").write_text((site.index / "current").read_text())
        return site

    def killed_at_every_call(
        self, command: str, step: int, only: Sequence[str] = ()
    ) -> Iterator[Tally]:
        """Kill at each `step`-th call of each kind, and on until a run completes."""
        traced = self.forks.run(*self.fresh().command(command), trace=CHANGING)
        for name, numbers in sorted(calls_of(traced).items()):
            if only and name not in only:
                continue
            tally = Tally(f"{command}: {name}")
            # What follows the last opening to write opens to read, a hundred times.
            more = () if name == "openat" else count(numbers[-1] + 1)
            for number in chain(numbers[::step], more):
                site = self.fresh()
                inject = f"{name}:signal=SIGKILL:when={number}"
                ended = self.forks.run(*site.command(command), trace=[name], inject=inject)
                tally.add(site, command, ended.code, f"{name} {number}")
                if ended.code != -signal.SIGKILL:
                    break
            yield tally

    def killed_at_random(self, kills: int, seed: int) -> Tally:
        """Kill at moments drawn by lot from somewhat more than a run takes."""
        longest = max(self._seconds() for _ in range(_CLEAN_RUNS))
        lot = random.Random(seed)
        tally = Tally("index: at random")
        for number in range(kills):
            site = self.fresh()
            ended = self.forks.run_for(lot.uniform(0, longest * 1.05), *site.command("index"))
            tally.add(site, "index", ended.code, f"at random {number}")
        return tally

    def _seconds(self) -> float:
        site = self.fresh()
        began = perf_counter()
        self.forks.run(*site.command("index"))
        return perf_counter() - began


def bench_in(folder: Path, forks: Forks) -> Bench:
    """A bench over a new site."""
    return Bench(folder, made(folder / "base"), forks)


def main() -> None:
    """Print the table; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", choices=("stand-in", "model"), default="stand-in")
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    stand_in = asked.encoder == "stand-in"
    (use_stand_in if stand_in else use_stored_encoder)()
    wrong: list[str] = []
    print("| killed in | times | old in force | new in force | wrong |")
    print("| --- | --- | --- | --- | --- |")
    with TemporaryDirectory() as name, Forks(Path(name), stand_in=stand_in) as forks:
        bench = bench_in(Path(name), forks)
        for command in NEW:
            for tally in bench.killed_at_every_call(command, asked.step):
                print(tally.row(), flush=True)
                wrong += tally.wrong
        tally = bench.killed_at_random(asked.kills, asked.seed)
        print(tally.row())
        wrong += tally.wrong
        if bench.base.edition() != OLD:
            wrong.append("a file of a snapshot that was there was written into")
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
