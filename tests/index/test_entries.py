from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from index.entries import Entries, EntryTable, id_lookup, scope_lookup
from index.entry import Entry, State
from index.formats import jsonl
from index.lookup import Lookup, text_hash

BEGINS, ENDS = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
STORED = (
    Entry(id="plain", question="Zürich?", answer="Line\n\nline 🎉", page="visit", tags=("a", "b")),
    Entry(id="draft", question="Soon?", page="visit", state=State.DRAFT, valid_from=BEGINS),
    Entry(id="season", question="Now?", page="shop", valid_from=BEGINS, valid_until=ENDS),
    Entry(id="until", alternates=("x", "y"), page="shop", tags=("a", "shop"), valid_until=BEGINS),
    Entry(id="from", answer="Yes.", page="a", url="https://example.org/", valid_from=ENDS),
)


def entries_of(entries: Sequence[Entry], ids: Lookup | None = None) -> Entries:
    lines = [f"{line}\n".encode() for line in jsonl.write(entries)]
    table = EntryTable.of(entries, [len(line) for line in lines])
    return Entries(b"".join(lines), table, ids or id_lookup(entries), scope_lookup(entries))


@pytest.fixture
def entries() -> Entries:
    return entries_of(STORED)


def test_they_are_a_sequence_of_what_was_stored(entries: Entries) -> None:
    assert tuple(entries) == STORED
    assert [entries[number] for number in range(len(entries))] == list(STORED)
    assert entries[np.int64(2)] == STORED[2]
    assert (entries[-1], entries[-5]) == (STORED[4], STORED[0])
    assert tuple(entries[1:4:2]) == STORED[1:4:2]
    assert STORED[3] in entries
    assert entries.index(STORED[3]) == 3


@pytest.mark.parametrize("number", [5, -6])
def test_there_are_no_more_than_there_are(entries: Entries, number: int) -> None:
    with pytest.raises(IndexError):
        entries[number]


def test_an_entry_is_found_by_its_id(entries: Entries) -> None:
    assert [entries.number_of(entry.id) for entry in STORED] == [0, 1, 2, 3, 4]
    assert [entries.id_of_hash(text_hash(entry.id)) for entry in STORED] == [
        entry.id for entry in STORED
    ]
    for unknown in ("", "Plain", "plain ", "none", "\ud800"):
        assert entries.number_of(unknown) is None
        assert entries.id_of_hash(text_hash(unknown)) is None


def test_an_id_whose_hash_leads_to_another_entry_too_is_still_told_apart() -> None:
    hashes = np.array([text_hash("season")] * 2, np.uint64)
    entries = entries_of(STORED, Lookup(hashes, np.array([0, 2], np.int32)))
    assert entries.number_of("season") == 2


@pytest.mark.parametrize(
    "at",
    [BEGINS - MOMENT, BEGINS, ENDS - MOMENT, ENDS, BEGINS, datetime.max.replace(tzinfo=UTC)],
    ids=["before", "first", "last", "after", "before-again", "for-ever"],
)
def test_each_is_shown_at_its_time_whatever_was_asked_before(
    entries: Entries, at: datetime
) -> None:
    for moment in (ENDS, at, BEGINS, at):
        shown = entries.shown(moment)
        assert shown is not None
        assert shown.tolist() == [entry.is_shown(moment) for entry in STORED]


def test_by_hand_these_are_shown_in_march(entries: Entries) -> None:
    shown = entries.shown(datetime(2026, 3, 15, tzinfo=UTC))
    assert shown is not None
    assert shown.tolist() == [True, False, True, False, False]


def test_between_two_turns_nothing_is_computed_anew(entries: Entries) -> None:
    assert entries.shown(BEGINS) is entries.shown(ENDS - MOMENT)
    assert entries.shown(BEGINS) is not entries.shown(ENDS)


@pytest.mark.parametrize("hours", [-14, 14])
def test_an_entry_may_begin_or_end_where_time_does_in_its_zone(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    first, last = datetime.min.replace(tzinfo=zone), datetime.max.replace(tzinfo=zone)
    stored = replace(STORED[0], valid_from=first, valid_until=last), STORED[2]
    entries = entries_of(stored)
    for moment in (BEGINS, last, first, last - MOMENT, ENDS, first):
        shown = entries.shown(moment)
        assert [entry.is_shown(moment) for entry in stored] == (
            [True, True] if shown is None else shown.tolist()
        )


def test_where_all_are_shown_there_is_no_mask() -> None:
    entries = entries_of([STORED[0], STORED[4]])
    assert entries.shown(ENDS) is None
    assert entries.shown(BEGINS) is not None
    assert entries.admitted(ENDS) is None
    assert list(entries.numbers(ENDS)) == [0, 1]


@pytest.mark.parametrize(
    ("page", "tags", "numbers"),
    [
        ("visit", (), [0, 1]),
        ("", ("a",), [0, 3]),
        ("", ("a", "b"), [0]),
        ("", ("b", "b"), [0]),
        ("shop", ("a",), [3]),
        ("a", (), [4]),
        ("", ("shop",), [3]),
        ("visit", ("shop",), []),
        ("none", (), []),
        ("", ("A",), []),
        ("\ud800", (), []),
    ],
)
def test_within_a_page_and_tags_are_those_that_have_them_all(
    entries: Entries, page: str, tags: tuple[str, ...], numbers: list[int]
) -> None:
    within = entries.within(page, tags)
    assert within is not None
    assert np.flatnonzero(within).tolist() == numbers
    shown = [number for number in numbers if STORED[number].is_shown(BEGINS)]
    assert list(entries.numbers(BEGINS, page, tags)) == shown


def test_without_page_and_tags_all_are_within(entries: Entries) -> None:
    assert entries.within() is None
    assert list(entries.numbers(BEGINS)) == [0, 2]


def test_a_mask_that_is_kept_cannot_be_written_to(entries: Entries) -> None:
    for mask in (entries.shown(BEGINS), entries.within("visit")):
        assert mask is not None
        with pytest.raises(ValueError, match="read-only"):
            mask[0] = False


def test_more_entries_than_are_kept_ready_are_all_there() -> None:
    many = [replace(STORED[0], id=f"e{number}") for number in range(3000)]
    entries = entries_of(many)
    assert [entries[number].id for number in range(3000)] == [entry.id for entry in many]
    assert [entries.number_of(entry.id) for entry in many] == list(range(3000))
