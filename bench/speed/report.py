"""A run's figures as tables, and the page that holds them.

    python -m bench.speed.report

Fills docs/performance.md, between its marks, and draws docs/performance.svg, from the last run.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Final

from bench.sets import INDEXES
from bench.speed.figures import CLIENTS, Load, Run
from bench.speed.goals import goals
from bench.speed.indexing import EXACT
from bench.speed.plot import draw
from index.model import FLOAT32

FIGURES: Final = INDEXES / "speed.json"
PAGE: Final = Path("docs/performance.md")
PLOT: Final = Path("docs/performance.svg")
BEGIN, END = "<!-- bench.speed -->\n", "<!-- end of bench.speed -->"


def markdown(run: Run) -> str:
    """All tables of a run."""
    return "\n\n".join((_how(run), *_sections(run)))


def _how(run: Run) -> str:
    return f"{run.date}; {run.machine}; {run.how}; this service in {run.precision}."


def _sections(run: Run) -> Iterator[str]:
    if run.visits:
        yield "Milliseconds, p50 / p99, by clients asking at once:"
        yield _by_clients(run, _milliseconds)
        yield "Answers a second (and requests that timed out after 30 s, or failed):"
        yield _by_clients(run, _throughput)
        yield "Starting, and memory after the loads:"
        yield _footprints(run)
    yield from _remarks(run)
    if run.indexings:
        yield "Encoding answers in bulk:"
        yield _indexing(run)
    yield "The goals:"
    yield table(("goal", "wanted", "reached", "kept"), [goal.row() for goal in goals(run)])
    if run.missing:
        yield "Not measured: " + "; ".join(f"{n} ({why})" for n, why in run.missing.items()) + "."


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _by_clients(run: Run, cell: Callable[[Run, str, int], str]) -> str:
    rows = [
        (run.labels[name], *(cell(run, name, clients) for clients in CLIENTS))
        for name in run.services()
    ]
    return table(("", *map(str, CLIENTS)), rows)


def _milliseconds(run: Run, service: str, clients: int) -> str:
    p50, p99 = (run.load(service, clients, attrgetter(name)) for name in ("p50", "p99"))
    return f"{number(p50)} / {number(p99)}" if p50 is not None else ""


def _throughput(run: Run, service: str, clients: int) -> str:
    lost = run.load(service, clients, _lost)
    return number(run.load(service, clients, attrgetter("per_second"))) + (
        f" ({lost:.0f} lost)" if lost else ""
    )


def _lost(load: Load) -> float:
    return load.timed_out + load.failed


def _footprints(run: Run) -> str:
    rows = [
        (
            run.labels[name],
            number(run.of(name, attrgetter("start"))),
            number(run.of(name, attrgetter("resident"))),
            number(run.of(name, attrgetter("proportional"))),
            "yes" if run.of(name, lambda visit: float(visit.torch)) else "no",
        )
        for name in run.services()
    ]
    return table(("", "start to first answer, s", "resident, MB", "PSS, MB", "torch"), rows)


def _remarks(run: Run) -> Iterator[str]:
    """What is said in a sentence."""
    if run.floors:
        yield (
            f"The bare encoder on the same texts: {number(run.floor(attrgetter('p50')))} ms for "
            f"one; from two Python threads {number(run.floor(attrgetter('one_a_call')))} texts a "
            f"second one a call, {number(run.floor(attrgetter('sixteen_a_call')))} sixteen a call."
        )
    per_second, p50 = (run.repeated("qa", attrgetter(name)) for name in ("per_second", "p50"))
    if per_second is not None:
        yield (
            "With 32 clients who ask the same thousand questions again and again (Zipf): "
            f"{number(per_second)} answers a second, p50 {number(p50)} ms."
        )
    if run.sameness:
        yield (
            f"Of {run.sameness.asked:,} answers given to 32 clients, {run.sameness.same:,} equal "
            f"those given alone, {run.sameness.same_entry:,} have the same entry; confidence "
            f"differs by {run.sameness.confidence:.6f} at most."
        )


def _indexing(run: Run) -> str:
    labels = {
        "qa": f"this service’s encoder, {run.precision}",
        EXACT: "the same in float32",
        "habit": "sentence-transformers, its own batching, float32",
    }
    if run.precision == FLOAT32:
        del labels[EXACT]
    rows = []
    for name, label in labels.items():
        reached = run.indexing(name, attrgetter("operations"))
        share = f"{reached / run.peak:.2f}" if reached is not None else ""
        rate = number(run.indexing(name, attrgetter("per_second")))
        rows.append((label, rate, number(reached), share))
    peak = f"of the peak of a float32 matrix product, {run.peak:.0f} GFLOP/s"
    return table(("", "answers/s", "GFLOP/s", peak), rows)


def number(value: float | None) -> str:
    """A figure with as many digits as it is worth; nothing where there is none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def filled(page: str, text: str) -> str:
    """The page with this text between its marks.

    Raises:
        ValueError: it has no marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no marks {BEGIN.strip()} and {END}")
    return f"{before}{begin}{text}\n{end}{after}"


def main() -> None:
    """Fill the page and draw the picture."""
    run = Run.read(FIGURES)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(filled(page, markdown(run)), encoding="utf-8")
    PLOT.write_text(draw(run), encoding="utf-8")


if __name__ == "__main__":
    main()
