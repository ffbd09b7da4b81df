"""What is masked is told of in examples; that nothing slips through, in properties."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa import masking
from qa.masking import masked

SEPARATORS = " .-/\\()[]{}_+–—·\u00a0\u2009\u200b\u202f\t\n"


@pytest.mark.parametrize(
    "address",
    [
        "jane.doe@example.org",
        "JANE+faq@mail.example.co.uk",
        "jane@localhost",
        "jänë@exämple.org",
        "jane＠example．org",
        "jane @ example.org",
        "jane@ example.org",
        "jane (at) example.org",
        "jane [at] example [dot] org",
        "jane(AT)example(DOT)org",
        "jane { at } example { dot } org",
        "jane <at> example <dot> org",
        "jane(@)example(.)org",
        "jane at example dot org",
        "jane dot doe at mail dot example dot org",
        "jane.doe (at) example punkt org",
        "jane (ät) example (punkt) de",
        "jane arroba example punto es",
    ],
)
def test_an_address_is_masked_as_a_whole(address: str) -> None:
    assert masked(f"Write to {address} please") == "Write to [e-mail] please"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(jane@example.org)", "([e-mail])"),
        ("Is it jane@example.org?", "Is it [e-mail]?"),
        ("mailto:jane@example.org.", "mailto:[e-mail]."),
        ("a@example.org, b@example.org", "[e-mail], [e-mail]"),
        ("a@b@c@d", "[e-mail]"),
        ("My mail is jane@example.org. Thanks", "My mail is [e-mail]. Thanks"),
    ],
)
def test_what_stands_around_an_address_stays(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 1234567",
        "+1-555-123-4567",
        "(555) 123-4567",
        "555.123.4567",
        "0049 (0)30 / 123 45 67",
        "030/1234567",
        "+44\u00a020\u202f7946\u00a00958",
        "０３０１２３４５６７",  # full width
        "+٤٩ ٣٠ ١٢٣٤٥٦٧",  # Arabic-Indic
        "0\u200b30\u200b1234567",
        "0️⃣3️⃣0️⃣1️⃣2️⃣3️⃣4️⃣5️⃣",  # keycaps
    ],
)
def test_a_telephone_number_is_masked(number: str) -> None:
    assert masked(f"Call {number}, please") == "Call [phone], please"


@pytest.mark.parametrize(
    "number",
    ["4111 1111 1111 1111", "4111111111111111", "5500-0000-0000-0004", "3714 496353 98431"],
)
def test_a_card_number_is_masked(number: str) -> None:
    assert masked(f"my card {number} was refused") == "my card [card] was refused"


def test_what_fails_the_cards_check_is_a_number() -> None:
    assert masked("4111 1111 1111 1112") == "[number]"


@pytest.mark.parametrize(
    "account",
    [
        "DE89 3704 0044 0532 0130 00",
        "de89370400440532013000",
        "GB82 WEST 1234 5698 7654 32",
        "GB82-WEST-1234-5698-7654-32",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
        "NO93 8601 1117 947",
    ],
)
def test_an_account_is_masked_and_the_words_after_it_stay(account: str) -> None:
    assert masked(f"from {account} to yours") == "from [account] to yours"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order 12345678", "order [number]"),
        ("order 1,234,567", "order [number]"),
        ("ORD-12345678-X", "ORD-[number]-X"),
        ("key A1B2C3D4E5F6G7", "key [number]"),
        ("born 12.3.1984", "born [number]"),
        ("一三八零零一三八零零零", "[number]"),
        ("(1234567)", "([number])"),
    ],
)
def test_other_long_numbers_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Is it open in 2024, 2025 and 2026?",
        "since 1998",
        "between 9:00 and 17:30",
        "open 10:00-18:00?",
        "Does it cost 1,299.00 € or $ 12.50?",
        "two @ 3.50",
        "section 4.2.1, page 128",
        "10 to 14 days",
        "Is the shop at example.org open?",
        "At this point, who is at the door?",
        "Who is @example?",
        "zip 10115",
        "COVID-19 and H1N1",
        "你好，一共二十三个",
        "",
    ],
)
def test_what_names_nobody_stays_word_for_word(text: str) -> None:
    assert masked(text) == unicodedata.normalize("NFKC", text)


TEXTS = st.text(
    st.one_of(
        st.sampled_from("0123456789٣９²①" + SEPARATORS),
        st.sampled_from("abz@,;:!?DEé中一<>'\""),
        st.characters(),
    ),
    max_size=120,
)
PIECES = st.lists(
    st.sampled_from(
        [
            "a",
            "b c",
            "@",
            " at ",
            "(at)",
            " dot ",
            "(dot)",
            ".",
            "DE89",
            "3704 0044 0532 0130 00",
            "0",
            "12",
            " ",
            "-",
            "(",
            ")",
            "[e-mail]",
            "[number]",
            "\n",
            "x@y",
            "GB82 WEST",
        ]
    ),
    max_size=25,
).map("".join)


@given(st.one_of(TEXTS, PIECES))
@example("a(at)b(at)c")
def test_masked_again_it_stays_what_it_is(text: str) -> None:
    once = masked(text)
    assert masked(once) == once


@given(
    TEXTS,
    st.lists(
        st.tuples(st.sampled_from("0123456789٣９"), st.text(SEPARATORS, max_size=4)), min_size=7
    ),
    TEXTS,
)
def test_no_seven_digits_with_separators_survive(
    before: str, digits: list[tuple[str, str]], after: str
) -> None:
    text = before + "".join(digit + separator for digit, separator in digits) + after
    between = re.escape(SEPARATORS)
    assert not re.search(rf"\d(?:[{between}]*\d){{6}}", masked(text))


@given(
    st.from_regex(r"[a-z0-9._%+-]{1,20}[a-z0-9]", fullmatch=True),
    st.from_regex(r"[a-z0-9-]{1,20}\.[a-z]{2,6}", fullmatch=True),
    st.sampled_from(["@", " @ ", "(at)", " [at] ", " <AT> "]),
)
def test_no_address_survives(name: str, host: str, at: str) -> None:
    assert host not in masked(f"Write to {name}{at}{host} or call")


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "1(",
        "1,",
        "a",
        "a.",
        "a@",
        "@",
        "a@ ",
        "(at)",
        " at ",
        " at a dot ",
        "a dot ",
        "(",
        "+",
        "<",
        " ",
        "-",
        "a1",
        "1a",
        "a-",
        "DE89",
        "DE89 ",
        "[at",
        "[ ( ",
        "́",
        "(1",
    ],
)
def test_a_longer_text_takes_as_many_times_longer(unit: str) -> None:
    """What goes back and forth would take ten minutes at each. No time is asserted."""
    masked((unit * 400_000)[:400_000])


def test_the_words_are_those_that_are_documented() -> None:
    words = {masking.EMAIL, masking.PHONE, masking.CARD, masking.ACCOUNT, masking.NUMBER}
    assert words == {"[e-mail]", "[phone]", "[card]", "[account]", "[number]"}
