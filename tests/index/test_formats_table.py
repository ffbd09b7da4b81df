import csv
import io
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry, State
from index.formats import jsonl, table
from index.readers.records import tables
from index.readers.source import Options, Source

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
filled = texts.filter(str.strip)
lists = st.lists(filled | st.sampled_from(["[", "a\nb", "[]", '"', "a,b"]), max_size=3).map(tuple)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
entries = st.builds(
    Entry,
    id=st.integers(0, 10**6).map(lambda number: f"e{number}"),
    question=filled,
    answer=filled,
    alternates=lists,
    page=st.sampled_from(["a", "b"]),
    url=st.just("") | filled,
    tags=lists,
    language=st.sampled_from(["", "de", "pt-BR"]),
    negatives=lists,
    prompts=lists,
    context_only=st.booleans(),
    state=st.sampled_from(State),
    valid_from=moments,
    valid_until=moments,
)


def test_a_table_has_a_column_for_each_key_and_what_is_not_said_is_empty() -> None:
    entry = Entry(
        id="a",
        question="How?",
        alternates=("so", "thus"),
        tags=("x\ny",),
        context_only=True,
        valid_until=datetime(2026, 1, 1, tzinfo=UTC),
    )
    header, row = csv.reader(io.StringIO("".join(table.write([entry])), newline=""))
    assert header == list(jsonl.KEYS)
    assert {key: cell for key, cell in zip(header, row, strict=True) if cell} == {
        "id": "a",
        "question": "How?",
        "alternates": "so\nthus",
        "tags": '["x\\ny"]',
        "context_only": "true",
        "valid_until": "2026-01-01T00:00:00+00:00",
    }


@given(st.lists(entries, min_size=1, max_size=3, unique_by=lambda entry: entry.id))
def test_what_is_written_reads_the_same(some: list[Entry]) -> None:
    text = "\ufeff" + "".join(table.write(some))
    reading = tables.read(Source(name="all.csv", data=text.encode()), Options())
    assert reading.findings == ()
    read = {entry.id: entry for page in reading.pages for entry in page.entries}
    assert read == {entry.id: entry for entry in some}
