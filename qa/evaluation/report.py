"""An evaluation for people: one HTML file that needs nothing else, no script and no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from jinja2 import Environment, StrictUndefined

from qa.evaluation import plots, words
from qa.evaluation.evaluation import Evaluation
from qa.evaluation.failures import Failure
from qa.evaluation.judged import Judged
from qa.evaluation.plots import Plot

LISTED: Final = 20
"""As many failures of a kind, pairs and changes are listed; the JSON has them all."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A part of all queries: what came of them, how many, and the share, in [0, 1]."""

    kind: str
    label: str
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures of a kind: how many in all, and the worst of them."""

    title: str
    total: int
    worst: Sequence[Failure]


def render(evaluation: Evaluation) -> str:
    """The report as HTML. Whatever comes from queries and entries is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("qa.evaluation").joinpath("report.html").read_text(encoding="utf-8")
    judged = _judged(evaluation)
    page = environment.from_string(source).render(
        evaluation=evaluation,
        words=words,
        canvas=plots,
        listed=LISTED,
        outcomes=_outcomes(evaluation, judged),
        failures=_failures(evaluation),
        **_plots(evaluation, judged),
    )
    return page.lstrip()


def _judged(evaluation: Evaluation) -> Judged:
    results = evaluation.results
    return Judged(
        answerable=np.array([bool(one.relevant) for one in results], bool),
        right=np.array([one.right for one in results], bool),
        shown=np.array([bool(one.answered) for one in results], bool),
        confidence=np.array([one.confidence or 0.0 for one in results], float),
    )


def _outcomes(evaluation: Evaluation, judged: Judged) -> list[Outcome]:
    """What came of all queries, in four parts; none for a run that was read."""
    if evaluation.abstention is None:
        return []
    shown, right, answerable = judged.shown, judged.right, judged.answerable
    parts = {
        ("right", "answered, right"): shown & right,
        ("wrong", "answered, wrong"): shown & ~right,
        ("missed", "not answered, though the FAQ has an answer"): ~shown & answerable,
        ("declined", "not answered, and the FAQ has none"): ~shown & ~answerable,
    }
    return [
        Outcome(kind, label, int(part.sum()), float(part.mean()))
        for (kind, label), part in parts.items()
        if part.any()
    ]


def _failures(evaluation: Evaluation) -> list[Failures]:
    by_kind = {
        title: [one for one in evaluation.failures if one.kind is kind]
        for kind, title in words.KINDS.items()
    }
    return [Failures(title, len(some), some[:LISTED]) for title, some in by_kind.items() if some]


def _plots(evaluation: Evaluation, judged: Judged) -> dict[str, Plot | None]:
    abstention, calibration = evaluation.abstention, evaluation.calibration
    if abstention is None or calibration is None:
        return {"reliability": None, "coverage": None, "histogram": None}
    return {
        "reliability": plots.reliability(calibration),
        "coverage": plots.coverage_by_error(judged, abstention),
        "histogram": plots.histogram(judged, abstention),
    }
