from pydoc_data.topics import topics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from index.lexical import Grams
from index.text import normalise, one_line, passages, plain, words

LONG = "ab " * 700
ODD_TEXTS = {
    "empty": "",
    "one letter": "a",
    "punctuation only": "?!… --",
    "spaces": " \t\n\u00a0 ",
    "emoji": "👩‍👩‍👧 party 🎉🎉",
    "not latin": "営業時間 часы работы",
    "2,000 characters": LONG[:2000],
    "one word of 2,000": "x" * 2000,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("When are you OPEN?", ["when", "are", "you", "open"]),
        ("Straße", ["strasse"]),
        ("don’t won't", ["dont", "wont"]),
        ("C++ or C#?", ["c++", "or", "c#"]),
        ("5% of 10€", ["5%", "of", "10€"]),
        ("e-mail/fax", ["e", "mail", "fax"]),
        ("ﬁve ①", ["five", "1"]),
        ("cafe\u0301", ["caf\u00e9"]),
        ("हिन्दी", ["हिन्दी"]),
        ("🎉 party", ["🎉", "party"]),
        ("?!…", []),
        ("", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_words_are_what_a_reader_would_call_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("How do I pay?", "  how DO i  pay", True),
        ("Whats new", "What’s new?", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("C", "C++", False),
        ("resume", "résumé", False),
    ],
)
def test_wordings_that_differ_in_case_marks_and_spaces_only_count_as_the_same(
    one: str, other: str, same: bool
) -> None:
    assert (normalise(one) == normalise(other)) is same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo", "one two"),
        ("  a \r\n\r\n b\u2028c ", "a b c"),
        ("C++  and  (C#)!", "C++  and  (C#)!"),
        ("", ""),
    ],
)
def test_a_text_on_one_line_keeps_its_words(text: str, expected: str) -> None:
    assert one_line(text) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("Open **9 to 17**, *always*.", "Open 9 to 17, always."),
        ("See [the map](https://example.org/map).", "See the map."),
        ("![The north gate](gate.png)", "The north gate"),
        ("Run `qa index`:\n\n```sh\nqa serve\n```", "Run qa index: qa serve"),
        ("- one\n- two\n\n1. three", "one two three"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("one  \ntwo\nthree", "one two three"),
        ("5 &lt; 6 \\* 2", "5 < 6 * 2"),
        ("<b>loud</b> <!-- not this -->", "loud"),
        ("<div>block <b>5 &lt; 6</b></div>\n\ntext", "block 5 < 6 text"),
        ("<!-- nor this -->\n\ntext", "text"),
        ("", ""),
    ],
)
def test_plain_text_is_what_a_reader_of_the_page_sees(markdown: str, expected: str) -> None:
    assert plain(markdown) == expected


SHORT = "It is so. " * 14  # 42 words
SENTENCE = f"One {'very ' * 68}long sentence."  # 71 words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("It is so.", ["It is so."]),
        ("no end", ["no end"]),
        ("One. Two! Three? Four…", ["One. Two! Three? Four…"]),
        # 42 and 18 words are 60; with one more it is another passage.
        (SHORT + "a " * 17 + "b. End.", [SHORT + "a " * 17 + "b.", "End."]),
        (SHORT + "a " * 18 + "b. End.", [SHORT.strip(), "a " * 18 + "b. End."]),
        (SENTENCE, [SENTENCE]),
        (f"{SENTENCE} Yes. No.", [SENTENCE, "Yes. No."]),
        (f"Yes. {SENTENCE} No.", ["Yes.", SENTENCE, "No."]),
        (SENTENCE + " " + SENTENCE, [SENTENCE, SENTENCE]),
        # A full stop within a word ends nothing.
        (
            f"{SHORT}Version 3.5{' is' * 17} at example.org.",
            [SHORT.strip(), f"Version 3.5{' is' * 17} at example.org."],
        ),
        # Without spaces a sentence is a word; a space after the full stop is not doubled.
        ("九時から。日曜は休み！駅前？はい", ["九時から。 日曜は休み！ 駅前？ はい"]),
        ("一。 二。", ["一。 二。"]),
        ("一。" * 61, [" ".join(["一。"] * 60), "一。"]),
        (f"{SHORT}{'一 ' * 19}。 二。", [SHORT.strip(), f"{'一 ' * 19}。 二。"]),
    ],
    ids=[
        "empty",
        "one",
        "unended",
        "four ends",
        "sixty",
        "sixty-one",
        "long",
        "long first",
        "long amid",
        "two long",
        "stops in words",
        "japanese",
        "japanese spaced",
        "sixty of one",
        "cut before a full-width stop",
    ],
)
def test_passages_are_runs_of_whole_sentences_of_up_to_sixty_words(
    text: str, expected: list[str]
) -> None:
    assert passages(text) == expected


SENTENCES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["so", "it’s", "3.5", "A.", "営業", "🎉", "(e.g."]), max_size=80),
        st.sampled_from([". ", "! ", "? ", "… ", "。", "！", "？ ", " ", ""]),
    ),
    max_size=8,
)


@given(SENTENCES | st.text(max_size=300))
def test_passages_hold_all_of_a_text_and_none_is_empty_or_long_but_for_one_sentence(
    drawn: list[tuple[list[str], str]] | str,
) -> None:
    made = drawn if isinstance(drawn, str) else "".join(" ".join(w) + end for w, end in drawn)
    text = " ".join(made.split())  # as `plain` gives it
    found = passages(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    if not set("。！？") & set(text):
        assert " ".join(found) == text
    for passage in found:
        assert passage == " ".join(passage.split()) != ""
        assert len(passage.split()) <= 60 or passages(passage) == [passage]
        if len(passage.split()) > 60:
            # One sentence: no end of one within it.
            assert not any(f"{end} " in passage[:-1] for end in ".!?…。！？")
            assert not set("。！？") & set(passage[:-1])


def scikit_ngrams(text: str) -> list[str]:
    """The same n-grams as strings, cut by scikit-learn."""
    cut = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    return list(cut.build_analyzer()(normalise(text)))


def test_ngrams_of_a_short_text_are_those_counted_by_hand() -> None:
    # " ab " and " c ": three of three characters (" ab", "ab ", " c "), one of four.
    assert sorted(scikit_ngrams("ab c")) == sorted([" ab", "ab ", " ab ", " c "])
    assert Grams.of("ab c").counts.tolist() == [1] * 4
    assert Grams.of("ab c", (4, 4)).counts.tolist() == [1]


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_every_text_has_as_many_ngrams_of_each_kind_as_scikit_learn_finds(text: str) -> None:
    expected = sorted(np.unique(scikit_ngrams(text), return_counts=True)[1])
    grams = Grams.of(text)
    assert sorted(grams.counts) == expected
    assert (grams.hashes[1:] > grams.hashes[:-1]).all()


def test_ngrams_do_not_depend_on_the_words_around_a_word() -> None:
    alone = set(Grams.of("parking").hashes)
    together = set(Grams.of("free parking here").hashes)
    assert alone < together


def test_no_two_ngrams_of_a_real_vocabulary_share_a_hash() -> None:
    """The vocabulary is that of the Python reference manual."""
    text = " ".join(sorted({word for topic in topics.values() for word in words(topic)}))
    ngrams = set(scikit_ngrams(text))
    assert len(ngrams) > 10_000
    assert len(Grams.of(text).hashes) == len(ngrams)
