"""Content looked at as a whole, and how what is found is told."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.corpus import Corpus
from index.entry import Entry
from index.errors import ModelError
from index.model import DEFAULT_MODEL, find_model
from qa import checking
from qa.asked import Asked, Outcome, SelfTest
from qa.checking import CHECKS, Checked, check_content, name_of
from qa.cli.check_report import as_github, as_json, as_text
from qa.settings import Settings
from tests.conftest import provide_hashed
from tests.qa.conftest import Command, process

FAULTY: list[dict[str, Any]] = [
    {"id": "parking", "question": "Where can I park my car?", "answer": "Behind the house."},
    {"id": "refund", "question": "How do I get my money back?", "answer": "TBD"},
    {"id": "refund", "question": "Do you sell vouchers?", "answer": "See [here](gone.md)."},
    {"id": "late", "question": "What does a late book cost?", "answer": "It costs 20 cents a day."},
    {"id": "fine", "question": "How much is a late book?", "answer": "It costs 50 cents a day."},
]


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Five entries with faults, in a file of the working folder."""
    monkeypatch.chdir(tmp_path)
    return written(FAULTY)


def written(entries: Iterable[dict[str, Any]]) -> Path:
    path = Path("faq.jsonl")
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    return path


def look(source: Path, *, quick: bool = False, ignored: Iterable[str] = ()) -> Checked:
    return check_content(
        [source], Settings(), quick=quick, ignored=frozenset(ignored), provide=provide_hashed
    )


def names(checked: Checked) -> list[str]:
    return [name_of(finding) for finding in checked.findings]


def test_what_needs_no_model_is_found_without_one(source: Path) -> None:
    checked = look(source, quick=True)
    assert names(checked) == ["duplicate-id", "placeholder", "dead-link"]
    assert (checked.self_test, checked.left_out) == (None, "")


def test_with_a_model_every_wording_is_asked_and_figures_are_compared(source: Path) -> None:
    checked = look(source)
    assert "contradiction" in names(checked)
    assert checked.findings[0].severity == "error"
    assert checked.self_test is not None
    assert len(checked.self_test.asked) == 4  # of two with one id the first


def test_a_check_can_be_left_out(source: Path) -> None:
    checked = look(source, ignored={"contradiction", "self-test", "stray-wording"})
    assert "contradiction" not in names(checked)
    assert checked.self_test is None


def test_every_check_has_a_name_that_can_be_left_out(source: Path) -> None:
    assert set(names(look(source))) <= set(CHECKS)
    assert look(source, ignored=CHECKS).findings == ()


def test_nothing_is_published_or_changed(source: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    look(source)
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_what_an_index_knows_is_not_made_again(source: Path) -> None:
    written([*FAULTY[:2], *FAULTY[3:]])
    settings, model = Settings(), find_model(DEFAULT_MODEL)
    build([source], settings.index, model=model, provide=provide_hashed)
    assert check_content([source], settings, provide=refuse).self_test is not None


def refuse(*_: object) -> tuple[dict[str, Any], str]:
    raise AssertionError("an encoder was made though there is one")


def test_without_the_models_packages_the_rest_is_checked(source: Path) -> None:
    def missing(*_: object) -> tuple[dict[str, Any], str]:
        raise ModelError("making an encoder needs a package that is not installed (torch).")

    checked = check_content([source], Settings(), provide=missing)
    assert names(checked) == ["duplicate-id", "placeholder", "dead-link"]
    assert checked.left_out.endswith("not installed (torch).")
    *_, line, _ = as_text(checked)
    assert line.startswith("The checks with a model were left out: making an encoder needs")


def test_two_entries_that_compete_are_told_once(source: Path) -> None:
    written(
        {"id": id_, "question": question, "answer": "In the settings, under Account."}
        for id_, question in [
            ("a", "How do I reset my password?"),
            ("b", "How can I reset my password?"),
        ]
    )
    assert names(look(source, quick=True)) == ["competing"]
    assert names(look(source)).count("competing") == 1


def test_content_that_cannot_be_read_is_no_reason_to_stop(source: Path) -> None:
    source.write_text("not JSON\n")
    checked = look(source)
    assert names(checked) == ["reading"]
    assert checked.self_test is None


def test_in_text_a_finding_is_a_line_with_its_checks_name(source: Path) -> None:
    assert list(as_text(look(source, quick=True))) == [
        "error: faq.jsonl:3: the id “refund” is used already, at faq.jsonl:2."
        " Give one of the two another id. [duplicate-id]",
        "warning: faq.jsonl:2: the answer still holds “TBD”."
        " Write what was meant, or make it a draft (State: draft) until then. [placeholder]",
        "warning: faq.jsonl:3: the link “gone.md” leads to no file or page."
        " Name one that is there, or remove the link. [dead-link]",
        "1 page, 5 entries: 1 error, 2 warnings.",
    ]


def test_wordings_that_find_none_are_listed_an_entry_a_line() -> None:
    entries = [Entry(id=f"e{n}", question="How?", source=f"a.md:{n}") for n in range(12)]
    lost = [
        Asked(
            entry=entry,
            wording=wording,
            outcome=Outcome.NONE,
            found=entries[0],
            confidence=0.1,
            place=3,
            alone=False,
        )
        for entry in entries
        for wording in ("one", "two")
    ]
    checked = Checked(corpus=Corpus(), findings=(), self_test=SelfTest(tuple(lost), 24))
    first, *lines, more, _ = as_text(checked)
    assert first.endswith("left out and asked, 0 find their entry, 0 another, 24 none.")
    assert len(lines) == 10
    assert lines[0] == "  none: a.md:0: “one”, “two”"
    assert more == "  none: wordings of 2 more entries; see --format json"
    (text,) = as_json(checked)
    assert json.loads(text)["self_test"]["not_found"][2] == {
        "entry": "e1",
        "where": "a.md:1",
        "wording": "one",
        "nearest": "e0",
    }


def test_as_json_it_is_one_document(source: Path) -> None:
    (text,) = as_json(look(source))
    document = json.loads(text)
    assert document["findings"][0] == {
        "severity": "error",
        "check": "duplicate-id",
        "where": "faq.jsonl:3",
        "file": "faq.jsonl",
        "line": 3,
        "what": "the id “refund” is used already, at faq.jsonl:2.",
        "mend": "Give one of the two another id.",
        "entry": "refund",
        "other": "refund",
    }
    assert document["summary"]["errors"] == 1
    assert document["self_test"]["asked"] == document["self_test"]["wordings"] == 4
    assert sum(document["self_test"]["alone"].values()) == 4
    (quick,) = as_json(look(source, quick=True))
    assert json.loads(quick)["self_test"] is None


def test_for_github_it_is_workflow_commands(source: Path) -> None:
    lines = list(as_github(look(source, quick=True)))
    assert lines[0] == (
        "::error file=faq.jsonl,line=3,title=duplicate-id::the id “refund” is used already, at"
        " faq.jsonl:2. Give one of the two another id."
    )
    assert lines[1].startswith("::warning file=faq.jsonl,line=2,title=placeholder::")


def test_what_github_would_take_for_its_own_is_escaped(source: Path) -> None:
    path = Path("a,b: 100%.jsonl")
    path.write_text('{"id": "a", "question": "How?", "answer": "50% [x](gone%0A.md)"}\n')
    (line, _) = as_github(look(path, quick=True))
    assert line.startswith("::warning file=a%2Cb%3A 100%25.jsonl,line=1,title=dead-link::")
    assert "“gone%250A.md”" in line


def test_the_command_prints_and_ends_with_1_on_errors(qa: Command, source: Path) -> None:
    ran = qa("check", "--quick", source)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[-1] == "1 page, 5 entries: 1 error, 2 warnings."


def test_warnings_count_when_one_is_strict(qa: Command, source: Path) -> None:
    written(FAULTY[:2])
    assert qa("check", "--quick", source).code == 0
    assert qa("check", "--quick", "--strict", source).code == 1
    assert qa("check", "--quick", "--strict", "--ignore", "placeholder", source).code == 0


def test_the_command_writes_json_and_nothing_else(qa: Command, source: Path) -> None:
    ran = qa("check", "--quick", "--format", "json", source)
    assert [f["check"] for f in json.loads(ran.out)["findings"]] == [
        "duplicate-id",
        "placeholder",
        "dead-link",
    ]


def test_a_check_that_does_not_exist_is_bad_usage(qa: Command, source: Path) -> None:
    ran = qa("check", "--ignore", "spelling", source)
    assert (ran.code, ran.out) == (2, "")
    assert "There is no check 'spelling'" in ran.err.replace("\n", " ")


def test_a_quick_check_loads_no_encoder() -> None:
    loaded = "import sys, atexit; atexit.register(lambda: print(sorted(sys.modules)));"
    out = process("check", "--quick", code=loaded).communicate()[0].decode()
    assert "0 errors" in out
    heavy = ["torch", "onnxruntime", "faiss", "sklearn", "transformers"]
    assert [name for name in heavy if f"'{name}'" in out] == []


def test_every_check_is_in_the_guide() -> None:
    guide = (Path(checking.__file__).parent.parent / "docs/checking.md").read_text(encoding="utf-8")
    assert [name for name in CHECKS if f"`{name}`" not in guide] == []
