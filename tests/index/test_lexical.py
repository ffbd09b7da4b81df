"""Judged against scikit-learn's TfidfVectorizer over the same n-grams, and numbers made by hand."""

from collections import Counter
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


def known(query: str, texts: list[str]) -> tuple[list[float], list[list[bool]]]:
    """The squared unit weight of each of the query's n-grams, and which texts have it."""
    cut = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    ngrams = cut.build_analyzer()
    counts = Counter(ngrams(normalise(query)))
    sets = [set(ngrams(normalise(text))) for text in texts]
    weights = {}
    for ngram, count in counts.items():
        having = sum(ngram in some for some in sets)
        weights[ngram] = (1 + log(count)) * (log((1 + len(texts)) / (1 + having)) + 1)
    length = sum(weight**2 for weight in weights.values())
    return (
        [weight**2 / length for weight in weights.values()],
        [[ngram in some for ngram in weights] for some in sets],
    )


def scores(index: LexicalIndex, query: str) -> npt.NDArray[np.float32]:
    return index.similarities(index.query(Grams.of(query)))


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
    np.testing.assert_allclose(index.similarities(query)[rows], expected, rtol=1e-6)
    covered = [common**2 / length**2, (common**2 + rare**2) / length**2]
    np.testing.assert_allclose(index.coverage(query, rows), covered, rtol=1e-6)


@pytest.mark.parametrize(
    ("texts", "queries"), [(TEXTS, QUERIES), (manual(), manual()[::40])], ids=["faq", "manual"]
)
def test_coverage_is_the_share_of_squared_weights_that_the_text_has(
    texts: list[str], queries: list[str]
) -> None:
    index, rows = LexicalIndex.fit(texts), np.arange(len(texts))
    for query in queries:
        weights, there = known(query, texts)
        expected = np.array(there) @ weights if weights else np.zeros(len(texts))
        found = index.coverage(index.query(Grams.of(query)), rows)
        assert (found.dtype, found.shape) == (np.float32, (len(texts),))
        np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["", "open"], [0, 1]),
        (["open", ""], [1, 0]),
        (["open", "?!", "", "open"], [1, 0, 0, 1]),
        (["", "", "open", "…"], [0, 0, 1, 0]),
        (["shut", "", "open"], [0, 0, 1]),
    ],
    ids=["first", "last", "amid", "on either side", "between unlike ones"],
)
def test_a_text_without_words_covers_nothing_and_takes_nothing_from_its_neighbours(
    texts: list[str], expected: list[float]
) -> None:
    index = LexicalIndex.fit(texts)
    query = index.query(Grams.of("open"))
    np.testing.assert_allclose(index.similarities(query), expected, atol=1e-6)
    for rows in (np.arange(len(texts)), np.arange(len(texts))[::-1]):
        found = index.coverage(query, rows)
        np.testing.assert_allclose(found, np.array(expected)[rows], atol=1e-6)
    assert index.coverage(query, np.array([], np.int64)).shape == (0,)
    wordless = [row for row, text in enumerate(texts) if not normalise(text)]
    assert index.coverage(query, np.array(wordless)).tolist() == [0] * len(wordless)


def test_rows_hold_each_texts_ngrams_and_columns_each_ngrams_texts() -> None:
    # By hand: " a " in both, " b " in the second only; the third has none.
    index = LexicalIndex.fit(["a", "b a a", ""])
    assert (len(index), len(index.hashes)) == (3, 2)
    a = np.searchsorted(index.hashes, Grams.of("a").hashes[0])
    b = 1 - a
    assert index.row_start.tolist() == [0, 1, 3, 3]
    assert index.terms.tolist() == [a, 0, 1]
    counts = {int(a): 2, int(b): 1}
    assert index.column_start.tolist() == [0, counts[0], 3]
    texts = {int(a): [0, 1], int(b): [1]}
    assert index.texts.tolist() == texts[0] + texts[1]
    twice, rare = (1 + log(2)) * (log(4 / 3) + 1), log(4 / 2) + 1
    length = sqrt(twice**2 + rare**2)
    weights = {int(a): [1, twice / length], int(b): [rare / length]}
    np.testing.assert_allclose(index.weights, weights[0] + weights[1], rtol=1e-6)


def test_a_text_that_holds_all_of_the_query_covers_it_whole_however_long_it_is() -> None:
    index = LexicalIndex.fit(["open " + "and much else besides " * 20, "closed"])
    query = index.query(Grams.of("OPEN!"))
    np.testing.assert_allclose(index.coverage(query, np.array([0, 1])), [1, 0], atol=1e-6)
    assert index.similarities(query)[0] < 0.5


def test_coverage_comes_in_the_order_of_the_rows_asked_for() -> None:
    index = LexicalIndex.fit(TEXTS)
    query = index.query(Grams.of("reset my password"))
    rows = np.array([5, 3, 4, 4])
    every = index.coverage(query, EVERY_ROW)
    np.testing.assert_array_equal(index.coverage(query, rows), every[rows])
    assert every[4] > every[5] > every[3] == 0


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
    assert index.similarities(query)[rows].tolist() == [0] * len(texts)
    assert index.coverage(query, rows).tolist() == [0] * len(texts)
