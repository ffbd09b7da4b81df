"""What a run of `bench.speed` measures, as records that are kept as JSON."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from pydantic import TypeAdapter

CLIENTS: Final = (1, 8, 32, 128)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What some clients saw who asked one question after the other.

    p50, p99: milliseconds. per_second: answers. failed: replies that were no answer.
    """

    clients: int
    p50: float
    p99: float
    per_second: float
    answered: int
    timed_out: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One start of a service and the loads it was put under.

    start: seconds to the first answer. resident: megabytes after the loads, all its processes;
    proportional: the same with pages that are shared counted in part. repeated: the load with
    questions that come again and again.
    """

    service: str
    start: float
    loads: tuple[Load, ...]
    repeated: Load | None
    resident: float
    proportional: float
    torch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The bare encoder on the same texts. p50: milliseconds for one.

    Texts a second from two Python threads that share it: one text a call, and sixteen.
    """

    p50: float
    one_a_call: float
    sixteen_a_call: float

    @property
    def per_second(self) -> float:
        """The most that it reached."""
        return max(self.one_a_call, self.sixteen_a_call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexing:
    """Answers encoded in bulk. operations: 1e9 a second, those on padding not counted."""

    service: str
    texts: int
    per_second: float
    operations: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sameness:
    """Answers given under load beside those given alone. confidence: the largest difference."""

    asked: int
    same: int
    same_entry: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that one run measured. peak: 1e9 operations a second of a float32 matrix product.

    labels: what each service is. missing: those that could not be measured, and why.
    """

    date: str
    machine: str
    how: str
    precision: str
    labels: dict[str, str]
    visits: tuple[Visit, ...]
    floors: tuple[Floor, ...]
    indexings: tuple[Indexing, ...]
    peak: float
    sameness: Sameness | None
    missing: dict[str, str]

    def services(self) -> list[str]:
        """Those that were measured, in the order of the run."""
        return list(dict.fromkeys(visit.service for visit in self.visits))

    def of(self, service: str, figure: Callable[[Visit], float]) -> float | None:
        """The median of a figure over the rounds; None if the service was not measured."""
        return _median(figure(visit) for visit in self.visits if visit.service == service)

    def load(self, service: str, clients: int, figure: Callable[[Load], float]) -> float | None:
        """The median of a figure under so many clients."""
        loads = (load for v in self.visits if v.service == service for load in v.loads)
        return _median(figure(load) for load in loads if load.clients == clients)

    def repeated(self, service: str, figure: Callable[[Load], float]) -> float | None:
        """The median of a figure under repeated questions."""
        loads = (visit.repeated for visit in self.visits if visit.service == service)
        return _median(figure(load) for load in loads if load)

    def floor(self, figure: Callable[[Floor], float]) -> float | None:
        """The median of a figure of the bare encoder."""
        return _median(figure(floor) for floor in self.floors)

    def indexing(self, service: str, figure: Callable[[Indexing], float]) -> float | None:
        """The median of a figure of encoding in bulk."""
        return _median(figure(one) for one in self.indexings if one.service == service)

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_RUNS.dump_json(self, indent=1) + b"\n")

    @classmethod
    def read(cls, path: Path) -> "Run":
        """Read what `save` wrote."""
        return _RUNS.validate_json(path.read_bytes())


_RUNS: Final = TypeAdapter(Run)


def _median(figures: Iterable[float]) -> float | None:
    known = list(figures)
    return median(known) if known else None
