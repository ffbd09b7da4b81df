"""What is fitted for one site: what its entries teach, and confidence on its labelled queries.

The index stages, this adds what it fits, and one publish makes both visible.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index import arrays
from index.build import amend
from index.errors import InputError, UserError
from index.manifest import Layout
from index.shelf import KEPT
from index.snapshot import Snapshot
from index.text import normalise
from qa.answerer import Answerer, problem_of
from qa.calibrating import Cases, Floats, fit, out_of_fold
from qa.confidence import Calibration
from qa.defaults import shipped
from qa.evaluation.queries import LabelledQuery, read_labelled, refuse_unknown
from qa.learned import Learned

LEAST_QUERIES: Final = 30
"""Fewer labelled queries say next to nothing of how often an answer is right."""


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What calibrating came to: the calibration, the cases that it rests on, and the probability of
    each as the default has it and in a fit that had not seen it, (n,) each.
    """

    calibration: Calibration
    cases: Cases
    before: Floats
    after: Floats


def finish(staged: Snapshot, layout: Layout, earlier: Layout | None) -> Sequence[str]:
    """Learn from the staged entries, fit confidence again on the labels of the snapshot before, and
    store both beside the entries; returns warnings.

    Raises:
        ModelError: a package of the indexing step is not installed.
    """
    learned = Learned.of(staged).arrays()
    arrays.save(layout.learned, learned)
    if earlier is None or not earlier.labels.exists():
        return []
    try:
        labelled = read_labelled(earlier.labels)
        _keep(labelled, layout)
        usable = list(_usable(labelled, staged))
        _store(_calibrated(replace(staged, learned=learned), usable), layout)
    except UserError as error:
        return [f"the default confidence serves, not one fitted to this site: {error}"]
    if lost := len(labelled) - len(usable):
        return [f"{lost} of {len(labelled)} labelled queries name no entry that is still shown."]
    return []


def calibrate(
    root: Path, labelled: Sequence[LabelledQuery], *, keep: int = KEPT
) -> tuple[str, Calibrated]:
    """Fit confidence on labelled queries, and publish a snapshot with it; returns its name too.
    keep: how many snapshots stay, the new one included.

    Raises:
        InputError: a label names no entry, or too few queries say anything.
        ModelError, SnapshotError, BusyError: as named.
    """

    def change(current: Snapshot, layout: Layout) -> Calibrated:
        refuse_unknown(labelled, {entry.id for entry in current.entries})
        calibrated = _calibrated(current, list(_usable(labelled, current)))
        _store(calibrated, layout)
        _keep(labelled, layout)
        return calibrated

    return amend(root, change, keep=keep)


def _usable(labelled: Sequence[LabelledQuery], snapshot: Snapshot) -> Iterator[LabelledQuery]:
    """Those without an answer, and those of whose right entries at least one is shown now."""
    now = datetime.now(UTC)
    shown = {entry.id for entry in snapshot.entries if entry.is_shown(now)}
    return (query for query in labelled if not query.relevant or shown & set(query.relevant))


def _calibrated(snapshot: Snapshot, labelled: Sequence[LabelledQuery]) -> Calibrated:
    for query in labelled:
        if problem := problem_of(query.text):
            mend = "Mend its text, or leave the query out."
            raise InputError(f"{problem}.", where=query.source, mend=mend)
    # One that is asked twice tells nothing more.
    labelled = list({normalise(query.text): query for query in labelled}.values())
    answers = Answerer(snapshot).ask_many([query.text for query in labelled])
    cases = Cases.of(answers, [query.relevant for query in labelled])
    if len(cases) < LEAST_QUERIES:
        needed = f"calibrating needs at least {LEAST_QUERIES} labelled queries"
        what = f"{needed}, and can use {len(cases)} here."
        mend = "Label more; those that are a stored question word for word do not count."
        raise InputError(what, mend=mend)
    prior = shipped().calibration
    before = prior.right.probabilities(cases.features)
    return Calibrated(fit(cases, prior), cases, before, out_of_fold(cases, prior))


def _store(calibrated: Calibrated, layout: Layout) -> None:
    document = calibrated.calibration.document()
    layout.calibration.write_text(json.dumps(document, indent=2), encoding="utf-8")


def _keep(labelled: Sequence[LabelledQuery], layout: Layout) -> None:
    with layout.labels.open("w", encoding="utf-8") as file:
        for query in labelled:
            record = {"id": query.id, "text": query.text, "relevant": list(query.relevant)}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
