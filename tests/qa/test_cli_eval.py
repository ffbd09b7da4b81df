"""`qa eval` as a user meets it."""

import json
from pathlib import Path

import pytest

from tests.qa.conftest import Command, the_line

LABELLED = [
    {"id": "1", "text": "opening hours", "relevant": ["hours"]},
    {"id": "2", "text": "Is there a car park?", "relevant": ["parking"]},
    {"id": "3", "text": "refund", "relevant": ["hours", "delivery"]},
    {"id": "4", "text": "x" * 40, "relevant": []},
]


@pytest.fixture(autouse=True)
def queries(qa: Command) -> None:
    """Four labelled queries in the folder of the test: two right, one wrong, one unanswerable."""
    lines = "".join(json.dumps(line) + "\n" for line in LABELLED)
    Path("q.jsonl").write_text(lines, encoding="utf-8")


def test_the_table_goes_to_standard_output(qa: Command, built: Path) -> None:
    ran = qa("eval", "q.jsonl", "--index", built)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("Of 3 answers shown, 2 are right.\n")
    assert "4 queries, 1 of them without an answer" in ran.out
    (row,) = (line for line in ran.out.splitlines() if line.startswith("P@1"))
    assert row.split()[:2] == ["P@1", "0.667"]
    assert (
        "0.99  refund\n    expected  hours: When are you open?\n    expected  delivery: " in ran.out
    )


def test_json_goes_to_a_file_or_instead_of_the_table(qa: Command, built: Path) -> None:
    written = qa("eval", "q.jsonl", "--index", built, "--json", "e.json")
    printed = qa("eval", "q.jsonl", "--index", built, "--json", "-")
    assert written.out.startswith("Of 3 answers shown")
    of_file, of_stdout = json.loads(Path("e.json").read_text()), json.loads(printed.out)
    assert of_file["results"] == of_stdout["results"]
    assert of_file["ranking"]["P@1"] == pytest.approx(2 / 3)
    assert of_file["origin"]["model"] == "hashed"
    assert of_file["origin"]["snapshot"] == (built / "current").read_text().strip()
    assert of_file["latency"]["n"] == 4
    assert [result["right"] for result in of_file["results"]] == [True, True, False, False]


def test_each_query_gets_what_qa_ask_gives(qa: Command, built: Path) -> None:
    results = json.loads(qa("eval", "q.jsonl", "--index", built, "--json", "-").out)["results"]
    for result in results:
        reply = json.loads(qa("ask", result["text"], "--index", built, "--json").out)
        assert result["answered"] is reply["answered"]
        assert result["confidence"] == pytest.approx(reply["confidence"], abs=1e-4)


def test_a_run_that_was_written_scores_the_same(qa: Command, built: Path) -> None:
    first = qa("eval", "q.jsonl", "--index", built, "--write-run", "our.run", "--json", "-")
    again = qa("eval", "q.jsonl", "--index", built, "--run", "our.run", "--json", "-")
    assert json.loads(again.out)["ranking"] == json.loads(first.out)["ranking"]
    assert json.loads(again.out)["abstention"] is None
    line = Path("our.run").read_text().splitlines()[0].split()
    assert (line[:4], line[5]) == (["1", "Q0", "hours", "1"], "qa")


def test_a_run_is_scored_without_an_index_too(qa: Command) -> None:
    Path("their.run").write_text("1 Q0 hours 1 0.5 x\n2 Q0 hours 1 0.5 x\n")
    ran = qa("eval", "q.jsonl", "--run", "their.run")
    assert ran.code == 0
    assert ran.out.startswith("Of 3 questions with an answer, 1 is answered rightly.\n")
    assert "Queries that the run lacks count as zero: 2." in ran.out
    assert ran.err == (
        "warning: without an index, labels are not checked and entries have no titles.\n"
    )


def test_a_report_is_written(qa: Command, built: Path) -> None:
    ran = qa("eval", "q.jsonl", "--index", built, "--report", "r.html")
    assert ran.code == 0
    html = Path("r.html").read_text(encoding="utf-8")
    assert html.lstrip().startswith("<!doctype html>")
    assert "Of 3 answers shown, 2 are right." in html


def test_versions_are_compared(qa: Command, built: Path) -> None:
    qa("eval", "q.jsonl", "--index", built, "--json", "e.json")
    now = [*LABELLED[:3], {"id": "9", "text": "gift", "relevant": ["gift"]}]
    Path("now.jsonl").write_text("".join(json.dumps(line) + "\n" for line in now))
    ran = qa("eval", "now.jsonl", "--index", built, "--compare", "e.json")
    assert "Against e.json" in ran.out
    assert (
        "3 queries compared; left out: 1 only in this file, 1 only in the earlier one." in ran.out
    )


def test_labels_may_be_in_a_file_of_their_own(qa: Command, built: Path) -> None:
    Path("beir.jsonl").write_text('{"_id": "a", "text": "refund"}\n{"_id": "b", "text": "gift"}\n')
    Path("qrels.tsv").write_text("query-id\tcorpus-id\tscore\na\trefund\t1\n")
    ran = qa("eval", "beir.jsonl", "--qrels", "qrels.tsv", "--index", built, "--json", "-")
    assert json.loads(ran.out)["ranking"]["P@1"] == 1.0


def test_a_right_answer_that_is_not_shown_is_told_of(qa: Command, built: Path) -> None:
    Path("d.jsonl").write_text('{"text": "secret menu", "relevant": ["draft"]}\n')
    ran = qa("eval", "d.jsonl", "--index", built)
    assert ran.err == "warning: the entry “draft” is a right answer, but it is not shown now.\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["none.jsonl"], "none.jsonl: there is no such file. Check the name."),
        (["folder"], "folder: this is a folder. Name one file of questions."),
        (
            ["unknown.jsonl"],
            "unknown.jsonl:1: no entry has the id “refnd”. Did you mean “refund”?",
        ),
        (["long.jsonl"], "long.jsonl:1: the question is longer than 2,000 characters. Mend its"),
        (["q.jsonl", "--run", "none.run"], "none.run: there is no such file. Check the name."),
        (
            ["q.jsonl", "--compare", "q.jsonl"],
            "q.jsonl: this is not an evaluation that can be compared with.",
        ),
        (
            ["q.jsonl", "--report", "no/r.html"],
            "no/r.html: there is no such folder to write into. Make it, or name another.",
        ),
        (["q.jsonl", "--json", "folder"], "folder: this is a folder. Name a file."),
        (
            ["q.jsonl", "--write-run", "./q.jsonl"],
            "q.jsonl: this is read; it would be overwritten. Name another output.",
        ),
        (["space.jsonl", "--write-run", "r"], "space.jsonl:1: the id “a b” has a space in it"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_used_is_told_in_one_line(
    qa: Command, built: Path, arguments: list[str], line: str
) -> None:
    Path("folder").mkdir()
    Path("unknown.jsonl").write_text('{"text": "a", "relevant": ["refnd"]}\n')
    Path("long.jsonl").write_text(json.dumps({"text": "x" * 2001, "relevant": ["hours"]}))
    Path("space.jsonl").write_text('{"id": "a b", "text": "a", "relevant": ["hours"]}\n')
    assert the_line(qa("eval", *arguments, "--index", built)).startswith(line)


def test_without_an_index_the_command_to_build_it_is_named(qa: Command) -> None:
    line = the_line(qa("eval", "q.jsonl"))
    assert line == ".qa/index: there is no snapshot here. Build it with: qa index."


def test_without_what_scoring_needs_the_command_that_installs_it_is_named(
    qa: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.cli.evaluating._PACKAGES", ("not_installed",))
    assert the_line(qa("eval", "q.jsonl")) == (
        "to score, not_installed must be installed."
        " Install the indexing step: pip install 'qa-faq[index]'."
    )


def test_the_promise_in_force_decides_what_is_shown(
    qa: Command, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_PROMISED_ERROR", "0.03")
    ran = qa("eval", "q.jsonl", "--index", built, "--json", "-")
    abstention = json.loads(ran.out)["abstention"]
    assert abstention["promised_error"] == 0.03
    assert [promise["error"] for promise in abstention["promises"]][2] == 0.03


def test_help_names_every_option(qa: Command) -> None:
    ran = qa("eval", "--help")
    assert ran.code == 0
    for option in ("qrels", "run", "write-run", "json", "report", "compare", "index"):
        assert f"--{option}" in ran.out
