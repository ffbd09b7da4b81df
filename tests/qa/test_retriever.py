"""Evidence against an independent computation: plain NumPy on vectors, scikit-learn on n-grams."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from index.entry import Entry, Field
from index.snapshot import Snapshot
from index.text import normalise, plain
from qa.retriever import Column, Evidence, Retriever
from tests.qa.conftest import SnapshotOf

Matrix = npt.NDArray[np.float64]

QUERIES = [
    "When are you open?",
    "opening hours",
    "i forgot my pasword",
    "car",
    "recycled paper",
    "Do you sell shoes made of recycled paper in Finland?",
    "zzz qqq",
    "?!",
]
FULL_ENTRY = "hours"
"""Has every field: question, alternates, answer."""


def gather(snapshot: Snapshot, query: str, allowed: list[str] | None = None) -> Evidence:
    mask = None if allowed is None else np.array([e.id in allowed for e in snapshot.entries])
    return Retriever(snapshot).gather(query, snapshot.encoder.encode_queries([query])[0], mask)


def ids(snapshot: Snapshot, evidence: Evidence) -> list[str]:
    return [snapshot.entries[number].id for number in evidence.entries]


def row_of(snapshot: Snapshot, evidence: Evidence, id_: str) -> Matrix:
    return evidence.columns[ids(snapshot, evidence).index(id_)].astype(float)


def vectors_of(snapshot: Snapshot, entry: Entry, *fields: Field) -> Matrix:
    number = [e.id for e in snapshot.entries].index(entry.id)
    wanted = (snapshot.rows.entry == number) & np.isin(snapshot.rows.field, fields)
    return snapshot.vectors.vectors[wanted].astype(float)


def tfidf(texts: list[str], query: str) -> tuple[Matrix, Matrix]:
    """Unit rows of the texts (n, v) and of the query (v,), over all their n-grams of 3 to 5."""
    cut = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), lowercase=False)
    ngrams = cut.build_analyzer()

    def analyzer(text: str) -> list[str]:
        return list(ngrams(normalise(text)))

    vocabulary = sorted({ngram for text in [*texts, query] for ngram in analyzer(text)})
    vectorizer = TfidfVectorizer(analyzer=analyzer, vocabulary=vocabulary, sublinear_tf=True)
    rows = vectorizer.fit_transform(texts).toarray()
    return rows, vectorizer.transform([query]).toarray()[0]


def expected(snapshot: Snapshot, query: str, entry: Entry) -> list[float]:
    """The six columns from their definitions, filled in where the entry lacks a field."""
    vector = snapshot.encoder.encode_queries([query])[0].astype(float)
    wordings = vectors_of(snapshot, entry, Field.QUESTION, Field.ALTERNATE)
    answers = vectors_of(snapshot, entry, Field.ANSWER) @ vector
    both = vectors_of(snapshot, entry, Field.QUESTION_ANSWER) @ vector
    every = [wording for other in snapshot.entries for wording in other.phrasings]
    own = [number for number, wording in enumerate(every) if wording in entry.phrasings]
    rows, asked = tfidf(every, query)
    whole = [" ".join([*e.phrasings, plain(e.answer)]) for e in snapshot.entries]
    texts, weights = tfidf(whole, query)
    coverage = (weights**2)[texts[snapshot.entries.index(entry)] > 0].sum()
    if not len(wordings):
        return [*answers.tolist() * 4, coverage, coverage]
    phrasing, centre = (wordings @ vector).max(), wordings.mean(axis=0)
    typical = vector @ centre / np.linalg.norm(centre)
    answer = answers[0] if len(answers) else phrasing
    together = both[0] if len(both) else phrasing
    return [phrasing, typical, answer, together, (rows[own] @ asked).max(), coverage]


@pytest.mark.parametrize("query", QUERIES)
def test_every_column_of_every_entry_is_what_its_definition_gives(
    snapshot: Snapshot, query: str
) -> None:
    evidence = gather(snapshot, query)
    assert ids(snapshot, evidence) == [entry.id for entry in snapshot.entries]
    for entry in snapshot.entries:
        found = row_of(snapshot, evidence, entry.id)
        np.testing.assert_allclose(found, expected(snapshot, query, entry), atol=2e-6)


def test_the_columns_of_an_entry_with_every_field_differ(snapshot: Snapshot) -> None:
    # Otherwise the test above could not tell one column from another.
    found = row_of(snapshot, gather(snapshot, "when is the opening hour"), FULL_ENTRY)
    assert len({round(value, 3) for value in found}) == len(Column)


def test_an_entry_with_an_answer_only_is_judged_by_its_answer(snapshot: Snapshot) -> None:
    query = "recycled paper"
    found = row_of(snapshot, gather(snapshot, query), "wordless")
    vector = snapshot.encoder.encode_queries(
        [query, "All our paper is recycled and made in Finland."]
    )
    assert found[Column.ANSWER] == pytest.approx(float(vector[0] @ vector[1]), abs=1e-6)
    assert set(found[:4]) == {found[Column.ANSWER]}
    # Both words stand in the answer, so the whole query is covered.
    assert found[Column.WORDING] == found[Column.COVERAGE] == pytest.approx(1.0)


def test_an_entry_without_an_answer_is_judged_by_its_wordings(snapshot_of: SnapshotOf) -> None:
    snapshot = snapshot_of({"question": "Where is the exit?", "alternates": ["way out"]})
    found = row_of(snapshot, gather(snapshot, "way out"), "e0")
    assert found[[Column.PHRASING, Column.ANSWER, Column.QUESTION_ANSWER]] == pytest.approx(1.0)
    assert found[Column.TYPICAL] < 1 - 1e-3


@pytest.mark.parametrize(
    ("query", "claimed_by"),
    [
        ("When are you open?", ["hours"]),
        ("  WHEN are, you   open ", ["hours"]),
        ("OPENING HOURS!", ["hours"]),
        ("opening hour", []),
        ("All our paper is recycled and made in Finland.", []),
        ("?!", []),
    ],
    ids=["question", "case-and-spaces", "alternate", "nearly", "answer", "punctuation"],
)
def test_exact_is_the_entry_whose_stored_wording_was_asked(
    snapshot: Snapshot, query: str, claimed_by: list[str]
) -> None:
    evidence = gather(snapshot, query)
    found = [snapshot.entries[number].id for number in evidence.entries[evidence.exact]]
    assert found == claimed_by


@pytest.mark.parametrize(
    "allowed", [["parking"], ["wordless", "gift"], []], ids=["one", "two", "none"]
)
def test_only_allowed_entries_are_candidates_even_for_their_very_words(
    snapshot: Snapshot, allowed: list[str]
) -> None:
    evidence = gather(snapshot, "When are you open?", allowed)
    assert ids(snapshot, evidence) == allowed
    assert evidence.columns.shape == (len(allowed), len(Column))
    assert not evidence.exact.any()


def test_a_mask_changes_nothing_in_the_evidence_of_those_it_lets_through(
    snapshot: Snapshot,
) -> None:
    every = gather(snapshot, "password for the car park")
    some = gather(snapshot, "password for the car park", ["parking", "password"])
    for id_ in ("parking", "password"):
        found = row_of(snapshot, some, id_)
        np.testing.assert_allclose(found, row_of(snapshot, every, id_), atol=1e-6)


def test_every_entry_that_claims_the_words_is_a_candidate_however_many_there_are(
    snapshot_of: SnapshotOf,
) -> None:
    # More than the nearest vectors and n-grams that are looked at: 160 and 40.
    snapshot = snapshot_of(*[{"question": "Open?", "answer": f"{n}."} for n in range(250)])
    evidence = gather(snapshot, "open")
    assert len(evidence.entries) == 250
    assert evidence.exact.all()
