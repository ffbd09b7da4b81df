from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry
from qa.merging import Change, Outcome, merge, mirror

BASE = Entry(id="a", question="How?", answer="So.", alternates=("x", "y"), tags=("t",), page="faq")


def merged(base: Entry | None, mine: Entry | None, theirs: Entry) -> Change:
    (change,) = merge(
        {"a": base} if base else {}, {"a": mine} if mine else {}, [theirs] if theirs else []
    )
    return change


def changed(**fields: object) -> Entry:
    return replace(BASE, **fields)  # type: ignore[arg-type]


def test_what_only_the_source_changed_is_taken() -> None:
    theirs = changed(answer="Thus.", question="How so?")
    assert merged(BASE, BASE, theirs) == Change(Outcome.UPDATED, theirs)


def test_what_only_a_person_changed_stays() -> None:
    mine = changed(answer="Like this.")
    assert merged(BASE, mine, BASE) == Change(Outcome.EDITED, mine)


def test_changes_to_different_fields_are_both_kept() -> None:
    change = merged(BASE, changed(question="How so?"), changed(answer="Thus."))
    assert change == Change(Outcome.UPDATED, changed(question="How so?", answer="Thus."))


def test_of_changes_to_the_same_field_the_persons_stays_and_is_named() -> None:
    mine = changed(answer="Like this.")
    change = merged(BASE, mine, changed(answer="Thus.", url="https://x.example"))
    assert change == Change(Outcome.CONFLICT, replace(mine, url="https://x.example"), ("answer",))


def test_the_same_change_on_both_sides_is_none() -> None:
    both = changed(answer="Thus.")
    assert merged(BASE, both, both) == Change(Outcome.UNCHANGED, both)


def test_without_a_base_every_difference_is_the_persons() -> None:
    mine = changed(answer="Like this.")
    assert merged(None, mine, BASE) == Change(Outcome.CONFLICT, mine, ("answer",))


def test_lists_are_merged_item_by_item() -> None:
    mine, theirs = changed(alternates=("mine", "x", "y")), changed(alternates=("y", "theirs"))
    assert merged(BASE, mine, theirs) == Change(
        Outcome.UPDATED, changed(alternates=("mine", "y", "theirs"))
    )


def test_an_entry_stays_on_the_page_that_a_person_moved_it_to() -> None:
    moved = changed(page="elsewhere")
    assert merged(BASE, moved, BASE) == Change(Outcome.UNCHANGED, moved)
    theirs = changed(answer="Thus.")
    assert merged(BASE, moved, theirs) == Change(Outcome.UPDATED, replace(theirs, page="elsewhere"))


def test_what_a_person_deleted_stays_out_and_what_is_new_comes_in() -> None:
    assert merged(BASE, None, BASE).outcome is Outcome.DELETED
    assert merged(None, None, BASE) == Change(Outcome.NEW, BASE)


def test_what_vanished_from_the_source_is_reported_while_it_is_there() -> None:
    assert merge({"a": BASE}, {"a": BASE}, []) == [Change(Outcome.VANISHED, BASE)]
    assert merge({"a": BASE}, {}, []) == []


def test_a_mirror_takes_the_source_for_right_in_everything() -> None:
    edited, own = changed(answer="Mine."), replace(BASE, id="own")
    elsewhere, gone = replace(BASE, id="else", page="else"), replace(BASE, id="gone", page="moved")
    mine = {entry.id: entry for entry in (edited, own, elsewhere, gone)}
    new = replace(BASE, id="new")
    assert mirror({"a": BASE, "gone": gone}, mine, [BASE, new]) == [
        Change(Outcome.UPDATED, BASE),
        Change(Outcome.NEW, new),
        Change(Outcome.REMOVED, own),
        Change(Outcome.REMOVED, gone),
    ]


texts = st.sampled_from(["one", "two", "three"])
lists = st.lists(st.sampled_from("xyz"), max_size=3, unique=True).map(tuple)
versions = st.builds(
    Entry, id=st.just("a"), question=texts, answer=texts, alternates=lists, page=st.just("p")
)


@given(st.none() | versions, versions, versions)
def test_importing_again_changes_nothing_whatever_was_there(
    base: Entry | None, mine: Entry, theirs: Entry
) -> None:
    once = merged(base, mine, theirs)
    again = merged(theirs, once.entry, theirs)
    assert again.entry == once.entry
    assert again.outcome in {Outcome.UNCHANGED, Outcome.EDITED}


@given(versions, versions)
def test_whoever_alone_changed_something_is_followed(base: Entry, other: Entry) -> None:
    assert set(merged(base, base, other).entry.alternates) == set(other.alternates)
    assert merged(base, base, other).entry.answer == other.answer
    assert merged(base, other, base).entry == other


@pytest.mark.parametrize("name", ["question", "answer", "url", "language"])
def test_a_conflict_names_each_field(name: str) -> None:
    change = merged(BASE, changed(**{name: "mine"}), changed(**{name: "theirs"}))
    assert (change.outcome, change.fields) == (Outcome.CONFLICT, (name,))
