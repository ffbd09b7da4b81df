from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from index.lookup import text_hash
from qa.askings import LIFETIME, Asking, Askings

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRIES = ["hours", "parking", "reverted_card_payment?", "x" * 200]

# Made outside, with struct, hashlib and base64 from what the module's first lines say: it ends on
# 2 March 2026 at 12:00 UTC, its random number is 1 to 8, its entry is "hours".
KNOWN = "aaV7wAECAwQFBgcIQEMUsfS9j6Kv2xVRlFRFkMhHwl9TP_hn"


def known(entries: Iterable[str]) -> Callable[[int], str | None]:
    return {text_hash(entry): entry for entry in entries}.get


@pytest.fixture
def askings() -> Askings:
    return Askings(KEY, known(ENTRIES))


@pytest.mark.parametrize("entry", ["", *ENTRIES])
def test_an_id_leads_back_to_its_entry(askings: Askings, entry: str) -> None:
    asking = askings.read(askings.id_of(entry, NOW), NOW)
    assert asking is not None
    assert (asking.entry, asking.ends) == (entry, NOW + timedelta(days=1))


def test_an_id_is_made_as_it_is_described(askings: Askings) -> None:
    token = bytes.fromhex("69a57bc0") + bytes(range(1, 9))
    assert askings.read(KNOWN, NOW) == Asking(token, "hours", NOW + LIFETIME)


def test_an_id_is_48_characters_that_need_no_escaping(askings: Askings) -> None:
    safe = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    for entry in ["", *ENTRIES]:
        id_ = askings.id_of(entry, NOW)
        assert len(id_) == 48
        assert set(id_) <= safe


def test_no_two_askings_are_alike(askings: Askings) -> None:
    ids = [askings.id_of("hours", NOW) for _ in range(1000)]
    tokens = {asking.token for id_ in ids if (asking := askings.read(id_, NOW))}
    assert len(set(ids)) == len(tokens) == 1000


def test_another_process_with_the_key_knows_the_id(askings: Askings) -> None:
    id_ = askings.id_of("hours", NOW)
    assert Askings(KEY, known(reversed(ENTRIES))).read(id_, NOW) == askings.read(id_, NOW)


def test_an_id_made_with_another_key_is_not_known(askings: Askings) -> None:
    assert Askings(bytes(32), known(ENTRIES)).read(askings.id_of("hours", NOW), NOW) is None


def test_an_id_is_known_for_a_day(askings: Askings) -> None:
    id_ = askings.id_of("hours", NOW)
    assert askings.read(id_, NOW + timedelta(days=1, seconds=-1)) is not None
    assert askings.read(id_, NOW + timedelta(days=1)) is None


def test_the_id_of_an_entry_that_is_gone_is_not_known(askings: Askings) -> None:
    assert Askings(KEY, known(["parking"])).read(askings.id_of("hours", NOW), NOW) is None


def test_no_character_of_an_id_can_be_changed(askings: Askings) -> None:
    id_ = askings.id_of("hours", NOW)
    for place, character in enumerate(id_):
        changed = id_[:place] + ("A" if character != "A" else "B") + id_[place + 1 :]
        assert askings.read(changed, NOW) is None


@pytest.mark.parametrize(
    "id_", ["", "x", "A" * 48, "A" * 47, "A" * 49, "é" * 48, "\ud800", "0" * 32]
)
def test_what_was_never_given_out_is_not_known(askings: Askings, id_: str) -> None:
    assert askings.read(id_, NOW) is None


@pytest.mark.parametrize("form", ["{}\n", " {}", "{}=", "{}AAAA", "{}!"])
def test_an_id_has_one_way_to_be_written(askings: Askings, form: str) -> None:
    assert askings.read(form.format(askings.id_of("hours", NOW)), NOW) is None
