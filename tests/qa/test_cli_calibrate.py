"""`qa calibrate` as a user meets it."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest

from index.snapshot import open_snapshot
from qa.answerer import Answerer
from qa.calibrating import Cases, out_of_fold
from qa.confidence import Calibration
from qa.defaults import shipped
from qa.evaluation.queries import read_labelled
from tests.conftest import ENTRIES, MODEL
from tests.qa.conftest import Command, the_line
from tests.qa.labelled import LABELLED


@pytest.fixture(autouse=True)
def queries(qa: Command) -> None:
    """The labelled queries, in the folder of the test."""
    records = ({"id": q.id, "text": q.text, "relevant": q.relevant} for q in LABELLED)
    Path("q.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


def pointer(built: Path) -> str:
    return (built / "current").read_text().strip()


def test_a_snapshot_is_published_and_told_of(qa: Command, built: Path) -> None:
    before = pointer(built)
    ran = qa("calibrate", "q.jsonl", "--index", built)
    assert (ran.code, ran.err) == (0, f"Asking {len(LABELLED)} labelled queries ...\n")
    name = pointer(built)
    assert name != before
    assert ran.out.splitlines()[-1] == (
        f"Published {name}; the next qa index fits again on the same labels."
    )
    snapshot, problems = open_snapshot(built)
    assert (snapshot.name, problems) == (name, [])
    assert snapshot.calibration


@pytest.mark.parametrize(
    ("promise", "said"), [("0.1", "10%"), ("0.025", "2.5%"), ("0.3", "30%"), ("0.07", "7%")]
)
def test_what_is_told_is_true(
    qa: Command, built: Path, monkeypatch: pytest.MonkeyPatch, promise: str, said: str
) -> None:
    monkeypatch.setenv("QA_PROMISED_ERROR", promise)
    answers = Answerer(open_snapshot(built)[0]).ask_many([query.text for query in LABELLED])
    cases = Cases.of(answers, [query.relevant for query in LABELLED])
    out = qa("calibrate", "q.jsonl", "--index", built).out
    assert out.startswith(
        f"{len(LABELLED)} queries fitted on; the best entry is right for {cases.right.sum()}.\n"
    )
    threshold = Calibration.of(open_snapshot(built)[0].calibration).threshold(float(promise))
    probability = out_of_fold(cases, shipped().calibration)
    shown = probability >= threshold
    assert (
        f"An answer is shown from {threshold:.2f} on, so that at most {said} of those shown are"
        f" wrong: of these queries {shown.sum()} are answered,"
        f" {(shown & ~cases.right).sum()} wrongly.\n"
    ) in out


def test_how_far_confidence_is_off_is_told_of_queries_not_fitted_on(
    qa: Command, built: Path
) -> None:
    out = qa("calibrate", "q.jsonl", "--index", built).out
    told = re.search(
        r"off by (0\.\d{3}), now by (0\.\d{3}) on .* off by (0\.\d{3}) with so few", out
    )
    assert told
    assert all(0 <= float(figure) <= 0.5 for figure in told.groups())


def test_confidence_in_the_terminal_is_what_was_fitted(qa: Command, built: Path) -> None:
    question = LABELLED[0].text
    before = json.loads(qa("ask", question, "--index", built, "--json").out)
    qa("calibrate", "q.jsonl", "--index", built)
    after = json.loads(qa("ask", question, "--index", built, "--json").out)
    assert after["confidence"] != before["confidence"]
    snapshot = open_snapshot(built)[0]
    right = Calibration.of(snapshot.calibration).right
    features = np.array(Answerer(snapshot).ask(question).features)
    assert after["confidence"] == pytest.approx(right.probability(features), abs=1e-6)


def test_a_table_and_labels_in_a_file_of_their_own_fit_the_same(qa: Command, built: Path) -> None:
    with Path("q.csv").open("w", newline="") as file:
        rows = [(q.text, id_) for q in LABELLED for id_ in q.relevant or ("",)]
        csv.writer(file).writerows([("question", "entry_id"), *rows])
    bare = ({"_id": q.id, "text": q.text} for q in LABELLED)
    Path("bare.jsonl").write_text("".join(json.dumps(record) + "\n" for record in bare))
    qrels = "".join(f"{q.id}\t{id_}\t1\n" for q in LABELLED for id_ in q.relevant)
    Path("qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + qrels)
    fitted = []
    for arguments in (["q.jsonl"], ["q.csv"], ["bare.jsonl", "--qrels", "qrels.tsv"]):
        assert qa("calibrate", *arguments, "--index", built).code == 0
        fitted.append(open_snapshot(built)[0].calibration)
    assert fitted[0] == fitted[1] == fitted[2] != {}


def test_the_next_index_fits_again_or_says_that_it_could_not(
    qa: Command, built: Path, corpus_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.model.find_model", lambda *_: MODEL)
    qa("calibrate", "q.jsonl", "--index", built)
    corpus_file.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES[1:]))
    ran = qa("index", "--index", built, corpus_file)
    assert ran.code == 0
    # Three wordings, each put in three ways.
    assert (
        f"warning: 9 of {len(LABELLED)} labelled queries name no entry that is still shown.\n"
    ) in ran.err
    assert open_snapshot(built)[0].calibration
    corpus_file.write_text(json.dumps(ENTRIES[0]) + "\n")
    ran = qa("index", "--index", built, corpus_file)
    assert ran.code == 0
    assert "warning: the default confidence serves, not one fitted to this site: " in ran.err
    assert open_snapshot(built)[0].calibration == {}
    kept = built / "snapshots" / pointer(built) / "labels.jsonl"
    assert read_labelled(kept) == LABELLED


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(range(256))
LINE = '{{"id": "{}", "text": "hello {}", "relevant": {}}}\n'

FILES: dict[str, tuple[bytes, str]] = {
    "unknown.jsonl": (
        (LINE.format(1, 1, '["hours"]') + LINE.format(2, 2, '["refnd"]')).encode(),
        "unknown.jsonl:2: no entry has the id “refnd”. Did you mean “refund”?",
    ),
    "empty.jsonl": (b"", "empty.jsonl: there is no query in it. Write one query a line, as "),
    "blank.jsonl": (b"\n \n", "blank.jsonl: there is no query in it."),
    "unanswerable.jsonl": (
        "".join(LINE.format(n, n, "[]") for n in range(40)).encode(),
        "unanswerable.jsonl: no query has an answer, so there is nothing to be right about."
        " Label some queries with the ids of the entries that answer them.",
    ),
    "one.jsonl": (
        LINE.format(1, 1, '["hours"]').encode(),
        "calibrating needs at least 30 labelled queries, and can use 1 here. Label more;"
        " those that are a stored question word for word do not count.",
    ),
    "few.jsonl": (
        "".join(LINE.format(n, n, '["hours"]') for n in range(29)).encode(),
        "calibrating needs at least 30 labelled queries, and can use 29 here.",
    ),
    "stored.jsonl": (
        b"".join(
            b'{"id": "%d", "text": "opening hours", "relevant": ["hours"]}\n' % n for n in range(40)
        ),
        "calibrating needs at least 30 labelled queries, and can use 0 here.",
    ),
    "unlabelled.jsonl": (
        b'{"text": "when?"}\n',
        'unlabelled.jsonl:1: this query has no labels. Add "relevant":',
    ),
    "long.jsonl": (
        LINE.format(1, "x" * 2001, '["hours"]').encode(),
        "long.jsonl:1: the question is longer than 2,000 characters. Mend its text, or leave",
    ),
    "photo.jpg": (
        JPEG,
        "photo.jpg: labelled queries cannot be read from this kind of file. Give one of .jsonl,",
    ),
    "photo.jsonl": (JPEG, "photo.jsonl:1: "),
    "photo.csv": (JPEG, "photo.csv:1: "),
}


@pytest.mark.parametrize("name", [*FILES, "folder", "folder.jsonl", "none.jsonl"])
def test_what_cannot_be_used_is_told_in_one_line_and_publishes_nothing(
    qa: Command, built: Path, name: str
) -> None:
    folder = "this is a folder. Name one file of questions."
    messages = {
        "folder": f"folder: {folder}",
        "folder.jsonl": f"folder.jsonl: {folder}",
        "none.jsonl": "none.jsonl: there is no such file. Check the name.",
    }
    if name in FILES:
        content, message = FILES[name]
        Path(name).write_bytes(content)
    else:
        message = messages[name]
    if name.startswith("folder"):
        Path(name).mkdir()
    before, folders = pointer(built), sorted((built / "snapshots").iterdir())
    line = the_line(qa("calibrate", name, "--index", built))
    assert line.startswith(message)
    assert len(line) > len(name) + 20
    assert (pointer(built), sorted((built / "snapshots").iterdir())) == (before, folders)


def test_without_an_index_the_command_to_build_it_is_named(qa: Command) -> None:
    line = the_line(qa("calibrate", "q.jsonl"))
    assert line == ".qa/index: there is no snapshot here. Build it with: qa index."


@pytest.mark.parametrize(
    "arguments", [[], ["q.jsonl", "more.jsonl"], ["q.jsonl", "--wrong"]], ids=" ".join
)
def test_bad_usage_exits_with_2(qa: Command, arguments: list[str]) -> None:
    ran = qa("calibrate", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: " in ran.err


def test_help_names_every_option(qa: Command) -> None:
    ran = qa("calibrate", "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "--qrels" in ran.out
    assert "--index" in ran.out
