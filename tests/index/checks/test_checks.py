"""All checks that need no model, together, and those of ids, dates, addresses and wordings."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.checks import EntryFinding, check
from index.corpus import Corpus, read_corpus
from index.entry import Entry, Page, State
from index.formats.reading import Finding


def corpus(*entries: Entry) -> Corpus:
    return Corpus((Page(name="p", title="P", entries=entries),))


def told(findings: list[Finding], severity: str) -> list[str]:
    return [str(finding) for finding in findings if finding.severity == severity]


def test_a_sound_corpus_has_no_findings() -> None:
    sound = corpus(
        Entry(id="a", question="How do I pay?", answer="By card.", url="https://example.org"),
        Entry(id="b", question="When do you open?", answer="At nine."),
        Entry(id="c", answer="Only an answer."),
    )
    assert check(sound) == []


def test_an_id_used_twice_names_both_places() -> None:
    one = Entry(id="x", question="How do I pay?", answer="By card.", source="a.md:3")
    other = Entry(id="x", answer="At nine.", source="b.md:7")
    (finding,) = check(corpus(one, other))
    assert finding == EntryFinding(
        "error",
        "b.md:7",
        "the id “x” is used already, at a.md:3.",
        "Give one of the two another id.",
        "duplicate-id",
        "x",
        "x",
    )


@pytest.mark.parametrize("name", ["a b", "", "a\nb", "a" * 201])
def test_an_id_that_cannot_be_read_in_one_line_is_an_error(name: str) -> None:
    (error,) = told(check(corpus(Entry(id=name, question="Q", source="a.md:1"))), "error")
    assert "cannot be an id" in error


@pytest.mark.parametrize("name", ["é", "a/b", "x#1"])
def test_an_id_with_unusual_characters_is_a_warning(name: str) -> None:
    (finding,) = check(corpus(Entry(id=name, answer="By card.", source="a.md:1")))
    assert (finding.severity, finding.where) == ("warning", "a.md:1")
    assert "holds characters that ids should not" in finding.what


def test_errors_come_before_warnings() -> None:
    found = check(corpus(Entry(id="é", answer="By card."), Entry(id="a")))
    assert [finding.severity for finding in found] == ["error", "warning"]


def test_an_entry_needs_a_question_or_an_answer() -> None:
    entries = (Entry(id="a", alternates=("Only this?",)), Entry(id="a", question=" "))
    assert (
        told(check(corpus(*entries)), "error")
        == ["a: this entry has neither question nor answer. Give it one of them, or remove it."] * 2
    )


def test_two_markdown_files_cannot_be_one_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep").mkdir()
    Path("b.md").write_text("# T\n\n## How?\n\nSo it is.\n")
    Path("deep/b.markdown").write_text("# T\n\n## Why?\n\nJust because.\n")
    Path("b.jsonl").write_text('{"answer": "also on page b"}')
    read, findings = read_corpus([Path()])
    assert findings == []
    assert told(check(read), "error") == [
        "deep/b.markdown: the page name “b” is taken already, by b.md."
        " Rename one file, or give it a “Name: …” in “About this page”."
    ]


def test_words_claimed_by_two_entries_are_a_warning() -> None:
    one = Entry(id="a", question="How do I pay?", answer="By card.", source="a.md:3")
    other = Entry(
        id="b", question="Paying", answer="In cash.", alternates=("HOW do I… pay",), source="b.md:7"
    )
    assert told(check(corpus(one, other)), "warning") == [
        "b.md:7: “HOW do I… pay” leads to another entry too, at a.md:3."
        " Leave it with one of the two."
    ]


def test_an_entry_may_repeat_itself() -> None:
    entry = Entry(id="a", question="How?", answer="By card.", alternates=("how", "How?"))
    assert check(corpus(entry)) == []


def test_a_wording_that_is_also_said_not_to_be_one_is_a_warning() -> None:
    entry = Entry(id="a", question="How?", answer="By card.", negatives=("how",))
    (warning,) = told(check(corpus(entry)), "warning")
    assert "“how” is both a wording of this entry and one that it is not" in warning


def test_entries_that_are_never_shown_together_do_not_compete() -> None:
    new_year = datetime(2025, 1, 1, tzinfo=UTC)
    paid = {"question": "How do I pay?", "answer": "By card."}
    entries = (
        Entry(id="a", **paid, valid_until=new_year),
        Entry(id="b", **paid, valid_from=new_year),
        Entry(id="c", **paid, state=State.DRAFT),
    )
    assert check(corpus(*entries)) == []


def test_an_entry_that_ends_before_it_begins_is_a_warning() -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)
    entry = Entry(id="a", answer="By card.", valid_from=moment, valid_until=moment)
    (warning,) = told(check(corpus(entry)), "warning")
    assert "never shown" in warning


def test_a_source_that_is_no_web_address_is_a_warning() -> None:
    entry = Entry(id="a", answer="By card.", url="javascript:x")
    (warning,) = told(check(corpus(entry)), "warning")
    assert "“javascript:x” cannot be a link" in warning


@given(st.lists(st.builds(Entry, id=st.text(), question=st.text(), answer=st.text())))
def test_any_entries_can_be_checked(entries: list[Entry]) -> None:
    assert all("\n" not in str(finding) for finding in check(corpus(*entries)))
