"""The command that fits confidence to a site: `qa calibrate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.console import Index, err, out, settings_of

if TYPE_CHECKING:
    from qa.fitting import Calibrated


def calibrate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Labelled queries: .jsonl, .csv or .tsv.")
    ],
    qrels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labels in a file of their own: TREC, BEIR.")
    ] = None,
    index: Index = None,
) -> None:
    """Fit confidence to labelled queries of this site; publishes a snapshot with it."""
    from qa.evaluation.queries import read_labelled
    from qa.fitting import calibrate as fit

    settings = settings_of(index=index)
    labelled = read_labelled(file, qrels)
    err(f"Asking {len(labelled):,} labelled queries ...", dim=True)
    name, calibrated = fit(settings.index, labelled, keep=settings.keep_snapshots)
    _show(calibrated, settings.promised_error)
    out(f"Published {name}; the next qa index fits again on the same labels.")


def _show(calibrated: "Calibrated", promised_error: float) -> None:
    from qa.evaluation.calibration import measure_calibration

    cases, calibration = calibrated.cases, calibrated.calibration
    before = measure_calibration(calibrated.before, cases.right)
    after = measure_calibration(calibrated.after, cases.right)
    from_on = calibration.threshold(promised_error)
    shown = calibrated.after >= from_on
    right, wrong = int((shown & cases.right).sum()), int((shown & ~cases.right).sum())
    out(
        f"{len(cases):,} queries fitted on; the best entry is right for {int(cases.right.sum()):,}."
    )
    out(
        f"Confidence was off by {before.ece:.3f}, now by {after.ece:.3f} on queries not fitted on "
        f"(perfect confidence would seem off by {after.ece_by_chance:.3f} with so few)."
    )
    out(
        f"An answer is shown from {from_on:.2f} on, so that at most {100 * promised_error:g}% of "
        f"those shown are wrong: of these queries {right + wrong:,} are answered, {wrong:,} "
        "wrongly."
    )
