"""What labelled queries of a site's own are worth: each set calibrated on some of its queries.

    python -m bench.calibrating [SET ...]

200 queries, drawn by lot, calibrate; the others judge. Means over 20 draws. The calibration starts
from defaults that were fitted without the set's domain. ECE as in `qa eval`, and as the excess over
what perfect confidence would show at that size; coverage is the share of the answerable questions
that are answered rightly where at most 5 % of those shown are promised to be wrong.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.quality import left_out
from bench.sets import load, print_table
from qa.answerer import Answerer
from qa.calibrating import Cases, fit
from qa.confidence import Calibration
from qa.evaluation.calibration import measure_calibration
from qa.evaluation.measures import auroc

LABELLED, DRAWS, PROMISED = 200, 20, 0.05
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one calibration gives on queries that it has not seen."""

    auroc: float
    ece: float
    excess: float
    wrong: float
    coverage: float


def judge(calibration: Calibration, cases: Cases, answerable: Bools) -> Figures:
    """Measure a calibration on cases of which some, (n,), have an answer."""
    probability = calibration.right.probabilities(cases.features)
    measured = measure_calibration(probability, cases.right)
    shown = probability >= calibration.threshold(PROMISED)
    return Figures(
        auroc=float(auroc(probability, cases.right)),
        ece=measured.ece,
        excess=measured.ece - measured.ece_by_chance,
        wrong=1 - float(cases.right[shown].mean()) if shown.any() else 0.0,
        coverage=float((cases.right & shown).sum() / answerable.sum()),
    )


def row(name: str) -> str:
    """A set before and after."""
    labelled, defaults = load(name), left_out(name)
    answers = Answerer(labelled.snapshot, defaults=defaults).ask_many(labelled.queries)
    ids = [entry.id for entry in labelled.snapshot.entries]
    relevant = [[ids[i] for i in np.flatnonzero(right)] for right in labelled.relevant]
    cases = Cases.of(answers, relevant)
    answerable = np.array([bool(r) for a, r in zip(answers, relevant, strict=True) if a.features])
    before, after = [], []
    for draw in range(DRAWS):
        order = np.random.default_rng(draw).permutation(len(cases))
        chosen, rest = order[:LABELLED], order[LABELLED:]
        if len(rest) >= LABELLED / 10:
            calibration = fit(cases.part(chosen), defaults.calibration)
            before.append(judge(defaults.calibration, cases.part(rest), answerable[rest]))
            after.append(judge(calibration, cases.part(rest), answerable[rest]))
    return f"| {name} | {_cells(before)} | {_cells(after)} |"


def _cells(figures: list[Figures]) -> str:
    def mean(name: str) -> float:
        return float(np.mean([getattr(one, name) for one in figures]))

    return " | ".join(
        (
            f"{mean('auroc'):.3f}",
            f"{mean('ece'):.3f} ({mean('excess'):+.3f})",
            f"{mean('wrong'):.3f}",
            f"{mean('coverage'):.3f}",
        )
    )


def main() -> None:
    """Print the table: first by the default, then calibrated."""
    columns = ["AUROC", "ECE (excess)", "wrong of shown", "coverage"]
    header = ["set", *columns, *(f"{column}, calibrated" for column in columns)]
    print_table(header, row)


if __name__ == "__main__":
    main()
