import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.entry import Entry, State
from index.errors import ContentError
from index.formats import jsonl
from index.formats.by_suffix import read_page_file
from index.formats.reading import Reading

PATH = Path("data/shop-faq.jsonl")


def parse(*lines: object) -> Reading:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return jsonl.parse(enumerate(texts, start=1), PATH)


def test_every_key_is_read() -> None:
    record = {
        "id": "shop.pay",
        "question": "How do I pay?",
        "answer": "By card.\n",
        "alternates": ["Can I pay by card?"],
        "page": "shop",
        "url": "https://shop.example/faq",
        "tags": ["money"],
        "state": "draft",
        "valid_from": "2025-01-01",
        "valid_until": "2025-12-31",
        "language": "pt_BR",
        "negatives": ["Can I pay later?"],
        "prompts": ["shop.cards"],
        "context_only": True,
        "colour": "not known here",
    }
    reading = parse(record)
    assert reading.findings == ()
    assert reading.pages[0].entries == (
        Entry(
            id="shop.pay",
            question="How do I pay?",
            answer="By card.\n",
            alternates=("Can I pay by card?",),
            page="shop",
            url="https://shop.example/faq",
            tags=("money",),
            language="pt-BR",
            negatives=("Can I pay later?",),
            prompts=("shop.cards",),
            context_only=True,
            state=State.DRAFT,
            valid_from=datetime(2025, 1, 1, tzinfo=UTC),
            valid_until=datetime(2026, 1, 1, tzinfo=UTC),
        ),
    )
    assert reading.pages[0].entries[0].source == "data/shop-faq.jsonl:1"


def test_what_is_absent_is_made_or_empty() -> None:
    (page,) = parse({"question": "How do I pay?", "tags": None}, "", {"answer": "At nine."}).pages
    assert (page.name, page.title) == ("shop-faq", "Shop faq")
    assert [entry.id for entry in page.entries] == ["shop-faq.how-do-i-pay", "shop-faq.at-nine"]
    assert page.entries[0].tags == ()


def test_entries_are_grouped_by_page_in_order_of_first_appearance() -> None:
    pages = parse(
        {"answer": "1", "page": "b"}, {"answer": "2", "page": "a"}, {"answer": "3", "page": "b"}
    ).pages
    assert [(page.name, [entry.answer for entry in page.entries]) for page in pages] == [
        ("b", ["1", "3"]),
        ("a", ["2"]),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "this line is not JSON"),
        ("[" * 100_000, "this line is not JSON"),
        ("1" * 5000, "this line is not JSON"),
        ("[1]", "this line is not a JSON object with keys"),
        ("{}", "this line is not a JSON object with keys"),
        ({"question": 1}, "question must be a string."),
        ({"question": "Q", "language": "?"}, "language must be a language tag"),
        ({"question": "Q", "context_only": "yes"}, "context_only must be true or false."),
        ({"question": "Q", "alternates": "x"}, "alternates must be a list of strings."),
        ({"question": "Q", "tags": ["x", 1]}, "tags must be a list of strings."),
        ({"question": "Q", "state": "gone"}, "state must be published, draft or withdrawn, not"),
        ({"question": "Q", "valid_from": "soon"}, "valid_from must be a date such as"),
        ({"question": "Q \ud800"}, "question holds U+D800, which is not a character."),
        ({"question": "Q", "tags": ["\0"]}, "tags holds U+0000, which is not a character."),
    ],
)
def test_a_fault_is_named_with_its_file_line_and_key(line: object, message: str) -> None:
    (finding,) = parse({"answer": "fine"}, line).findings
    assert finding.severity == "error"
    assert str(finding).startswith(f"data/shop-faq.jsonl:2: {message}")


def test_all_faults_of_a_file_are_found() -> None:
    reading = parse({"question": 1, "tags": 2}, {"answer": "fine"}, "nonsense")
    assert [finding.where.rpartition(":")[2] for finding in reading.findings] == ["1", "1", "3"]


def test_an_empty_file_is_an_error() -> None:
    (finding,) = parse("", "  ").findings
    assert "has no entry" in finding.what


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"answer": "\xc3\xa9"}\r\n')
    assert read_page_file(path).pages[0].entries[0].answer == "é"


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"answer": "fine"}\n{"answer": "caf\xe9"}\n')
    with pytest.raises(ContentError, match=r"a.jsonl:2: this is not UTF-8. Save it as UTF-8."):
        read_page_file(path)


def test_a_published_entry_is_written_without_state_and_dates() -> None:
    entry = Entry(id="a", question="Où ?", answer="Là.", page="p")
    assert list(jsonl.write([entry])) == [
        '{"id": "a", "question": "Où ?", "answer": "Là.", "alternates": [], "page": "p",'
        ' "url": "", "tags": []}'
    ]


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
names = st.text(characters).filter(str.strip)
texts = st.just("") | names  # a blank value is read as none
moments = st.none() | st.datetimes(timezones=st.just(UTC))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    return Entry(
        id=draw(names),
        question=draw(texts),
        answer=draw(texts),
        alternates=tuple(draw(st.lists(names))),
        page="p",
        url=draw(texts),
        tags=tuple(draw(st.lists(names))),
        state=draw(st.sampled_from(State)),
        valid_from=draw(moments),
        valid_until=draw(moments),
    )


@settings(max_examples=50)
@given(st.lists(entries(), min_size=1, max_size=3))
def test_what_is_written_reads_the_same(written: list[Entry]) -> None:
    reading = jsonl.parse(enumerate(jsonl.write(written), start=1), PATH)
    assert reading.findings == ()
    assert list(reading.pages[0].entries) == written
    assert [jsonl.stored(line.encode()) for line in jsonl.write(written)] == written


values = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
keys = st.sampled_from(["id", "question", "answer", "alternates", "page", "tags", "valid_until"])


@settings(max_examples=50)
@given(st.lists(st.text() | st.dictionaries(keys, values).map(json.dumps), max_size=4))
def test_any_lines_give_pages_or_findings(lines: list[str]) -> None:
    reading = parse(*lines)
    assert reading.pages or reading.findings
