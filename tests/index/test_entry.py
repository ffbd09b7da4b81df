from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import (
    ID_PATTERN,
    SLUG_LENGTH,
    Entry,
    State,
    entry_id,
    parse_state,
    parse_valid_from,
    parse_valid_until,
    slug,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I pay?", "how-do-i-pay"),
        ("  What’s   new?  ", "whats-new"),
        ("Crème brûlée à la carte", "creme-brulee-a-la-carte"),
        ("Straße nach Łódź", "strasse-nach-lodz"),
        ("drug-cooperation", "drug-cooperation"),
        ("C++ & C#", "c-c"),
        ("20 % off", "20-off"),
        ("🎉 Party", "party"),
    ],
)
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_long_texts_that_begin_alike_are_named_apart() -> None:
    start = "how do i connect the new machine in the cellar to the network "
    one, other = slug(start + "by cable"), slug(start + "by radio")
    assert one.startswith("how-do-i-connect-the-new-machine")
    assert one != other
    assert max(len(one), len(other)) <= SLUG_LENGTH


def test_a_text_without_latin_letters_is_named_by_a_hash_that_stays() -> None:
    assert slug("料金はいくらですか") == "3fbf7f2cf7"
    assert slug("Сколько это стоит?") != slug("Где вы находитесь?")
    assert slug("Сколько это стоит?") == slug("  сколько  это стоит?")


def test_what_a_slug_leaves_out_still_tells_two_questions_apart() -> None:
    one, other = slug("Как получить ключ API?"), slug("Где описание API?")
    assert one.startswith("api-")
    assert other.startswith("api-")
    assert one != other


def test_the_way_an_accent_is_encoded_does_not_change_the_name() -> None:
    assert slug("é日") == slug("é日")


def test_an_id_is_made_of_page_and_question() -> None:
    assert entry_id("Opening hours", "When do you open?") == "opening-hours.when-do-you-open"


@given(st.text(), st.text())
def test_every_made_id_is_a_valid_id(page: str, text: str) -> None:
    made = entry_id(page, text)
    assert ID_PATTERN.fullmatch(made)
    assert len(slug(text)) <= SLUG_LENGTH


@pytest.mark.parametrize("text", ["", "a b", "a/b", "é", "a\n", "a" * 201])
def test_not_an_id(text: str) -> None:
    assert not ID_PATTERN.fullmatch(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-01", datetime(2025, 3, 1, tzinfo=UTC)),
        (" 2025-03-01T18:00 ", datetime(2025, 3, 1, 18, tzinfo=UTC)),
        ("2025-03-01T18:00Z", datetime(2025, 3, 1, 18, tzinfo=UTC)),
        ("2025-03-01T18:00+01:00", datetime(2025, 3, 1, 17, tzinfo=UTC)),
    ],
)
def test_valid_from(text: str, expected: datetime) -> None:
    assert parse_valid_from(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-28", datetime(2025, 3, 1, tzinfo=UTC)),
        ("2025-02-28T18:00", datetime(2025, 2, 28, 18, tzinfo=UTC)),
        ("2025-02-28T18:00+01:00", datetime(2025, 2, 28, 17, tzinfo=UTC)),
        ("9999-12-31", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_valid_until(text: str, expected: datetime) -> None:
    assert parse_valid_until(text) == expected


@pytest.mark.parametrize("text", ["", "tomorrow", "2025-02-30", "31.12.2025", "\ud800"])
def test_not_a_date(text: str) -> None:
    for parse in (parse_valid_from, parse_valid_until):
        with pytest.raises(ValueError, match="must be a date such as 2025-12-31"):
            parse(text)


def test_states_are_read_in_any_case() -> None:
    assert parse_state(" Draft ") is State.DRAFT
    with pytest.raises(ValueError, match="must be published, draft or withdrawn"):
        parse_state("hidden")


def test_an_entry_is_shown_from_its_first_moment_to_before_its_last() -> None:
    begins = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    entry = Entry(id="a", question="Q", valid_from=begins, valid_until=begins + timedelta(days=1))
    moment = timedelta(microseconds=1)
    assert not entry.is_shown(begins - moment)
    assert entry.is_shown(begins)
    assert entry.is_shown(begins + timedelta(days=1) - moment)
    assert not entry.is_shown(begins + timedelta(days=1))


@pytest.mark.parametrize("state", [State.DRAFT, State.WITHDRAWN])
def test_only_a_published_entry_is_shown(state: State) -> None:
    assert not Entry(id="a", question="Q", state=state).is_shown(datetime.now(UTC))


def test_the_place_it_came_from_is_not_content() -> None:
    assert Entry(id="a", source="a.md:3") == Entry(id="a", source="b.md:7")


def test_an_entry_without_question_is_called_by_its_first_words() -> None:
    assert Entry(id="a", answer="One.\nTwo.").title == "One."
    assert Entry(id="a", answer="One.", alternates=("Other?",)).title == "Other?"
    assert Entry(id="a", question="Q?", alternates=("Other?",)).phrasings == ("Q?", "Other?")
