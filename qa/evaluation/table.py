"""An evaluation for the terminal: plain columns that read without colour and go through a pipe."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from qa.evaluation import words
from qa.evaluation.abstention import Abstention
from qa.evaluation.comparison import Comparison
from qa.evaluation.evaluation import Evaluation
from qa.evaluation.failures import Confusion, Failure
from qa.evaluation.groups import Group as QueryGroup

SHOWN: Final = 10
"""As many failures, pairs and groups are printed; the document and the report have them all."""

_LONGEST: Final = 160  # characters of a text that somebody else wrote


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """Print what an analyst looks at first, from the outcome down to single queries."""
    for part in _parts(evaluation):
        if isinstance(part, Table):
            console.print()
        console.print(part)


def _parts(evaluation: Evaluation) -> Iterator[RenderableType]:
    yield Text(words.headline(evaluation), "bold")
    yield from map(Text, words.details(evaluation))
    yield Text(words.asked(evaluation), "dim")
    yield _figures(evaluation)
    if evaluation.abstention:
        yield _promises(evaluation.abstention)
    yield from _comparison(evaluation.comparison)
    yield from _groups("Page", evaluation.pages)
    yield from _groups("Tag", evaluation.tags)
    yield from _failures(evaluation.failures)
    yield from _confusions(evaluation.confusions)
    yield from _listed("Not measured", evaluation.notes, len(evaluation.notes))


def _figures(evaluation: Evaluation) -> RenderableType:
    rows = [
        (name, words.number(value), words.interval(evaluation.intervals.get(name)))
        for name, value in evaluation.ranking.items()
    ]
    rows += _abstention_rows(evaluation)
    if latency := evaluation.latency:
        figures = f"{latency.p50:.1f} / {latency.p95:.1f} / {latency.p99:.1f} ms"
        rows.append(("latency p50 / p95 / p99", figures, f"{latency.n} asked one by one"))
    return _table(("Measure", "", "95% interval"), rows)


def _abstention_rows(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    abstention, calibration = evaluation.abstention, evaluation.calibration
    if abstention is None or calibration is None:
        return []
    wrong = abstention.wrong_answerable + abstention.wrong_unanswerable
    return [
        ("AUROC", words.number(abstention.auroc), words.interval(evaluation.intervals["AUROC"])),
        ("shown", words.percent(abstention.shown_share), f"{abstention.shown:,}"),
        ("wrong of shown", words.percent(abstention.wrong_share), f"{wrong:,}"),
        ("  another entry is right", "", f"{abstention.wrong_answerable:,}"),
        ("  the FAQ has no answer", "", f"{abstention.wrong_unanswerable:,}"),
        ("answered rightly of answerable", words.percent(abstention.coverage), ""),
        ("declined of unanswerable", words.percent(abstention.declined_unanswerable), ""),
        ("ECE", words.number(calibration.ece), f"{calibration.ece_by_chance:.3f} by chance"),
        ("Brier score", words.number(calibration.brier), ""),
    ]


def _promises(abstention: Abstention) -> RenderableType:
    rows = [
        (
            f"{promise.error * 100:g}% wrong of shown",
            words.number(promise.threshold),
            words.percent(promise.coverage),
            f"{promise.shown:,}",
            f"{promise.wrong:,}",
        )
        for promise in abstention.promises
    ]
    now = (
        "now",
        words.number(abstention.shown_from),
        words.percent(abstention.coverage),
        f"{abstention.shown:,}",
        f"{abstention.wrong_answerable + abstention.wrong_unanswerable:,}",
    )
    return _table(("At most", "threshold", "answered rightly", "shown", "wrong"), [*rows, now])


def _comparison(comparison: Comparison | None) -> Iterator[RenderableType]:
    if comparison is None:
        return
    rows = [(name, *words.difference(one)) for name, one in comparison.differences.items()]
    heads = (f"Against {comparison.earlier}", "earlier", "now", "change", "95% interval", "p")
    yield _table(heads, rows)
    yield Text(words.compared(comparison))
    for title, changes in (("Better", comparison.better), ("Worse", comparison.worse)):
        lines = [
            f"{_cut(one.text)}\n    {one.earlier or 'nothing'} → {one.now or 'nothing'}"
            for one in changes[:SHOWN]
        ]
        yield from _listed(title, lines, len(changes))


def _groups(title: str, groups: Sequence[QueryGroup]) -> Iterator[RenderableType]:
    if len(groups) < 2:
        return
    rows = [
        (
            _cut(group.name),
            f"{group.n:,}",
            words.number(group.precision_at_1),
            f"{group.shown:,}",
            f"{group.wrong_shown:,}",
        )
        for group in groups[:SHOWN]
    ]
    yield _table((title, "queries", "P@1", "shown", "wrong shown"), rows)
    if len(groups) > SHOWN:
        yield Text(f"  … and {len(groups) - SHOWN:,} more", "dim")


def _failures(failures: Sequence[Failure]) -> Iterator[RenderableType]:
    for kind, title in words.KINDS.items():
        some = [failure for failure in failures if failure.kind is kind]
        yield from _listed(title, map(_failure, some[:SHOWN]), len(some))


def _failure(failure: Failure) -> str:
    sure = "" if failure.confidence is None else f"{failure.confidence:.2f}  "
    lines = [f"{sure}{_cut(failure.text)}"]
    lines += [f"    expected  {_cut(words.named(entry))}" for entry in failure.expected]
    if failure.kind is not failure.kind.DECLINED:
        place = f" (the right one came {failure.rank}.)" if failure.rank else ""
        lines.append(f"    got       {_cut(words.named(failure.retrieved))}{place}")
    return "\n".join(lines)


def _confusions(confusions: Sequence[Confusion]) -> Iterator[RenderableType]:
    lines = [
        f"{one.count} ×  {_cut(words.named(one.retrieved))}\n"
        f"    instead of  {_cut(words.expected(one.expected))}\n"
        f"    as for      {' | '.join(map(_cut, one.examples))}"
        for one in confusions[:SHOWN]
    ]
    yield from _listed("Entries taken for one another", lines, len(confusions))


def _listed(title: str, lines: Iterable[str], total: int) -> Iterator[RenderableType]:
    if not total:
        return
    yield Text(f"\n{title}: {total:,}", "bold")
    yield from map(Text, lines)
    if total > SHOWN:
        yield Text(f"  … and {total - SHOWN:,} more", "dim")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _cut(text: str) -> str:
    """On one line, no longer than a line may be, without what a terminal would obey."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
