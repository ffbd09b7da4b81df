"""Judged against scikit-learn's TfidfVectorizer over the same n-grams, and numbers made by hand."""

from math import log, sqrt
from pydoc_data.topics import topics

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from index.lexical import Grams, LexicalIndex
from index.text import normalise

TEXTS = [
    "When are you open?",
    "opening hours",
    "Where can I park my car? Is there a car park?",
    "",
    "How do I reset my password?",
    "forgotten passwords",
    "¿Dónde está el aparcamiento?",
    "?!…",
    "🎉 party 🎉",
    "open open open",
]
QUERIES = [
    "when do you open",
    "pasword reset",
    "car",
    "zzz qqq",
    "open zzz",
    "",
    "?!",
    "🎉",
    "where can i park my car is there a car park",
    ("how do I " * 300)[:2000],
]
EVERY_ROW = np.arange(len(TEXTS))


def manual() -> list[str]:
    """The lines of the Python reference manual's topic of strings: real texts of every length."""
    return [line.strip() for line in topics["formatstrings"].splitlines() if line.strip()]


def scikit(texts: list[str], queries: list[str]) -> tuple[npt.NDArray[np.float64], TfidfVectorizer]:
    """The cosine of every query and text, (queries, texts); it must know the queries' n-grams."""
    cut = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    ngrams = cut.build_analyzer()

    def analyzer(text: str) -> list[str]:
        return list(ngrams(normalise(text)))

    vocabulary = sorted({ngram for text in [*texts, *queries] for ngram in analyzer(text)})
    vectorizer = TfidfVectorizer(analyzer=analyzer, vocabulary=vocabulary, sublinear_tf=True)
    documents = vectorizer.fit_transform(texts)
    return (vectorizer.transform(queries) @ documents.T).toarray(), vectorizer


def scores(index: LexicalIndex, query: str) -> npt.NDArray[np.float32]:
    return index.scores(index.query(Grams.of(query)), np.arange(len(index)))


@pytest.mark.parametrize(
    ("texts", "queries"), [(TEXTS, QUERIES), (manual(), manual()[::20])], ids=["faq", "manual"]
)
def test_scores_are_the_tfidf_cosines_of_scikit_learn(texts: list[str], queries: list[str]) -> None:
    expected, _ = scikit(texts, queries)
    index = LexicalIndex.fit(texts)
    found = np.array([scores(index, query) for query in queries])
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert expected.max() > 0.9


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text("abc 🎉é", max_size=12), min_size=1, max_size=6),
    st.text("abcd 🎉é", max_size=12),
)
def test_any_texts_and_any_query_score_as_in_scikit_learn(texts: list[str], query: str) -> None:
    if not any(len(normalise(text)) for text in [*texts, query]):
        return  # scikit-learn refuses an empty vocabulary
    expected, _ = scikit(texts, [query])
    np.testing.assert_allclose(scores(LexicalIndex.fit(texts), query), expected[0], atol=2e-6)


def test_rarer_ngrams_weigh_more_by_scikit_learns_idf() -> None:
    _, vectorizer = scikit(TEXTS, TEXTS[:1])
    index = LexicalIndex.fit(TEXTS)
    assert len(index.hashes) == len(vectorizer.idf_)
    np.testing.assert_allclose(np.sort(index.idf), np.sort(vectorizer.idf_), rtol=1e-6)


def test_search_finds_the_best_texts_in_scikit_learns_order() -> None:
    texts = manual()
    queries = texts[::20]
    expected, _ = scikit(texts, queries)
    index = LexicalIndex.fit(texts)
    for query, cosines in zip(queries, expected, strict=True):
        rows = index.search(index.query(Grams.of(query)), 10)
        best = np.sort(cosines)[::-1][:10]
        np.testing.assert_allclose(cosines[rows], best, atol=2e-6)


def test_equal_texts_are_found_in_their_order_and_unlike_ones_never() -> None:
    index = LexicalIndex.fit(["refund", "parking", "refund", "hours", "refund"])
    query = index.query(Grams.of("refund"))
    assert index.search(query, 9).tolist() == [0, 2, 4]
    assert index.search(query, 2).tolist() == [0, 2]


def test_scores_and_coverage_of_a_tiny_index_are_those_computed_by_hand() -> None:
    # n-grams: " a " in both texts, " b " in the second only, " c " in neither.
    index = LexicalIndex.fit(["a", "a b"])
    common, rare, unknown = log(3 / 3) + 1, log(3 / 2) + 1, log(3 / 1) + 1
    query = index.query(Grams.of("a b c c"))
    length = sqrt(common**2 + rare**2 + ((1 + log(2)) * unknown) ** 2)
    rows = np.array([0, 1])
    expected = [common / length, sqrt(common**2 + rare**2) / length]
    np.testing.assert_allclose(index.scores(query, rows), expected, rtol=1e-6)
    covered = [common**2 / length**2, (common**2 + rare**2) / length**2]
    np.testing.assert_allclose(index.coverage(query, rows), covered, rtol=1e-6)


def test_a_text_that_holds_all_of_the_query_covers_it_whole_however_long_it_is() -> None:
    index = LexicalIndex.fit(["open " + "and much else besides " * 20, "closed"])
    query = index.query(Grams.of("OPEN!"))
    np.testing.assert_allclose(index.coverage(query, np.array([0, 1])), [1, 0], atol=1e-6)
    assert index.scores(query, np.array([0]))[0] < 0.5


def test_scores_come_in_the_order_of_the_rows_asked_for() -> None:
    index = LexicalIndex.fit(TEXTS)
    query = index.query(Grams.of("reset my password"))
    rows = np.array([5, 3, 4, 4])
    np.testing.assert_array_equal(
        index.scores(query, rows), scores(index, "reset my password")[rows]
    )
    np.testing.assert_array_equal(
        index.coverage(query, rows), index.coverage(query, EVERY_ROW)[rows]
    )


def test_what_is_sought_for_its_own_text_scores_one_and_a_typo_less_but_much() -> None:
    index = LexicalIndex.fit(TEXTS)
    own = np.array([scores(index, text)[row] for row, text in enumerate(TEXTS)])
    wordless = [not normalise(text) for text in TEXTS]
    np.testing.assert_allclose(own, np.where(wordless, 0, 1), atol=1e-6)
    assert 0.3 < scores(index, "forgoten pasword")[5] < 1


@pytest.mark.parametrize("texts", [[], [""], ["?!", ""]], ids=["none", "empty", "wordless"])
def test_an_index_without_words_finds_nothing_and_does_not_fail(texts: list[str]) -> None:
    index = LexicalIndex.fit(texts)
    query = index.query(Grams.of("hello"))
    rows = np.arange(len(texts))
    assert len(index) == len(texts)
    assert index.search(query, 5).tolist() == []
    assert index.scores(query, rows).tolist() == [0] * len(texts)
    assert index.coverage(query, rows).tolist() == [0] * len(texts)
