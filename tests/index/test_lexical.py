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

from index import lexical
from index.lexical import Coverage, Grams, LexicalIndex
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
    """The cosine of the query and each text, (n,), 0 for those that are not similar at all."""
    rows, cosines = index.similar(Grams.of(query))
    assert (np.diff(rows) > 0).all()
    every = np.zeros(len(index), np.float32)
    every[rows] = cosines
    return every


@pytest.fixture
def every_posting(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many texts have a query's n-grams, all of them are looked at."""
    monkeypatch.setattr(lexical, "_POSTINGS", 1_000_000)


@pytest.mark.parametrize(
    ("texts", "queries"), [(TEXTS, QUERIES), (manual(), manual()[::20])], ids=["faq", "manual"]
)
def test_scores_are_the_tfidf_cosines_of_scikit_learn(
    every_posting: None, texts: list[str], queries: list[str]
) -> None:
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


def test_search_finds_the_best_texts_in_scikit_learns_order(every_posting: None) -> None:
    texts = manual()
    queries = texts[::20]
    expected, _ = scikit(texts, queries)
    index = LexicalIndex.fit(texts)
    for query, cosines in zip(queries, expected, strict=True):
        rows = index.search(Grams.of(query), 10)
        best = np.sort(cosines)[::-1][:10]
        np.testing.assert_allclose(cosines[rows], best, atol=2e-6)


def test_by_the_rarest_ngrams_alone_nearly_all_of_the_best_are_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = LexicalIndex.fit(manual())
    queries = [Grams.of(f"{text} please") for text in manual()[::3]]
    few = [set(index.search(query, 20).tolist()) for query in queries]
    monkeypatch.setattr(lexical, "_POSTINGS", 1_000_000)
    best = [set(index.search(query, 3).tolist()) for query in queries]
    found = sum(len(one & other) for one, other in zip(best, few, strict=True))
    assert found > 0.95 * sum(map(len, best))


def test_equal_texts_are_found_in_their_order_and_unlike_ones_never() -> None:
    index = LexicalIndex.fit(["refund", "parking", "refund", "hours", "refund"])
    query = Grams.of("refund")
    assert index.search(query, 9).tolist() == [0, 2, 4]
    assert index.search(query, 2).tolist() == [0, 2]


def test_scores_and_coverage_of_a_tiny_index_are_those_computed_by_hand() -> None:
    # n-grams: " a " in both texts, " b " in the second only, " c " in neither.
    index = LexicalIndex.fit(["a", "a b"])
    common, rare, unknown = log(3 / 3) + 1, log(3 / 2) + 1, log(3 / 1) + 1
    query = Grams.of("a b c c")
    length = sqrt(common**2 + rare**2 + ((1 + log(2)) * unknown) ** 2)
    rows = np.array([0, 1])
    expected = [common / length, sqrt(common**2 + rare**2) / length]
    np.testing.assert_allclose(scores(index, "a b c c"), expected, rtol=1e-6)
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
        found = index.coverage(Grams.of(query), rows)
        assert (found.dtype.name, found.shape) == ("float32", (len(texts),))
        # Now and then a filter sees an n-gram that the text lacks: too much, never too little.
        assert (found > expected - 2e-6).all()
        assert np.mean(found > expected + 2e-6) < 0.05
        assert np.mean(found - expected) < 0.0005


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
    query = Grams.of("open")
    np.testing.assert_allclose(scores(index, "open"), expected, atol=1e-6)
    for rows in (np.arange(len(texts)), np.arange(len(texts))[::-1]):
        found = index.coverage(query, rows)
        np.testing.assert_allclose(found, np.array(expected)[rows], atol=1e-6)
    assert index.coverage(query, np.array([], np.int64)).shape == (0,)
    wordless = [row for row, text in enumerate(texts) if not normalise(text)]
    assert index.coverage(query, np.array(wordless)).tolist() == [0] * len(wordless)


def test_columns_hold_each_ngrams_texts() -> None:
    # By hand: " a " in both, " b " in the second only; the third has none.
    index = LexicalIndex.fit(["a", "b a a", ""])
    assert (len(index), len(index.hashes)) == (3, 2)
    a = np.searchsorted(index.hashes, Grams.of("a").hashes[0])
    b = 1 - a
    # One or two n-grams fill one word of a filter; a text without has an empty one.
    assert index.first_word.tolist() == [0, 1, 2, 3]
    assert [bool(word) for word in index.words] == [True, True, False]
    # Every n-gram sets six bits or, where two of them fall together, fewer.
    assert 1 <= int(index.words[0]).bit_count() <= 6 < int(index.words[1]).bit_count() <= 12
    assert int(index.words[0]) & ~int(index.words[1]) == 0
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
    query = Grams.of("OPEN!")
    np.testing.assert_allclose(index.coverage(query, np.array([0, 1])), [1, 0], atol=1e-6)
    assert scores(index, "OPEN!")[0] < 0.5


def test_coverage_comes_in_the_order_of_the_rows_asked_for() -> None:
    index = LexicalIndex.fit(TEXTS)
    query = Grams.of("reset my password")
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
    query = Grams.of("hello")
    rows = np.arange(len(texts))
    assert len(index) == len(texts)
    assert index.search(query, 5).tolist() == []
    assert scores(index, "hello").tolist() == [0] * len(texts)
    assert index.coverage(query, rows).tolist() == [0] * len(texts)


def test_one_in_a_thousand_ngrams_at_most_is_seen_where_it_is_not() -> None:
    texts = manual()
    held = [set(Grams.of(text).hashes.tolist()) for text in texts]
    index = Coverage.fit(texts)
    seen = lacking = 0
    for number, ngram in enumerate(index.hashes.tolist()):
        query = Grams(index.hashes[[number]], np.ones(1, np.int64))
        found = index.coverage(query, np.arange(len(texts))) > 0
        there = np.array([ngram in some for some in held])
        assert found[there].all()
        seen, lacking = seen + int(found.sum() - there.sum()), lacking + int((~there).sum())
    assert lacking > 100_000
    assert 0 < seen / lacking < 0.001


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_texts_counted_in_batches_cover_as_those_of_one_index(
    monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(lexical, "_BATCH", batch)
    texts = [*TEXTS, *manual()[:40]]
    one, other = LexicalIndex.fit(texts), Coverage.fit(iter(texts))
    for name in ("hashes", "idf", "first_word", "words"):
        found = getattr(other, name)
        assert found.dtype == getattr(one, name).dtype
        np.testing.assert_array_equal(found, getattr(one, name))


def test_of_very_many_texts_those_with_the_rarest_ngrams_are_found_and_few_are_looked_at() -> None:
    common = [f"where is the {number}" for number in range(3000)]
    index = LexicalIndex.fit([*common, "where is the observatory"])
    query = Grams.of("where is the observatory please")
    rows, _ = index.similar(query)
    assert rows.tolist() == [3000]
    assert index.search(query, 5).tolist() == [3000]
    # Every n-gram is common: the first of the texts that have it are better than none.
    rows, _ = index.similar(Grams.of("where"))
    assert 0 < len(rows) < 3000
    assert index.search(Grams.of("where"), 3).tolist() == [0, 1, 2]
