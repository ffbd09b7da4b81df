from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry
from qa.merging import Change, Outcome, base_of, merge, mirror, recognised

BASE = Entry(id="a", question="How?", answer="So.", alternates=("x", "y"), tags=("t",), page="faq")


def merged(base: Entry | None, mine: Entry | None, theirs: Entry) -> Change:
    before = {"a": base} if base else {}
    (change,) = merge(before, {"a": mine} if mine else {}, [theirs], before)
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
    theirs = changed(answer="Thus.", url="https://x.example")
    change = merged(BASE, mine, theirs)
    kept = replace(mine, url="https://x.example")
    assert change == Change(Outcome.CONFLICT, kept, ("answer",), theirs)


def test_the_same_change_on_both_sides_is_none() -> None:
    both = changed(answer="Thus.")
    assert merged(BASE, both, both) == Change(Outcome.UNCHANGED, both)


def test_without_a_base_every_difference_is_the_persons() -> None:
    mine = changed(answer="Like this.")
    assert merged(None, mine, BASE) == Change(Outcome.CONFLICT, mine, ("answer",), BASE)


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
    before = {"a": BASE}
    assert merge(before, {"a": BASE}, [], before) == [Change(Outcome.VANISHED, BASE)]
    assert merge(before, {}, [], before) == []
    assert merge(before, {"a": BASE}, [], {}) == []  # another source's


def test_a_mirror_takes_the_source_for_right_and_leaves_what_was_never_its() -> None:
    edited, own = changed(answer="Mine."), replace(BASE, id="own")
    gone = replace(BASE, id="gone", page="moved")
    mine = {entry.id: entry for entry in (edited, own, gone)}
    new, before = replace(BASE, id="new"), {"a": BASE, "gone": gone}
    assert mirror(before, mine, [BASE, new], before) == [
        Change(Outcome.UPDATED, BASE),
        Change(Outcome.NEW, new),
        Change(Outcome.REMOVED, gone),
    ]


def test_an_entry_that_was_moved_or_put_otherwise_is_known_by_its_answer_or_question() -> None:
    moved = replace(BASE, id="p.how", page="p")
    reworded = replace(BASE, id="faq.in-what-way", question="In what way?")
    corrected = replace(BASE, id="p.how", page="p", answer="Like this.")
    for mine in (moved, reworded, corrected):
        assert recognised({"a": BASE}, {mine.id: mine}, []) == {"a": mine}
    other = replace(BASE, id="other", question="Why?", answer="Because.")
    assert recognised({"a": BASE}, {"other": other}, []) == {"other": other}


def test_of_two_that_it_could_be_it_is_neither() -> None:
    two = {id_: replace(BASE, id=id_) for id_ in ("x", "y")}
    assert recognised({"a": BASE}, two, []) == two


def test_what_is_the_same_as_any_source_gave_nobody_edited() -> None:
    newer = changed(answer="Newer.")
    assert base_of([BASE, newer], {"a": BASE}) == {"a": BASE}
    assert base_of([BASE, newer], {"a": newer}) == {"a": newer}
    assert base_of([BASE, newer], {"a": changed(answer="Mine.")}) == {"a": newer}
    assert base_of([BASE, newer], {}) == {"a": newer}


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
