import re
from collections.abc import Sequence

import numpy as np
import pytest

from index.entry import Entry
from index.lookup import Lookup, text_hash
from index.text import normalise
from index.wordings import Wordings, wordings_of
from tests.conftest import ENTRIES

LONG = "what are the signs and the symptoms of the disease that is called "
ENTRY_OF = (
    Entry(
        id="pay", question="Pay by card?", alternates=("Cards, and card payment", "PAY by  card!")
    ),
    Entry(id="wordless", answer="Cards."),
    Entry(id="blank", question="?!", alternates=("Can I pay by card",)),
    Entry(id="odd", question="Zürich: Ünï 🎉 C++", alternates=("pay by card", "paying")),
    *(Entry(id=f"l{n}", question=f"{LONG}{letters}?") for n, letters in enumerate("cab")),
)
PHRASINGS = [(n, text) for n, entry in enumerate(ENTRY_OF) for text in entry.phrasings]
FORMS = [normalise(text) for _, text in PHRASINGS]


def made_of(entries: Sequence[Entry]) -> Wordings:
    return Wordings(*wordings_of(entries))


@pytest.fixture
def wordings() -> Wordings:
    return made_of(ENTRY_OF)


def test_each_is_there_in_its_normalised_form_with_its_entry(wordings: Wordings) -> None:
    assert [wordings[row] for row in range(len(wordings))] == FORMS
    assert wordings.entry.tolist() == [number for number, _ in PHRASINGS]


@pytest.mark.parametrize(
    ("form", "claimants"),
    [
        ("pay by card", [0, 3]),
        ("zürich ünï 🎉 c++", [3]),
        (normalise(f"{LONG}a"), [5]),
        ("pay by", []),
        ("card", []),
        ("", []),
        ("\ud800", []),
    ],
)
def test_those_that_claim_words_are_found_once_each(
    wordings: Wordings, form: str, claimants: list[int]
) -> None:
    assert wordings.claimants(form) == claimants


def test_a_wording_of_the_same_hash_claims_nothing() -> None:
    text, table, _ = wordings_of(ENTRY_OF)
    hashes = np.array([text_hash("pay by card")] * 3, np.uint64)
    # The second of these rows says something else.
    wordings = Wordings(text, table, Lookup(hashes, np.array([0, 1, 6], np.int32)))
    assert wordings.claimants("pay by card") == [0, 3]


STARTS = [
    "p",
    "pay",
    "pay b",
    "card",
    "cards",
    "c",
    "c+",
    "zür",
    "ün",
    "🎉",
    "by card",
    "can i pay by",
]
LONG_STARTS = [LONG.strip(), f"{LONG}c", f"{LONG}d", LONG[9:], "x", "ay", "card payment again"]


@pytest.mark.parametrize("form", [normalise(start) for start in STARTS + LONG_STARTS])
def test_what_begins_so_and_what_holds_it_is_found_and_nothing_else(
    wordings: Wordings, form: str
) -> None:
    begins = [row for row, text in enumerate(FORMS) if text.startswith(form)]
    assert sorted(wordings.beginning(form).tolist()) == begins
    often = [
        row
        for row, text in enumerate(FORMS)
        for _ in re.findall(f"(?= {re.escape(form)})", f" {text}")
    ]
    assert sorted(wordings.holding(form).tolist()) == often


def test_they_come_in_the_order_of_what_follows(wordings: Wordings) -> None:
    # By hand: the ends of lines first, then a space, then letters.
    assert [wordings[row] for row in wordings.beginning("pay")] == [*["pay by card"] * 3, "paying"]
    held = wordings.holding("card").tolist()
    assert {FORMS[row] for row in held[:4]} == {"pay by card", "can i pay by card"}
    assert [FORMS[row] for row in held[4:]] == ["cards and card payment"] * 2


def test_of_many_that_begin_alike_for_long_a_part_is_looked_at(
    wordings: Wordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.wordings._LOOKED_AT", 2)
    assert len(wordings.beginning(normalise(LONG))) == 2
    assert len(wordings.beginning("pay")) == 4


@pytest.mark.parametrize("entries", [(), (ENTRY_OF[1],), (Entry(id="e", question="?"),)])
def test_where_there_are_no_words_nothing_is_found(entries: tuple[Entry, ...]) -> None:
    wordings = made_of(entries)
    assert wordings.claimants("pay") == []
    assert wordings.beginning("pay").tolist() == []
    assert wordings.holding("pay").tolist() == []


def test_every_beginning_of_every_word_of_the_ten_entries_is_found() -> None:
    entries = [Entry(**{k: v for k, v in e.items() if k in {"id", "question"}}) for e in ENTRIES]
    wordings = made_of(entries)
    for row in range(len(wordings)):
        form = wordings[row]
        places = [found.start() for found in re.finditer(r"\b\w", form)]
        for place in places:
            for end in range(place + 1, len(form) + 1):
                assert row in wordings.holding(form[place:end])
