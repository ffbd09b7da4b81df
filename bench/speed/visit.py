"""One round for one service: start it, put it under growing loads, look at it, stop it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from bench.speed import client
from bench.speed.client import Job, Outcome
from bench.speed.figures import CLIENTS, Load, Sameness, Visit
from bench.speed.material import FOLDER, repeated
from bench.speed.sameness import compare
from bench.speed.servers import Running, Service, has_torch, memory, running

# More than the fastest can answer under one load, so that none is asked twice of one process.
A_LOAD: Final = 9_000
WARM_UP: Final = 200
NEEDED: Final = WARM_UP + len(CLIENTS) * A_LOAD

# How many questions come again and again, and from how many people at once.
_POPULAR, _ASKING = 1_000, 32

# Answers are compared with those that are given alone under this many clients.
_CROWD: Final = 32


@dataclass(frozen=True, slots=True)
class Texts:
    """Distinct questions: for warming up, and for each number of clients."""

    warm_up: Sequence[str]
    loads: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, questions: Sequence[str]) -> "Texts":
        """Share out `NEEDED` questions."""
        starts = range(WARM_UP, NEEDED, A_LOAD)
        parts = [questions[start : start + A_LOAD] for start in starts]
        return cls(questions[:WARM_UP], dict(zip(CLIENTS, parts, strict=True)))


@dataclass(frozen=True, slots=True)
class Visitor:
    """How services are visited. seconds: how long each load lasts."""

    texts: Texts
    seconds: float

    def visit(self, service: Service, clients: Sequence[int], *, popular: bool = False) -> Visit:
        """Start it, and measure it with so many clients at a time.

        popular: whether also with questions that come again and again.

        Raises:
            UnusableError: it does not come up.
        """
        with self._warm(service) as server:
            loads = tuple(self._load(server, count) for count in clients)
            again = self._repeated(server) if popular else None
            resident, proportional = memory(server.process)
            return Visit(
                service=service.name,
                start=server.start,
                loads=loads,
                repeated=again,
                resident=resident,
                proportional=proportional,
                torch=has_torch(server.process),
            )

    def sameness(self, service: Service) -> Sameness:
        """Ask the same of two fresh starts, the one under load and the other one by one."""
        with self._warm(service) as server:
            crowd = self._ask(server, self.texts.loads[_CROWD], _CROWD, keep=True)
        with self._warm(service) as server:
            slowly = replace(self, seconds=4 * self.seconds)
            alone = slowly._ask(server, list(crowd.replies), 1, keep=True)
        return compare(crowd.replies, alone.replies)

    @contextmanager
    def _warm(self, service: Service) -> Iterator[Running]:
        first, *rest = self.texts.warm_up
        with running(service, first, FOLDER / f"{service.name}.log") as server:
            self._ask(server, rest, 8)
            yield server

    def _load(self, server: Running, clients: int) -> Load:
        return self._ask(server, self.texts.loads[clients], clients).load(clients)

    def _repeated(self, server: Running) -> Load:
        popular = repeated(self.texts.loads[1][:_POPULAR], 10 * A_LOAD)
        return self._ask(server, popular, _ASKING).load(_ASKING)

    def _ask(
        self, server: Running, questions: Sequence[str], clients: int, *, keep: bool = False
    ) -> Outcome:
        return client.load(
            Job(
                port=server.port,
                route=server.service.route,
                questions=questions,
                clients=clients,
                seconds=self.seconds,
                keep=keep,
            )
        )
