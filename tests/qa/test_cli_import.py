"""`qa import` as a user meets it; what is found in each form is tested in tests/index/readers."""

import json
import re
from pathlib import Path

import pytest

from index.formats import jsonl, markdown
from tests.qa.conftest import Command, the_line

PAGE = """<html lang="de"><head><title>Laden</title></head><body>
<script>alert(1)</script>
<h2>Wie zahle ich?</h2><p>Mit <b>Karte</b>, siehe <a href="/karten">hier</a>.</p>
<h2>Wann ist offen?</h2><p>Ab neun.</p>
</body></html>"""
TABLE = "Nr;Frage;Antwort\n1;Wie zahle ich?;Mit Karte.\n2;Wann?;\n3;Wo?;Hier.\n"


@pytest.fixture
def page(qa: Command) -> Path:
    Path("laden.html").write_text(PAGE, encoding="utf-8")
    return Path("laden.html")


@pytest.fixture
def table(qa: Command) -> Path:
    Path("faq.csv").write_text(TABLE, encoding="utf-8")
    return Path("faq.csv")


def test_a_page_becomes_content_and_is_counted(qa: Command, page: Path) -> None:
    ran = qa("import", page)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "new  laden.wie-zahle-ich    Wie zahle ich?\n"
        "new  laden.wann-ist-offen   Wann ist offen?\n"
        "content/laden.md: written\n"
        "2 entries: 2 new.\n"
    ).replace("-ich    W", "-ich   W").replace("-offen   W", "-offen  W")
    (read,) = markdown.read(Path("content/laden.md")).pages
    assert read.title == "Laden"
    assert [entry.language for entry in read.entries] == ["de", "de"]
    assert read.entries[0].answer == "Mit **Karte**, siehe [hier](/karten)."


def test_a_dry_run_shows_the_same_and_writes_nothing(qa: Command, page: Path) -> None:
    before = sorted(Path().rglob("*"))
    ran = qa("import", page, "--dry-run")
    assert ran.out.splitlines()[-1] == ("2 entries: 2 new. Nothing was written: this is a dry run.")
    assert sorted(Path().rglob("*")) == before


def test_what_is_skipped_is_told_with_its_row_and_reason(qa: Command, table: Path) -> None:
    ran = qa("import", table)
    assert "skipped: faq.csv:3: the question “Wann?” has no answer." in ran.err
    assert re.fullmatch(r"2 entries: 2 new, \d skipped\.", ran.out.splitlines()[-1])


def test_columns_may_be_named(qa: Command) -> None:
    Path("t.csv").write_text("nr,was,dazu\n1,Wie?,So.\n", encoding="utf-8")
    assert "--column" in the_line(qa("import", "t.csv"))
    ran = qa("import", "t.csv", "--column", "question=was", "--column", "answer=dazu")
    assert ran.out.splitlines()[-1].startswith("1 entry: 1 new")
    wrong = qa("import", "t.csv", "--column", "question=nicht", "--column", "answer=dazu")
    assert "dazu" in the_line(wrong)


@pytest.mark.parametrize("column", ["question", "=x", "question="])
def test_a_column_that_is_not_named_so_is_bad_usage(qa: Command, column: str) -> None:
    ran = qa("import", "t.csv", "--column", column)
    assert (ran.code, ran.out) == (2, "")
    assert "FIELD=NAME" in ran.err


def test_a_language_is_checked_and_set(qa: Command, table: Path) -> None:
    assert qa("import", table, "--language", "?").code == 2
    qa("import", table, "--language", "de")
    assert {e.language for e in markdown.read(Path("content/faq.md")).pages[0].entries} == {"de"}


def test_a_page_may_be_called_otherwise(qa: Command, table: Path) -> None:
    qa("import", table, "--page", "Der Laden", "--title", "Unser Laden")
    (read,) = markdown.read(Path("content/der-laden.md")).pages
    assert (read.name, read.title) == ("der-laden", "Unser Laden")
    assert read.entries[0].page == "der-laden"


def test_a_title_is_for_one_page(qa: Command, table: Path, page: Path) -> None:
    assert "--title is for one page, these are 2." in the_line(
        qa("import", table, page, "--title", "T")
    )


def test_a_folder_is_read_and_what_has_no_question_is_skipped(qa: Command) -> None:
    Path("old").mkdir()
    Path("old/a.html").write_text(PAGE, encoding="utf-8")
    Path("old/b.txt").write_text("Nothing is asked here.", encoding="utf-8")
    Path("old/c.png").write_bytes(b"\x89PNG")
    ran = qa("import", "old")
    assert ran.code == 0
    assert ran.err.startswith("skipped: old/b.txt")
    assert ran.out.splitlines()[-1] == "2 entries: 2 new, 1 skipped."


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.html", b"<p>No question.</p>", "a.html"),
        ("a.csv", b"", "a.csv"),
        ("a.json", b"{", "a.json"),
        ("a.xlsx", b"no zip", "a.xlsx"),
        ("a.docx", b"no zip", "a.docx"),
        ("a.yaml", b"a: [", "a.yaml"),
        ("a.xml", b"<a>", "a.xml"),
        ("a.md", b"\x00\x01\x02", "a.md"),
    ],
)
def test_a_wrong_file_is_one_line_and_nothing_is_written(
    qa: Command, table: Path, name: str, data: bytes, told: str
) -> None:
    Path(name).write_bytes(data)
    assert the_line(qa("import", table, name)).startswith(told)
    assert not Path("content").exists()


def test_where_all_is_skipped_the_import_has_failed(qa: Command) -> None:
    Path("a.jsonl").write_text('{"question": "Why?"}\n')
    ran = qa("import", "a.jsonl")
    assert ran.code == 1
    assert ran.err.splitlines()[-1] == "qa: a.jsonl: nothing of this can be imported."
    assert not Path("content").exists()


def test_a_file_that_is_not_there_is_one_line(qa: Command) -> None:
    assert the_line(qa("import", "none.html")) == (
        "none.html: cannot be read: No such file or directory."
    )


def test_a_format_may_be_said_and_must_be_known(qa: Command) -> None:
    Path("export").write_text(json.dumps([{"question": "Wie?", "answer": "So."}]))
    assert qa("import", "export", "--format", "json").code == 0
    assert "there is no format “pdf”" in the_line(qa("import", "export", "--format", "pdf"))


def test_what_was_exported_is_imported_the_same(qa: Command, built: Path) -> None:
    qa("export", "--index", built, "-o", "all.jsonl")
    qa("export", "--index", built, "-o", "all.csv")
    for name in ("all.jsonl", "all.csv"):
        assert qa("import", name, "--to", f"back-{name}.jsonl").code == 0
        assert Path(f"back-{name}.jsonl").read_bytes() == Path("all.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["faq.jsonld", "faq.html"])
def test_what_others_read_keeps_question_and_answer(qa: Command, built: Path, name: str) -> None:
    qa("export", "--index", built, "-o", name, "--page", "visit")
    assert qa("import", name, "--to", "back.jsonl").code == 0
    (read,) = jsonl.read(Path("back.jsonl")).pages
    assert ("When are you open?", "We are open from **9 to 17**, Monday to Friday.") in [
        (entry.question, entry.answer) for entry in read.entries
    ]
