"""An evaluation: every figure of a file of labelled queries, and the document that keeps them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import numpy as np

from index.entry import Entry
from index.snapshot import Snapshot
from qa.evaluation.abstention import Abstention, measure_abstention
from qa.evaluation.calibration import Calibration, measure_calibration
from qa.evaluation.comparison import Comparison, compare
from qa.evaluation.earlier import Earlier, PerQuery, per_query
from qa.evaluation.failures import Confusion, Failure, find_confusions, find_failures, namer
from qa.evaluation.groups import Group, by_page, by_tag
from qa.evaluation.judged import Judged, judge
from qa.evaluation.latency import Latency
from qa.evaluation.measures import Ranking, rank_measures
from qa.evaluation.queries import LabelledQuery
from qa.evaluation.run import MISSING, Result
from qa.evaluation.significance import Interval, interval_of_auroc, interval_of_mean

FORMAT: Final = "qa-eval"
VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What was scored. file: the labelled queries. run: the run file that was read, else empty.

    snapshot, model, entries: the snapshot's name, its model, how many entries it has; empty and 0
    without one.
    """

    file: str
    run: str = ""
    snapshot: str = ""
    model: str = ""
    entries: int = 0

    @classmethod
    def of(cls, file: Path, run: Path | None, snapshot: Snapshot | None) -> Self:
        """Tell where an evaluation comes from."""
        known = cls(file=str(file), run=str(run or ""))
        if snapshot is None:
            return known
        return replace(
            known,
            snapshot=snapshot.name,
            model=str(snapshot.manifest.model["name"]),
            entries=len(snapshot.entries),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that is known of a file of labelled queries.

    ranking: means over the answerable queries, by measure. intervals: 95 %, of P@1 and AUROC. What
    needs confidence is None for a run that was read. notes: what could not be measured, and why.
    results: each query's, in the order of the file.
    """

    created: str
    origin: Origin
    queries: int
    answerable: int
    notes: tuple[str, ...]
    ranking: dict[str, float]
    intervals: dict[str, Interval | None]
    abstention: Abstention | None
    calibration: Calibration | None
    latency: Latency | None
    pages: tuple[Group, ...]
    tags: tuple[Group, ...]
    failures: tuple[Failure, ...]
    confusions: tuple[Confusion, ...]
    comparison: Comparison | None
    results: tuple[PerQuery, ...]

    def to_json(self) -> str:
        """The document that `qa eval --json` writes: one line, without NaN."""
        document = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"


def evaluate(
    queries: Sequence[LabelledQuery],
    results: Sequence[Result],
    *,
    origin: Origin,
    entries: Mapping[str, Entry],
    promised_error: float,
    shown_from: float = 0.0,
    latency: Latency | None = None,
    earlier: tuple[str, Earlier] | None = None,
) -> Evaluation:
    """Work out every figure of results that are in the order of the queries.

    entries: those of the index by id; pages, tags and titles are known of these alone. shown_from:
    the threshold in force. earlier: the
    name and the content of an evaluation to compare with. One query at least is answerable.
    """
    judged = judge(queries, results)
    ranking = _ranking(queries, results)
    kept = per_query(queries, results, _reciprocal_ranks(judged, ranking))
    has_confidence = not origin.run
    name = namer(entries)
    return Evaluation(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        origin=origin,
        queries=len(queries),
        answerable=int(judged.answerable.sum()),
        notes=tuple(_notes(queries, results, judged, has_confidence=has_confidence)),
        ranking=ranking.means,
        intervals=_intervals(judged, has_confidence=has_confidence),
        abstention=measure_abstention(judged, promised_error, shown_from)
        if has_confidence
        else None,
        calibration=measure_calibration(judged.confidence, judged.right)
        if has_confidence
        else None,
        latency=latency,
        pages=by_page(queries, judged, entries),
        tags=by_tag(queries, judged, entries),
        failures=find_failures(queries, results, judged, name),
        confusions=find_confusions(queries, results, judged, name),
        comparison=compare(kept, earlier[1].results, earlier[0], promised_error)
        if earlier
        else None,
        results=kept,
    )


def _ranking(queries: Sequence[LabelledQuery], results: Sequence[Result]) -> Ranking:
    pairs = [pair for pair in zip(queries, results, strict=True) if pair[0].relevant]
    rankings = [[id_ for id_, _ in result.ranking] for _, result in pairs]
    return rank_measures(rankings, [query.relevant for query, _ in pairs])


def _reciprocal_ranks(judged: Judged, ranking: Ranking) -> list[float]:
    """Of every query; 0 where the FAQ has no answer."""
    ranks = np.zeros(len(judged.answerable))
    ranks[judged.answerable] = ranking.reciprocal_rank
    return [float(rank) for rank in ranks]


def _intervals(judged: Judged, *, has_confidence: bool) -> dict[str, Interval | None]:
    precision = interval_of_mean(judged.right[judged.answerable].astype(float))
    if not has_confidence:
        return {"P@1": precision}
    return {"P@1": precision, "AUROC": interval_of_auroc(judged.confidence, judged.right)}


def _notes(
    queries: Sequence[LabelledQuery],
    results: Sequence[Result],
    judged: Judged,
    *,
    has_confidence: bool,
) -> list[str]:
    """What could not be measured, a sentence each."""
    notes = []
    if not has_confidence:
        notes.append("A run holds no confidence: abstaining, calibration and latency are left out.")
    if missing := sum(result is MISSING for result in results):
        notes.append(f"Queries that the run lacks count as zero: {missing:,}.")
    if judged.answerable.all():
        what = "whether the others are declined was not measured"
        notes.append(f"Every query has an answer in the FAQ: {what}.")
    if has_confidence and judged.right.min() == judged.right.max():
        outcome = "right" if judged.right.all() else "wrong"
        notes.append(f"Every top entry is {outcome}: AUROC needs both right and wrong ones.")
    if len(queries) == 1:
        notes.append("There is one query only: no interval can be given.")
    return notes
