"""What was to be reached, beside what was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter, ge, le
from typing import Final

from bench.speed.figures import Run
from bench.speed.indexing import EXACT

# The service with all entries of MedQuAD rather than a thousand.
LARGE: Final = "qa, 16,407 entries"


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal. reached: None where it was not measured. form: how its figures are written."""

    what: str
    wanted: float
    reached: float | None
    holds: Callable[[float, float], bool]
    form: str = "{:.2f}"

    @property
    def kept(self) -> bool | None:
        """Whether it is; None where it was not measured."""
        return None if self.reached is None else self.holds(self.reached, self.wanted)

    def row(self) -> tuple[str, str, str, str]:
        """Its words, what was wanted, what was reached, and whether it is kept."""
        sign = "≤" if self.holds is le else "≥"
        reached = "" if self.reached is None else self.form.format(self.reached)
        kept = {True: "yes", False: "no", None: "not measured"}[self.kept]
        return self.what, f"{sign} {self.form.format(self.wanted)}", reached, kept


@dataclass(frozen=True, slots=True)
class Ratios:
    """How many times as fast as the others is wanted, at a precision. floor: of what the encoder
    alone reaches. indexing: times as fast as sentence-transformers.
    """

    habit_alone: float
    habit_at_32: float
    txtai_at_32: float
    floor: float
    indexing: float


FLOAT32: Final = Ratios(4, 12, 9, 0.65, 1.15)
FASTER: Final = Ratios(6, 15, 11, 0.5, 2)


def goals(run: Run) -> list[Goal]:
    """Every goal that a run of this command can judge."""
    ratios = FLOAT32 if run.precision == "float32" else FASTER
    return [*_starting(run), *_one(run, ratios), *_many(run, ratios), *_bulk(run, ratios)]


def _starting(run: Run) -> Iterator[Goal]:
    torch = run.of("qa", lambda visit: float(visit.torch))
    yield Goal("start to first answer, s", 1.2, run.of("qa", attrgetter("start")), le)
    memory = run.of("qa", attrgetter("resident"))
    yield Goal("resident memory after load, MB", 260, memory, le, "{:.0f}")
    yield Goal("torch in the process (0: no)", 0, torch, le, "{:.0f}")


def _one(run: Run, ratios: Ratios) -> Iterator[Goal]:
    p50, floor = run.load("qa", 1, attrgetter("p50")), run.floor(attrgetter("p50"))
    above = None if p50 is None or floor is None else p50 - floor
    habit = _times(run.load("habit", 1, attrgetter("p50")), p50)
    larger = _times(run.load(LARGE, 1, attrgetter("p50")), p50)
    yield Goal("1 client: p50 above the bare encoder call, ms", 1, above, le)
    yield Goal("1 client: times as fast as the habit, p50", ratios.habit_alone, habit, ge)
    yield Goal("1 client: p50 at 16,407 entries over that at 1,000", 1.3, larger, le)


def _many(run: Run, ratios: Ratios) -> Iterator[Goal]:
    at_32 = run.load("qa", 32, attrgetter("per_second"))

    def over(service: str, clients: int) -> float | None:
        own = run.load("qa", clients, attrgetter("per_second"))
        return _times(own, run.load(service, clients, attrgetter("per_second")))

    spread = _times(run.load("qa", 32, attrgetter("p99")), run.load("qa", 32, attrgetter("p50")))
    alone = _times(at_32, run.floor(attrgetter("per_second")))
    grown = _times(run.load("qa", 128, attrgetter("per_second")), at_32)
    yield Goal("8 clients: times the throughput of the habit", 6, over("habit", 8), ge)
    yield Goal(
        "32 clients: times the throughput of the habit", ratios.habit_at_32, over("habit", 32), ge
    )
    yield Goal("32 clients: times that of txtai", ratios.txtai_at_32, over("txtai", 32), ge)
    yield Goal("32 clients: p99 over p50", 2.5, spread, le)
    yield Goal("32 clients: share of what the encoder alone reaches", ratios.floor, alone, ge)
    yield Goal("128 clients: throughput over that of 32", 1, grown, ge)
    yield Goal("128 clients: requests that timed out or failed", 0, _lost(run), le, "{:.0f}")
    same = _times(run.sameness.same, run.sameness.asked) if run.sameness else None
    yield Goal("share of answers under load that equal those alone", 1, same, ge, "{:.4f}")


def _bulk(run: Run, ratios: Ratios) -> Iterator[Goal]:
    def over_habit(service: str) -> float | None:
        per_second = attrgetter("per_second")
        return _times(run.indexing(service, per_second), run.indexing("habit", per_second))

    what = "indexing: times as fast as sentence-transformers"
    yield Goal(what, ratios.indexing, over_habit("qa"), ge)
    if ratios is not FLOAT32:
        yield Goal(f"{what}, in float32", FLOAT32.indexing, over_habit(EXACT), ge)


def _lost(run: Run) -> float | None:
    """Of all rounds together: a median would hide one."""
    loads = [load for visit in run.visits if visit.service == "qa" for load in visit.loads]
    crowded = [load.timed_out + load.failed for load in loads if load.clients == 128]
    return float(sum(crowded)) if crowded else None


def _times(one: float | None, other: float | None) -> float | None:
    """How many times the other fits; None where either is missing or the other is 0."""
    return one / other if one is not None and other else None
