"""Measure this service beside what people use otherwise, in one run.

    python -m bench.speed                          everything, about a quarter of an hour
    python -m bench.speed --quick --only qa,habit  one short round of some parts
    python -m bench.speed.report                   fill docs/performance.md from the last run

Rounds are interleaved: in each, every service is started, warmed up, asked by 1, 8, 32 and 128
clients in turn, and stopped, so that only one runs at a time; figures are medians over the rounds.
The parts are `floor` (the bare encoder), `qa`, `workers` (the same with two of them), `large` (with
all entries of MedQuAD), `same` (answers under load against those alone), `indexing`, and the peers.
"""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.sets import DATA
from bench.speed import indexing, report
from bench.speed.figures import CLIENTS, Floor, Indexing, Run, Sameness, Visit
from bench.speed.floor import floor
from bench.speed.goals import LARGE
from bench.speed.material import indexed, questions, read_medquad, write_entries
from bench.speed.peers import NOT_COMPARED, PEERS, prepare
from bench.speed.servers import Service, UnusableError, own, stop_when_told
from bench.speed.visit import NEEDED, Texts, Visitor
from index.snapshot import open_snapshot

WORKERS: Final = "workers"
PARTS: Final = ("floor", "qa", WORKERS, "large", *PEERS, "same", "indexing")
SMALL: Final = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. seconds: of a load. step: one in so many answers is indexed."""

    rounds: int
    seconds: float
    step: int


FULL: Final = Plan(rounds=3, seconds=4, step=32)
QUICK: Final = Plan(rounds=1, seconds=1.5, step=512)


@dataclass(slots=True)
class Bench:
    """A run under way, and what it has measured so far."""

    plan: Plan
    parts: Sequence[str]
    every: list[dict[str, Any]]
    floors: list[Floor] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    indexings: list[Indexing] = field(default_factory=list)
    sameness: Sameness | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def run(self) -> Run:
        """Measure all parts."""
        entries = write_entries(self.every, SMALL)
        root = indexed(entries)
        one = own(root, label=f"qa, {SMALL:,} entries of MedQuAD")
        two = own(root, "--workers", "2", name=WORKERS, label="qa, the same with two workers")
        services = {one.name: one, two.name: two, **self._large(), **self._peers(entries)}
        texts = questions(self.every, NEEDED)
        visitor = Visitor(Texts.of(texts), self.plan.seconds)
        if "same" in self.parts:
            say("answers under load and alone")
            self.sameness = visitor.sameness(one)
        for number in range(self.plan.rounds):
            say(f"round {number + 1} of {self.plan.rounds}")
            self._round(root, texts, services, visitor)
        if "indexing" in self.parts:
            self._index(root)
        return self._outcome(root, services)

    def _large(self) -> dict[str, Service]:
        if "large" not in self.parts:
            return {}
        root = indexed(write_entries(self.every, len(self.every)))
        return {LARGE: own(root, name=LARGE, label=f"qa, all {len(self.every):,} entries")}

    def _peers(self, entries: Path) -> dict[str, Service]:
        ready = {}
        for name in PEERS:
            if name in self.parts:
                say(f"{name}: its environment and its index, where they are not there yet")
                try:
                    ready[name] = prepare(name, entries)
                except UnusableError as error:
                    self.missing[name] = str(error)
        return ready

    def _round(
        self, root: Path, texts: Sequence[str], services: dict[str, Service], visitor: Visitor
    ) -> None:
        if "floor" in self.parts:
            self.floors.append(floor(root, texts))
        for name, service in services.items():
            if name in self.missing or name not in (*self.parts, LARGE):
                continue
            say(f"  {name}")
            clients = CLIENTS[:1] if name == LARGE else CLIENTS
            try:
                self.visits.append(visitor.visit(service, clients, popular=name == "qa"))
            except UnusableError as error:
                self.missing[name] = str(error)

    def _index(self, root: Path) -> None:
        """Every round takes other answers; a step of 1 gives each of three a third of all."""
        answers = [entry["answer"] for entry in self.every[:: self.plan.step]]
        rounds = [answers[i :: self.plan.rounds] for i in range(self.plan.rounds)]
        say(f"indexing {len(answers):,} answers with every encoder")
        try:
            self.indexings = indexing.compare(root, [indexing.Bulk.of(texts) for texts in rounds])
        except UnusableError as error:
            self.missing["indexing"] = str(error)

    def _outcome(self, root: Path, services: dict[str, Service]) -> Run:
        plan = self.plan
        return Run(
            date=f"{datetime.now(UTC):%-d %B %Y}",
            machine=machine(),
            how=f"{plan.rounds} interleaved rounds, {plan.seconds:g} s a load, medians",
            precision=open_snapshot(root)[0].manifest.model["precision"],
            labels={name: service.label for name, service in services.items()},
            visits=tuple(self.visits),
            floors=tuple(self.floors),
            indexings=tuple(self.indexings),
            peak=indexing.matrix_peak(),
            sameness=self.sameness,
            missing={**self.missing, **NOT_COMPARED},
        )


def machine() -> str:
    """The processor and how many of its cores there are."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}"


def say(text: str) -> None:
    """Say how far it is, apart from the results."""
    print(text, file=sys.stderr, flush=True)


def parts(text: str) -> list[str]:
    """The parts that are named in an option."""
    named = text.split(",")
    if unknown := [name for name in named if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; parts: {', '.join(PARTS)}")
    return named


def main() -> None:
    """Measure, keep the figures and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--all", action="store_true", help="index all answers, not one in 32")
    parser.add_argument("--only", type=parts, default=PARTS, help="parts, with commas between")
    parser.add_argument("--json", type=Path, default=report.FIGURES, help="where figures are kept")
    arguments = parser.parse_args()
    if not (DATA / "medquad").is_dir():
        sys.exit(f"no medquad in {DATA}: set QA_DATA to the folder that holds the sets.")
    stop_when_told()
    plan = QUICK if arguments.quick else FULL
    if arguments.all:
        plan = Plan(plan.rounds, plan.seconds, step=1)
    run = Bench(plan, arguments.only, read_medquad()).run()
    run.save(arguments.json)
    print(report.markdown(run))


if __name__ == "__main__":
    main()
