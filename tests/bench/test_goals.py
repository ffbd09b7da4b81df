"""The table of goals, the page it stands in, and the arithmetic behind the figures."""

import json
from dataclasses import replace

import pytest

from bench.speed.figures import Floor, Indexing, Load, Run, Sameness, Visit
from bench.speed.goals import LARGE, goals
from bench.speed.indexing import EXACT, operations
from bench.speed.plot import COLOURS, draw
from bench.speed.report import BEGIN, END, filled, markdown
from bench.speed.sameness import compare


def load(clients: int, p50: float, per_second: float, *, lost: int = 0) -> Load:
    return Load(
        clients=clients,
        p50=p50,
        p99=2 * p50,
        per_second=per_second,
        answered=100,
        timed_out=lost,
        failed=0,
    )


def visit(service: str, start: float, *loads: Load) -> Visit:
    return Visit(
        service=service,
        start=start,
        loads=loads,
        repeated=None,
        resident=start * 100,
        proportional=start * 90,
        torch=service != "qa",
    )


QA = (load(1, 2.0, 480), load(8, 10.0, 800), load(32, 36.0, 900), load(128, 140.0, 945))
HABIT = (load(1, 12.0, 80), load(8, 90.0, 80), load(32, 600.0, 50), load(128, 2000.0, 50))
RUN = Run(
    date="1 January 2027",
    machine="a machine",
    how="3 rounds",
    precision="int8",
    labels={"qa": "qa", LARGE: "qa, all", "habit": "the habit"},
    visits=(
        visit("qa", 0.9, *QA),
        visit("qa", 5.0, *(replace(one, p50=9 * one.p50, timed_out=1) for one in QA)),
        visit("qa", 0.8, *QA),
        visit(LARGE, 2.0, load(1, 2.5, 400)),
        visit("habit", 9.0, *HABIT),
    ),
    floors=(Floor(p50=1.25, one_a_call=1500, sixteen_a_call=1200),),
    indexings=(
        Indexing(service="qa", texts=10, per_second=46, operations=184),
        Indexing(service=EXACT, texts=10, per_second=24, operations=96),
        Indexing(service="habit", texts=10, per_second=20, operations=80),
    ),
    peak=230,
    sameness=Sameness(asked=2000, same=1999, same_entry=2000, confidence=0.000001),
    missing={"infinity": "pip said no"},
)


def rows(run: Run) -> dict[str, tuple[str, str, str]]:
    return {what: rest for what, *rest in (goal.row() for goal in goals(run))}  # type: ignore[misc]


def test_goals_are_judged_by_medians_over_the_rounds() -> None:
    assert {what: tuple(rest) for what, rest in rows(RUN).items()} == {
        "start to first answer, s": ("≤ 1.20", "0.90", "yes"),
        "resident memory after load, MB": ("≤ 260", "90", "yes"),
        "torch in the process (0: no)": ("≤ 0", "0", "yes"),
        "1 client: p50 above the bare encoder call, ms": ("≤ 1.00", "0.75", "yes"),
        "1 client: times as fast as the habit, p50": ("≥ 6.00", "6.00", "yes"),
        "1 client: p50 at 16,407 entries over that at 1,000": ("≤ 1.30", "1.25", "yes"),
        "8 clients: times the throughput of the habit": ("≥ 6.00", "10.00", "yes"),
        "32 clients: times the throughput of the habit": ("≥ 15.00", "18.00", "yes"),
        "32 clients: times that of txtai": ("≥ 11.00", "", "not measured"),
        "32 clients: p99 over p50": ("≤ 2.50", "2.00", "yes"),
        "32 clients: share of what the encoder alone reaches": ("≥ 0.50", "0.60", "yes"),
        "128 clients: throughput over that of 32": ("≥ 1.00", "1.05", "yes"),
        "128 clients: requests that timed out or failed": ("≤ 0", "1", "no"),
        "share of answers under load that equal those alone": ("≥ 1.0000", "0.9995", "no"),
        "indexing: times as fast as sentence-transformers": ("≥ 2.00", "2.30", "yes"),
        "indexing: times as fast as sentence-transformers, in float32": ("≥ 1.15", "1.20", "yes"),
    }


def test_at_float32_less_speed_is_wanted_but_nearer_to_the_floor() -> None:
    wanted = {what: row[0] for what, row in rows(replace(RUN, precision="float32")).items()}
    assert wanted["1 client: times as fast as the habit, p50"] == "≥ 4.00"
    assert wanted["32 clients: times the throughput of the habit"] == "≥ 12.00"
    assert wanted["32 clients: share of what the encoder alone reaches"] == "≥ 0.65"
    assert wanted["indexing: times as fast as sentence-transformers"] == "≥ 1.15"


def test_what_was_not_measured_is_neither_kept_nor_missed() -> None:
    nothing = replace(RUN, visits=(), floors=(), indexings=(), sameness=None)
    assert {goal.kept for goal in goals(nothing)} == {None}


def test_a_picture_has_a_line_for_each_service_that_all_numbers_of_clients_asked() -> None:
    others = [f"other {number}" for number in range(len(COLOURS))]
    labels = {**RUN.labels, **{name: name for name in others}}
    picture = draw(
        replace(RUN, labels=labels, visits=(*RUN.visits, *(visit(n, 1.0, *HABIT) for n in others)))
    )
    assert picture.count("<polyline") == len(others) + 2
    assert [picture.count(f">{name}</text>") for name in ("qa", "the habit", *others)] == [1] * (
        len(others) + 2
    )
    assert "qa, all" not in picture


def test_a_report_names_every_service_and_what_could_not_be_measured() -> None:
    said = markdown(RUN)
    assert "| the habit | 12.0 / 24.0 | 90.0 / 180 | 600 / 1,200 | 2,000 / 4,000 |" in said
    assert "| this service’s encoder, int8 | 46.0 | 184 | 0.80 |" in said
    assert "| the same in float32 | 24.0 | 96.0 | 0.42 |" in said
    assert "Not measured: infinity (pip said no)." in said


def test_the_page_is_filled_between_its_marks_and_nowhere_else() -> None:
    assert filled(f"a\n{BEGIN}old\n{END}\nb\n", "new") == f"a\n{BEGIN}new\n{END}\nb\n"
    with pytest.raises(ValueError, match="no marks"):
        filled("a\n", "new")


def test_a_run_is_read_as_it_was_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("runs") / "speed.json"
    RUN.save(path)
    assert Run.read(path) == RUN


@pytest.mark.parametrize(
    ("tokens", "expected"),
    # By hand, a layer: 2 * tokens * (4 * 384 * 384 + 2 * 384 * 1536 + 2 * tokens * 384); times 6.
    [(0, 0), (1, 21_242_880), (10, 213_258_240)],
)
def test_the_work_of_a_text_follows_from_the_models_shape(tokens: int, expected: int) -> None:
    assert operations(tokens) == expected


def reply(id_: str, confidence: float, entry: str | None = None) -> str:
    answer = {"id": entry} if entry else None
    return json.dumps({"id": id_, "confidence": confidence, "answer": answer})


def test_answers_are_the_same_but_for_the_id_of_the_asking() -> None:
    loaded = {"a": reply("1", 0.5, "x"), "b": reply("2", 0.75), "c": reply("3", 0.25, "y")}
    alone = {"a": reply("4", 0.5, "x"), "b": reply("5", 0.5), "d": reply("6", 0.25, "y")}
    assert compare(loaded, alone) == Sameness(asked=2, same=1, same_entry=2, confidence=0.25)
