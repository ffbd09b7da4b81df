from pydoc_data.topics import topics

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from index.text import ngram_hashes, normalise, one_line, plain, words

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


def scikit_ngrams(text: str) -> list[str]:
    """The same n-grams as strings, cut by scikit-learn."""
    cut = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    return list(cut.build_analyzer()(normalise(text)))


def test_ngrams_of_a_short_text_are_those_counted_by_hand() -> None:
    # " ab " and " c ": three of three characters (" ab", "ab ", " c "), one of four.
    assert sorted(scikit_ngrams("ab c")) == sorted([" ab", "ab ", " ab ", " c "])
    assert len(ngram_hashes("ab c", range(3, 6))) == 4
    assert len(ngram_hashes("ab c", range(4, 5))) == 1


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_every_text_has_as_many_ngrams_of_each_kind_as_scikit_learn_finds(text: str) -> None:
    expected = sorted(np.unique(scikit_ngrams(text), return_counts=True)[1])
    assert sorted(np.unique(ngram_hashes(text, range(3, 6)), return_counts=True)[1]) == expected


def test_ngrams_do_not_depend_on_the_words_around_a_word() -> None:
    alone = set(ngram_hashes("parking", range(3, 6)))
    together = set(ngram_hashes("free parking here", range(3, 6)))
    assert alone < together


def test_no_two_ngrams_of_a_real_vocabulary_share_a_hash() -> None:
    """The vocabulary is that of the Python reference manual."""
    text = " ".join(sorted({word for topic in topics.values() for word in words(topic)}))
    ngrams = set(scikit_ngrams(text))
    assert len(ngrams) > 10_000
    assert len(set(ngram_hashes(text, range(3, 6)))) == len(ngrams)
