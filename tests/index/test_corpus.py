import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.corpus import NEAR_DUPLICATE, Corpus, Finding, check, content_files, read_corpus
from index.entry import Entry, Page, State
from index.formats import jsonl

MARKDOWN = "# Title\n\n## Q{}?\n\nA.\n"


def corpus(*entries: Entry) -> Corpus:
    return Corpus((Page(name="p", title="P", entries=entries),))


def whats(findings: list[Finding], severity: str) -> list[str]:
    return [str(finding) for finding in findings if finding.severity == severity]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content" / "deep").mkdir(parents=True)
    (tmp_path / "content" / ".hidden").mkdir()
    (tmp_path / "content" / "b.md").write_text(MARKDOWN.format("b"))
    (tmp_path / "content" / "a.TXT").write_text("-\nQa?\nA.")
    (tmp_path / "content" / "deep" / "c.jsonl").write_text('{"answer": "c"}')
    (tmp_path / "content" / "photo.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "content" / ".draft.md").write_text("")
    (tmp_path / "content" / ".hidden" / "d.md").write_text("")
    return Path("content")


def test_a_folder_stands_for_its_content_files_sorted(folder: Path) -> None:
    assert content_files(folder) == [
        Path("content/a.TXT"),
        Path("content/b.md"),
        Path("content/deep/c.jsonl"),
    ]


def test_sources_are_read_in_the_order_given_and_once(folder: Path) -> None:
    read, findings = read_corpus([folder / "b.md", folder, folder / "deep" / "c.jsonl"])
    assert findings == []
    assert [page.name for page in read.pages] == ["b", "a", "c"]
    assert [entry.id for entry in read.entries] == ["b.qb", "a.qa", "c.c"]


def test_entries_keep_their_order_when_written_and_read_again(tmp_path: Path) -> None:
    """Vectors belong to entries by their place, so it must not change on the way to disk."""
    path = tmp_path / "b.jsonl"
    path.write_text('{"answer": "1", "page": "x"}\n{"answer": "2", "page": "y"}')
    (tmp_path / "c.jsonl").write_text('{"answer": "3", "page": "x"}')
    read, _ = read_corpus([tmp_path])
    path.write_text("\n".join(jsonl.write(read.entries)))
    again, _ = read_corpus([path])
    assert [entry.answer for entry in read.entries] == ["1", "3", "2"]
    assert again.entries == read.entries


def test_every_fault_of_every_file_is_a_finding(folder: Path) -> None:
    (folder / "b.md").write_text("## One?\n\n## Two?\n")
    (folder / "empty").mkdir()
    (folder / "c.md").write_bytes(b"## Q\n\ncaf\xe9")
    (folder / "d.md").write_bytes("## Q".encode("utf-16"))
    read, findings = read_corpus([folder, folder / "photo.png", Path("gone"), folder / "empty"])
    assert [entry.id for entry in read.entries] == ["a.qa", "c.c"]
    assert sorted(map(str, findings)) == [
        "content/b.md:1: the question “One?” has no answer. Write it under the heading, or remove"
        " the heading.",
        "content/b.md:3: the question “Two?” has no answer. Write it under the heading, or remove"
        " the heading.",
        "content/c.md:3: this is not UTF-8. Save it as UTF-8.",
        "content/d.md: this is not a text file. Save it as plain text in UTF-8.",
        "content/empty: this folder has no content file. Put a page in it; its name ends in one"
        " of: .md, .markdown, .txt, .jsonl, .ndjson.",
        "content/photo.png: cannot read a “.png” file. Name a file that ends in one of: .md,"
        " .markdown, .txt, .jsonl, .ndjson.",
        "gone: no such file or folder.",
    ]


def test_a_sound_corpus_has_no_findings() -> None:
    sound = corpus(
        Entry(id="a", question="How do I pay?", answer="By card.", url="https://example.org"),
        Entry(id="b", question="When do you open?"),
        Entry(id="c", answer="Only an answer."),
    )
    assert check(sound) == []


def test_an_id_used_twice_names_both_places() -> None:
    one = Entry(id="x", question="How do I pay?", source="a.md:3")
    other = Entry(id="x", answer="At nine.", source="b.md:7")
    assert whats(check(corpus(one, other)), "error") == [
        "b.md:7: the id “x” is used already, at a.md:3. Give one of the two another id."
    ]


@pytest.mark.parametrize("name", ["a b", "", "a\nb", "a" * 201])
def test_an_id_that_cannot_be_read_in_one_line_is_an_error(name: str) -> None:
    (error,) = whats(check(corpus(Entry(id=name, question="Q", source="a.md:1"))), "error")
    assert "cannot be an id" in error


@pytest.mark.parametrize("name", ["é", "a/b", "x#1"])
def test_an_id_with_unusual_characters_is_a_warning(name: str) -> None:
    (finding,) = check(corpus(Entry(id=name, question="Q", source="a.md:1")))
    assert (finding.severity, finding.where) == ("warning", "a.md:1")
    assert "holds characters that ids should not" in finding.what


def test_errors_come_before_warnings() -> None:
    found = check(corpus(Entry(id="é", question="Q"), Entry(id="a")))
    assert [finding.severity for finding in found] == ["error", "warning"]


def test_an_entry_needs_a_question_or_an_answer() -> None:
    entries = (Entry(id="a", alternates=("Only this?",)), Entry(id="a", question=" "))
    assert (
        whats(check(corpus(*entries)), "error")
        == ["a: this entry has neither question nor answer. Give it one of them, or remove it."] * 2
    )


def test_two_markdown_files_cannot_be_one_page(folder: Path) -> None:
    (folder / "deep" / "b.markdown").write_text(MARKDOWN.format("other"))
    (folder / "b.jsonl").write_text('{"answer": "also on page b"}')
    read, findings = read_corpus([folder])
    assert findings == []
    assert whats(check(read), "error") == [
        "content/deep/b.markdown: the page name “b” is taken already, by content/b.md."
        " Rename one file, or give it a “Name: …” in “About this page”."
    ]


def test_words_claimed_by_two_entries_are_a_warning() -> None:
    one = Entry(id="a", question="How do I pay?", answer="1", source="a.md:3")
    other = Entry(id="b", question="Paying", alternates=("HOW do I… pay",), source="b.md:7")
    assert whats(check(corpus(one, other)), "warning") == [
        "b.md:7: “HOW do I… pay” leads to another entry too, at a.md:3."
        " Leave it with one of the two."
    ]


def test_an_entry_may_repeat_itself() -> None:
    assert check(corpus(Entry(id="a", question="How?", alternates=("how", "How?")))) == []


def test_questions_of_symbols_or_marks_are_told_apart() -> None:
    questions = ["C", "C++", "?", "!", "किताब", "कुतब"]
    entries = [Entry(id=f"e{n}", question=text) for n, text in enumerate(questions)]
    assert check(corpus(*entries)) == []


def test_entries_that_are_never_shown_together_do_not_compete() -> None:
    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    entries = (
        Entry(id="a", question="How do I pay?", valid_until=new_year),
        Entry(id="b", question="How do I pay?", valid_from=new_year),
        Entry(id="c", question="How do I pay?", state=State.DRAFT),
    )
    assert check(corpus(*entries)) == []


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("How do I reset my password?", "How can I reset my password?", True),
        ("How do I reset my password?", "How do I reset my passwords", True),
        ("Can I pay by card?", "Can I pay by cash?", False),
        ("How do I reset my password?", "How do I change my password?", False),
    ],
)
def test_questions_that_are_nearly_the_same_are_a_warning(
    one: str, other: str, is_near: bool
) -> None:
    entries = (Entry(id="a", question=one), Entry(id="b", question=other))
    warnings = whats(check(corpus(*entries)), "warning")
    expected = f"b: “{other}” is nearly “{one}”, a."
    assert [warning.startswith(expected) for warning in warnings] == [True] * is_near


def trigrams(text: str) -> set[str]:
    return {f" {text} "[start : start + 3] for start in range(len(text))}


@given(st.lists(st.text("abc ", min_size=1, max_size=12), max_size=12))
def test_no_near_duplicate_is_missed(texts: list[str]) -> None:
    """The quick way finds what comparing every pair finds."""
    questions = list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))
    sets = [trigrams(text) for text in questions]
    expected = {
        f"e{later}"
        for later, one in enumerate(sets)
        for other in sets[:later]
        if len(one & other) / len(one | other) >= NEAR_DUPLICATE
    }
    entries = [Entry(id=f"e{n}", question=text) for n, text in enumerate(questions)]
    assert {finding.where for finding in check(corpus(*entries))} == expected


def test_many_questions_from_one_template_take_seconds() -> None:
    """All of them are near each other: each is compared with some of the others only."""
    questions = [f"How do I change setting {n} in the account of a customer?" for n in range(1000)]
    entries = [Entry(id=f"e{n}", question=text) for n, text in enumerate(questions)]
    start = time.perf_counter()
    findings = check(corpus(*entries))
    assert time.perf_counter() - start < 5
    assert len(findings) == 999


def test_an_entry_that_ends_before_it_begins_is_a_warning() -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    entry = Entry(id="a", question="Q", valid_from=moment, valid_until=moment)
    (warning,) = whats(check(corpus(entry)), "warning")
    assert "never shown" in warning


def test_a_source_that_is_no_web_address_is_a_warning() -> None:
    (warning,) = whats(check(corpus(Entry(id="a", question="Q", url="javascript:x"))), "warning")
    assert "“javascript:x” cannot be a link" in warning


@given(st.lists(st.builds(Entry, id=st.text(), question=st.text(), answer=st.text())))
def test_any_entries_can_be_checked(entries: list[Entry]) -> None:
    assert all("\n" not in str(finding) for finding in check(corpus(*entries)))
