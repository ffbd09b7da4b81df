"""The command that scores: `qa eval`."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import INSTALL_INDEX, InputError, SnapshotError
from qa.cli.console import Index, bar, err, reader_may_leave, settings_of, snapshot_of

if TYPE_CHECKING:
    from index.snapshot import Snapshot
    from qa.answerer import Answerer
    from qa.evaluation.evaluation import Evaluation
    from qa.evaluation.latency import Latency
    from qa.evaluation.queries import LabelledQuery
    from qa.evaluation.run import Result
    from qa.settings import Settings

STANDARD_OUTPUT = "-"

_PACKAGES = ("ir_measures", "jinja2", "scipy")  # what scoring needs and serving does not


def eval_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Labelled queries: .jsonl, .csv or .tsv.")
    ],
    qrels: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Labels in a file of their own: TREC, BEIR.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Score this TREC run instead of asking.")
    ] = None,
    write_run: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the rankings as a TREC run.")
    ] = None,
    json: Annotated[
        str, typer.Option(metavar="FILE", help="Write every figure as JSON; -: stdout.")
    ] = "",
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write a report for people.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="EARLIER.json", help="Compare with an earlier --json.")
    ] = None,
    index: Index = None,
) -> None:
    """Score labelled queries: what is answered wrongly, and how sure one can be."""
    _refuse_without_packages()
    from qa.evaluation.earlier import read_earlier
    from qa.evaluation.evaluation import Origin, evaluate
    from qa.evaluation.queries import read_labelled
    from qa.evaluation.run import refuse_unwritable

    outputs = [write_run, report, Path(json) if json not in ("", STANDARD_OUTPUT) else None]
    _refuse_unwritable(outputs, inputs=[file, qrels, run, compare])
    settings = settings_of(index=index)
    earlier = (str(compare), read_earlier(compare)) if compare else None
    queries = read_labelled(file, qrels)
    if write_run:
        refuse_unwritable(queries)
    snapshot = _snapshot(settings, is_needed=run is None or index is not None)
    _check_labels(queries, snapshot)
    answerer = _answerer(snapshot, settings.promised_error)
    results, latency = _results(queries, answerer, run)
    if write_run:
        _write_run(write_run, queries, results)
    evaluation = evaluate(
        queries,
        results,
        origin=Origin.of(file, run, snapshot),
        entries={entry.id: entry for entry in snapshot.entries} if snapshot else {},
        promised_error=settings.promised_error,
        shown_from=answerer.threshold if answerer else 0.0,
        latency=latency,
        earlier=earlier,
    )
    _put_out(evaluation, json, report)


def _refuse_without_packages() -> None:
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(f"to score, {missing[0]} must be installed.", mend=INSTALL_INDEX)


def _refuse_unwritable(outputs: Iterable[Path | None], inputs: Sequence[Path | None]) -> None:
    """Before the work, not after it."""
    given = [path for path in outputs if path]
    for number, path in enumerate(given):
        if path in given[:number]:
            raise InputError("two outputs cannot be one file.", where=str(path), mend="Name two.")
        if path.is_dir():
            raise InputError("this is a folder.", where=str(path), mend="Name a file.")
        if not path.parent.is_dir():
            what = "there is no such folder to write into."
            raise InputError(what, where=str(path), mend="Make it, or name another.")
        if any(
            one.exists() and path.exists() and one.samefile(path) for one in filter(None, inputs)
        ):
            what = "this is read; it would be overwritten."
            raise InputError(what, where=str(path), mend="Name another output.")


def _snapshot(settings: "Settings", *, is_needed: bool) -> "Snapshot | None":
    """The snapshot in force. A run can be scored without; then labels and titles are not known."""
    try:
        return snapshot_of(settings)
    except SnapshotError:
        if is_needed:
            raise
        err("warning: without an index, labels are not checked and entries have no titles.")
        return None


def _check_labels(queries: "Sequence[LabelledQuery]", snapshot: "Snapshot | None") -> None:
    from qa.evaluation.queries import refuse_unknown

    if snapshot is None:
        return
    entries = {entry.id: entry for entry in snapshot.entries}
    refuse_unknown(queries, entries)
    labelled = {id_ for query in queries for id_ in query.relevant}
    now = datetime.now(UTC)
    hidden = sorted(id_ for id_ in labelled if not entries[id_].is_shown(now))
    for id_ in hidden:
        err(f"warning: the entry “{id_}” is a right answer, but it is not shown now.")


def _answerer(snapshot: "Snapshot | None", promised_error: float) -> "Answerer | None":
    from qa.answerer import Answerer

    return Answerer(snapshot, promised_error=promised_error) if snapshot else None


def _results(
    queries: "Sequence[LabelledQuery]", answerer: "Answerer | None", run: Path | None
) -> "tuple[list[Result], Latency | None]":
    from qa.evaluation.run import read_run

    if run or answerer is None:  # there is none only with a run
        return read_run(run or Path(), queries), None
    return _ask(queries, answerer)


def _ask(
    queries: "Sequence[LabelledQuery]", answerer: "Answerer"
) -> "tuple[list[Result], Latency]":
    from qa.answerer import problem_of
    from qa.evaluation.latency import measure_latency
    from qa.evaluation.run import ask

    with bar() as shown:
        task = shown.add_task("queries", total=len(queries))
        results = ask(
            queries,
            ask_many=answerer.ask_many,
            problem_of=problem_of,
            on_progress=lambda done: shown.update(task, completed=done),
        )
    return results, measure_latency(answerer.ask, [query.text for query in queries])


def _write_run(path: Path, queries: "Sequence[LabelledQuery]", results: "Sequence[Result]") -> None:
    from qa.evaluation.run import run_lines

    with path.open("w", encoding="utf-8") as lines:
        lines.writelines(run_lines(queries, results))


def _put_out(evaluation: "Evaluation", json: str, report: Path | None) -> None:
    from rich.console import Console

    from qa.evaluation.report import render
    from qa.evaluation.table import print_evaluation

    if report:
        report.write_text(render(evaluation), encoding="utf-8")
    if json == STANDARD_OUTPUT:
        with reader_may_leave():
            sys.stdout.write(evaluation.to_json())
            sys.stdout.flush()
        return
    if json:
        Path(json).write_text(evaluation.to_json(), encoding="utf-8")
    console = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
    print_evaluation(evaluation, console)
