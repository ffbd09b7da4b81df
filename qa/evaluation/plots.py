"""The three pictures of a report, as coordinates: the template draws them as inline SVG.

All lie in a canvas of `WIDTH` by `HEIGHT` units with the origin at the top left. They are small, so
that letters keep their size on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from qa.evaluation.abstention import Abstention
from qa.evaluation.calibration import Calibration
from qa.evaluation.judged import Floats, Judged
from qa.evaluation.measures import coverage_at

WIDTH: Final = 360
HEIGHT: Final = 270
LEFT, RIGHT, TOP, BOTTOM = 46, 350, 12, 222

HISTOGRAM_BINS: Final = 20

_ERRORS_DRAWN: Final = 100  # points of a curve: one every three units
_LEAST_ERROR_AXIS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis, and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point; the title says what it stands for."""

    x: float
    y: float
    radius: float
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """An upright bar of a kind, `right` or `wrong`."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One picture. line: the points of a line, as SVG writes them. diagonal: where both axes agree.

    mark: an upright line at x with a word beside it.
    """

    title: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    line: str = ""
    diagonal: bool = False
    mark: Tick | None = None
    dots: tuple[Dot, ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """From values, 0 to `high`, to units on the canvas."""

    start: float
    end: float
    high: float

    def at(self, value: float) -> float:
        """Where a value lies, to a tenth of a unit."""
        return round(self.start + (self.end - self.start) * value / self.high, 1)

    def ticks(self, values: Sequence[float], form: str) -> tuple[Tick, ...]:
        """Marks at these values, in a format such as `.0%`."""
        return tuple(Tick(self.at(value), format(value, form)) for value in values)


_SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_ACROSS: Final = Axis(LEFT, RIGHT, 1.0)
_UP: Final = Axis(BOTTOM, TOP, 1.0)


def reliability(calibration: Calibration) -> Plot:
    """Confidence against the share that is right, a dot a bin; its area is the bin's size."""
    largest = max(one.n for one in calibration.bins)
    dots = tuple(
        Dot(
            _ACROSS.at(one.confidence),
            _UP.at(one.right),
            round(2 + 8 * (one.n / largest) ** 0.5, 1),
            f"{one.n:,} queries, mean confidence {one.confidence:.0%}: {one.right:.0%} right",
        )
        for one in calibration.bins
    )
    return Plot(
        title="Share of right answers by confidence",
        x_label="confidence",
        y_label="right",
        x_ticks=_ACROSS.ticks(_SHARES, ".0%"),
        y_ticks=_UP.ticks(_SHARES, ".0%"),
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        diagonal=True,
        dots=dots,
    )


def coverage_by_error(judged: Judged, abstention: Abstention) -> Plot:
    """What can be answered rightly against the share of wrong answers that is put up with."""
    wrong = abstention.wrong_share or 0.0
    across = Axis(LEFT, RIGHT, _axis_end(max(wrong, _share_wrong(judged))))
    errors = np.linspace(0, across.high, _ERRORS_DRAWN + 1)
    reached = [float(_coverage(judged, float(error))) for error in errors]
    points = zip(errors, reached, strict=True)
    now = f"now: {wrong:.1%} of what is shown is wrong, {abstention.coverage:.1%} answered rightly"
    return Plot(
        title="Questions answered rightly by share of wrong answers",
        x_label="wrong among the answers shown",
        y_label="answered",
        x_ticks=across.ticks(np.linspace(0, across.high, 5).tolist(), ".0%"),
        y_ticks=_UP.ticks(_SHARES, ".0%"),
        line=" ".join(f"{across.at(float(x))},{_UP.at(y)}" for x, y in points),
        mark=Tick(across.at(abstention.promised_error), "promised"),
        dots=(Dot(across.at(wrong), _UP.at(abstention.coverage), 5, now),),
    )


def _coverage(judged: Judged, error: float) -> Floats:
    return coverage_at(judged.confidence, judged.right, judged.answerable, error)


def _share_wrong(judged: Judged) -> float:
    """Of everything, were it all shown."""
    return float((~judged.right).mean())


def _axis_end(wrong: float) -> float:
    """A round share that four even steps lead up to: 20 %, 40 % ... 100 %."""
    return float(max(_LEAST_ERROR_AXIS, np.ceil(wrong * 5) / 5))


def histogram(judged: Judged, abstention: Abstention) -> Plot:
    """How many queries have which confidence: right ones below, wrong ones on top."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    right, _ = np.histogram(judged.confidence[judged.right], edges)
    wrong, _ = np.histogram(judged.confidence[~judged.right], edges)
    up = Axis(BOTTOM, TOP, float(_round_up(int((right + wrong).max()))))
    bars = [
        bar
        for number, (r, w) in enumerate(zip(right.tolist(), wrong.tolist(), strict=True))
        for bar in _stack(number, r, w, up)
    ]
    shown_from = abstention.shown_from
    return Plot(
        title="Queries by confidence",
        x_label="confidence",
        y_label="queries",
        x_ticks=_ACROSS.ticks(_SHARES, ".0%"),
        y_ticks=up.ticks([up.high * share for share in (0, 0.5, 1)], ",.0f"),
        mark=Tick(_ACROSS.at(shown_from), "shown from here"),
        bars=tuple(bars),
    )


def _stack(number: int, right: int, wrong: int, up: Axis) -> list[Bar]:
    """The two bars of a bin, those that are not empty."""
    x = _ACROSS.at(number / HISTOGRAM_BINS)
    width = round(_ACROSS.at((number + 1) / HISTOGRAM_BINS) - x - 1, 1)
    low, high = number / HISTOGRAM_BINS, (number + 1) / HISTOGRAM_BINS
    title = f"confidence {low:.0%} to {high:.0%}: {right:,} right, {wrong:,} wrong"
    tops = (("right", 0, right), ("wrong", right, right + wrong))
    return [
        Bar(kind, x, up.at(top), width, round(up.at(base) - up.at(top), 1), title)
        for kind, base, top in tops
        if top > base
    ]


def _round_up(count: int) -> int:
    """An even round number that is no less: 2, 4, 6, 8, 10, 20, 40, 60 ..."""
    step = int(10 ** len(str(max(count - 1, 1)))) // 5
    return step * -(-max(count, 1) // step)
