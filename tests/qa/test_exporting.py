import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.entry import Entry
from index.errors import InputError
from index.formats import jsonl
from index.snapshot import Snapshot
from qa.exporting import FORMATS, as_csv, as_html, as_json_ld, as_jsonl
from tests.qa.conftest import Command, SnapshotOf, the_line

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DRAFT = {"question": "Now?", "answer": "No.", "page": "visit", "state": "draft"}
HOURS = {
    "question": "When?",
    "answer": 'At **9**, <script>alert("x")</script>',
    "alternates": ["at what\ntime", "when"],
    "page": "visit",
    "tags": ["a", "b"],
    "language": "en",
    "prompts": ["e1"],
    "context_only": True,
}


def read_back(text: str) -> list[Entry]:
    pages = jsonl.parse(enumerate(text.splitlines(), 1), Path("out.jsonl")).pages
    return [entry for page in pages for entry in page.entries]


def test_json_lines_hold_every_entry_drafts_too(snapshot: Snapshot) -> None:
    assert read_back(as_jsonl(snapshot, "", NOW)[0]) == list(snapshot.entries)


def test_one_page_may_be_asked_for(snapshot: Snapshot) -> None:
    assert {entry.page for entry in read_back(as_jsonl(snapshot, "visit", NOW)[0])} == {"visit"}
    assert json.loads(as_json_ld(snapshot, "visit", NOW)[0])["@type"] == "FAQPage"


@pytest.mark.parametrize("name", FORMATS)
def test_a_page_that_is_not_there_is_named_with_those_that_are(
    snapshot: Snapshot, name: str
) -> None:
    with pytest.raises(InputError, match=r"there is no page “x” with entries\. There are: visit,"):
        FORMATS[name](snapshot, "x", NOW)


def test_a_table_has_a_mark_for_spreadsheets_and_a_text_a_line(snapshot_of: SnapshotOf) -> None:
    text = as_csv(snapshot_of(HOURS, DRAFT), "", NOW)[0]
    assert text.startswith("\ufeffid,question,answer,alternates,")
    hours, draft = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert hours["alternates"] == '["at what\\ntime", "when"]'
    assert (hours["tags"], hours["prompts"], hours["context_only"]) == ("a\nb", "e1", "true")
    assert (hours["state"], draft["state"], draft["tags"]) == ("", "draft", "")


def test_search_engines_see_what_is_shown(snapshot: Snapshot, snapshot_of: SnapshotOf) -> None:
    graph = json.loads(as_json_ld(snapshot, "", NOW)[0])["@graph"]
    assert [node["name"] for node in graph] == ["Visit", "Orders", "Account"]
    shown = json.loads(as_json_ld(snapshot_of(HOURS, DRAFT), "", NOW)[0])
    assert [question["name"] for question in shown["mainEntity"]] == ["When?"]


def test_a_page_for_people_runs_nothing_and_shows_no_draft(snapshot_of: SnapshotOf) -> None:
    html = as_html(snapshot_of(HOURS, DRAFT), "", NOW)[0]
    assert '<html lang="en">' in html
    assert "<strong>9</strong>" in html
    assert "alert" not in html
    assert "Now?" not in html
    assert 'type="application/ld+json"' in html


def test_the_command_tells_the_format_by_the_files_name(
    qa: Command, snapshot: Snapshot, built: Path
) -> None:
    for name, start in [("a.jsonl", '{"id"'), ("a.csv", "\ufeffid,"), ("a.html", "<!doctype")]:
        ran = qa("export", "--index", built, "-o", name)
        assert (ran.code, ran.out) == (0, "")
        assert Path(name).read_text(encoding="utf-8").startswith(start)
    assert qa("export", "--index", built).out == as_jsonl(snapshot, "", NOW)[0]


def test_how_many_were_written_is_said_and_how_many_not(qa: Command, built: Path) -> None:
    said = qa("export", "--index", built, "-o", "a.html").err
    assert re.fullmatch(r"a\.html: \d+ entries written\. 2 are not shown now, .*\n", said)
    assert qa("export", "--index", built, "-o", "a.csv").err == "a.csv: 10 entries written.\n"


def test_a_name_that_tells_no_format_is_one_line(qa: Command, built: Path) -> None:
    assert the_line(qa("export", "--index", built, "-o", "a.txt")).startswith(
        "a.txt: the name does not tell the format. End it in one of .jsonl,"
    )


def test_a_format_that_there_is_not_is_one_line(qa: Command, built: Path) -> None:
    ran = qa("export", "--index", built, "--format", "pdf")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.strip() == (
        "qa: --format: there is no format “pdf”. It is one of: jsonl, csv, jsonld, html."
    )
