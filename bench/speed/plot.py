"""Answers a second by clients, a line a service, as SVG. Both axes are logarithmic."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import cycle
from math import log
from operator import attrgetter
from typing import Final

from bench.speed.figures import CLIENTS, Run

WIDTH, HEIGHT = 800, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 460, 30, 350
COLOURS: Final = ("#0b6e4f", "#c1440e", "#1f5fa8", "#8a4fa3", "#8a6d00", "#4a4a4a")
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#777}"
    "polyline{fill:none;stroke-width:2.5}line{stroke:#8884}"
)


@dataclass(frozen=True, slots=True)
class Axis:
    """From values, `low` to `high`, to units on the canvas, by their logarithm."""

    start: float
    end: float
    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value lies, to a tenth of a unit."""
        share = log(value / self.low) / log(self.high / self.low)
        return round(self.start + (self.end - self.start) * share, 1)


_ACROSS: Final = Axis(LEFT, RIGHT, CLIENTS[0], CLIENTS[-1])
_UP: Final = Axis(BOTTOM, TOP, 10, 10_000)
_MARKS: Final = (10, 100, 1_000, 10_000)


def draw(run: Run) -> str:
    """The picture of a run."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        f"<title>Answers a second by clients asking at once</title><style>{_STYLE}</style>"
    )
    return "\n".join((head, *_frame(), *_lines(run), "</svg>\n"))


def _frame() -> Iterator[str]:
    for value in _MARKS:
        y = _UP.at(value)
        yield f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{value:,}</text>'
    for clients in CLIENTS:
        x = _ACROSS.at(clients)
        yield f'<text x="{x}" y="{BOTTOM + 20}" text-anchor="middle">{clients}</text>'
    yield f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 40}" text-anchor="middle">clients</text>'
    yield f'<text x="{LEFT - 8}" y="16">answers a second</text>'


def _lines(run: Run) -> Iterator[str]:
    lowest = float(HEIGHT)  # labels keep their distance, from the bottom up
    coloured = zip(_series(run), cycle(COLOURS), strict=False)
    for (name, points), colour in sorted(coloured, key=lambda one: -one[0][1][-1][1]):
        path = " ".join(f"{x},{y}" for x, y in points)
        lowest = min(lowest - 18, points[-1][1] + 4)
        yield f'<polyline points="{path}" stroke="{colour}"/>'
        label = escape(run.labels[name])
        yield f'<text x="{RIGHT + 8}" y="{lowest}" style="fill:{colour}">{label}</text>'


def _series(run: Run) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """Services that were asked by all numbers of clients: name, points."""
    for name in run.services():
        rates = [run.load(name, clients, attrgetter("per_second")) for clients in CLIENTS]
        known = [(c, rate) for c, rate in zip(CLIENTS, rates, strict=True) if rate]
        if len(known) == len(CLIENTS):
            yield name, [(_ACROSS.at(c), _UP.at(rate)) for c, rate in known]
