"""Evidence against an independent computation: plain NumPy in float64 on vectors, scikit-learn on
n-grams and for the classifier.
"""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from index.entry import Entry, Field
from index.snapshot import Snapshot
from index.text import normalise, passages, plain
from index.vectors import Vectors
from qa.learned import Learned
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


LONG = {
    "park": "Enter by the north gate and keep to the left of the pond until you see the barrier. "
    "It opens by itself for whoever has a ticket from the machine beside it. "
    + "Tickets are two euros an hour. " * 4
    + "Leave by the south gate before ten, when the porter locks it for the night.",
    "paper": "All our paper is recycled and made in Finland. "
    + "It is never bleached. " * 20
    + "Ask at the desk for a sample of the thick one.",
}
"""Answers of two passages."""

TAUGHT = [
    {
        "id": "hours",
        "question": "When are you open?",
        "answer": "From 9 to 17, Monday to Friday.",
        "alternates": ["opening hours", "At what time do you close?"],
    },
    {
        "id": "park",
        "question": "Where can I park my car?",
        "answer": LONG["park"],
        "alternates": ["Is there a car park?", "parking", "free parking spaces"],
    },
    {
        "id": "password",
        "question": "How do I reset my password?",
        "alternates": ["forgotten password", "I cannot log in any more"],
    },
    {"id": "wordless", "answer": LONG["paper"]},
    {"id": "gift", "question": "Do you sell gift vouchers?", "answer": "Yes, from 10 euros."},
]
"""With a classifier: eleven wordings for five entries. With passages, also of a wordless entry."""


@pytest.fixture(params=["plain", "taught"])
def site(request: pytest.FixtureRequest) -> Snapshot:
    """The ten entries, too few of whose wordings are given for a classifier; or those above."""
    if request.param == "plain":
        found: Snapshot = request.getfixturevalue("snapshot")
        return found
    return taught_from(request.getfixturevalue("snapshot_of"))


@pytest.fixture
def taught(snapshot_of: SnapshotOf) -> Snapshot:
    """Those above."""
    return taught_from(snapshot_of)


def taught_from(snapshot_of: SnapshotOf) -> Snapshot:
    return snapshot_of(*TAUGHT)


def asked(snapshot: Snapshot, query: str) -> Vectors:
    return snapshot.encoder.encode_queries([query])[0]


def retriever(snapshot: Snapshot) -> Retriever:
    return Retriever(snapshot, Learned.of(snapshot))


def gather(
    snapshot: Snapshot,
    query: str,
    allowed: list[str] | None = None,
    shown: list[str] | None = None,
) -> Evidence:
    masks = [
        None if named is None else np.array([e.id in named for e in snapshot.entries])
        for named in (allowed, shown)
    ]
    return retriever(snapshot).gather(
        query, asked(snapshot, query), allowed=masks[0], shown=masks[1]
    )


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


def metric_of(snapshot: Snapshot) -> Matrix:
    """The inverse of the scatter within entries, scaled to a mean eigenvalue of 1, half shrunk."""
    vectors, rows = snapshot.vectors.vectors.astype(float), snapshot.rows
    scatter = np.zeros((vectors.shape[1], vectors.shape[1]))
    for entry in range(len(snapshot.entries)):
        own = vectors[(rows.entry == entry) & (rows.field != Field.PASSAGE)]
        scatter += (own - own.mean(axis=0)).T @ (own - own.mean(axis=0))
    scaled = scatter / np.linalg.eigvalsh(scatter).mean()
    return np.linalg.inv(0.5 * scaled + 0.5 * np.eye(len(scatter)))


def by_field(snapshot: Snapshot, query: str, entry: Entry, metric: Matrix) -> list[float]:
    """Cosines to nearest wording, centre, nearest of answer and passages, and question and answer;
    one that is lacking is that of what there is.
    """

    def units(vectors: Matrix) -> Matrix:
        lengths = np.sqrt(np.einsum("nd,de,ne->n", vectors, metric, vectors))
        return vectors / lengths[:, np.newaxis]

    (vector,) = units(asked(snapshot, query)[np.newaxis].astype(float))
    wordings = units(vectors_of(snapshot, entry, Field.QUESTION, Field.ALTERNATE))
    answers = units(vectors_of(snapshot, entry, Field.ANSWER, Field.PASSAGE)) @ metric @ vector
    both = units(vectors_of(snapshot, entry, Field.QUESTION_ANSWER)) @ metric @ vector
    if not len(wordings):
        return [answers.max()] * 4
    phrasing = (wordings @ metric @ vector).max()
    typical = (units(wordings.mean(axis=0)[np.newaxis]) @ metric @ vector)[0]
    answer = answers.max() if len(answers) else phrasing
    return [phrasing, typical, answer, both[0] if len(both) else phrasing]


def coverage_of(snapshot: Snapshot, query: str, entry: Entry) -> float:
    """How much of the query the entry covers."""
    whole = [" ".join([*e.phrasings, plain(e.answer)]) for e in snapshot.entries]
    texts, weights = tfidf(whole, query)
    return float((weights**2)[texts[snapshot.entries.index(entry)] > 0].sum())


def classified(snapshot: Snapshot, query: str, shown: list[str] | None = None) -> list[float]:
    """What scikit-learn's classifier says of each entry: among those shown, a tenth of the log
    probability, on a scale from -1 to 1.
    """
    counted = snapshot.rows.field != Field.PASSAGE
    model = LogisticRegression(C=30.0, max_iter=300)
    model.fit(snapshot.vectors.vectors[counted], snapshot.rows.entry[counted])
    (log,) = model.predict_log_proba(asked(snapshot, query)[np.newaxis].astype(float))
    among = [n for n, e in enumerate(snapshot.entries) if shown is None or e.id in shown]
    return np.maximum(1 + (log - np.log(np.exp(log[among]).sum())) / 10, -1).tolist()


def expected(snapshot: Snapshot, query: str) -> Matrix:
    """The columns of all entries from their definitions."""
    metric = metric_of(snapshot)
    is_taught = snapshot.entries[-1].id == TAUGHT[-1]["id"]
    said = classified(snapshot, query) if is_taught else [0.0] * len(snapshot.entries)
    rows = []
    for entry, log in zip(snapshot.entries, said, strict=True):
        by_fields = by_field(snapshot, query, entry, metric)
        rows.append([*by_fields, coverage_of(snapshot, query, entry), log])
    return np.array(rows)


@pytest.mark.parametrize("query", [*QUERIES, "the porter locks the south gate"])
def test_every_column_of_every_entry_is_what_its_definition_gives(
    site: Snapshot, query: str
) -> None:
    evidence = gather(site, query)
    assert ids(site, evidence) == [entry.id for entry in site.entries]
    known = expected(site, query)
    others = [column for column in Column if column != Column.COVERAGE]
    np.testing.assert_allclose(evidence.columns[:, others], known[:, others], atol=1e-5)
    # It may see a rare n-gram where there is none (tests/index/test_lexical.py says how rarely).
    excess = evidence.columns[:, Column.COVERAGE] - known[:, Column.COVERAGE]
    assert (excess > -1e-5).all()
    assert np.median(excess) < 1e-5
    assert excess.max() < 0.03


def test_the_columns_of_an_entry_with_every_field_differ(site: Snapshot) -> None:
    # Otherwise the test above could not tell one column from another.
    found = row_of(site, gather(site, "when is the opening hour"), FULL_ENTRY)
    assert len({round(value, 3) for value in found}) == len(Column)


def test_an_entry_with_an_answer_only_is_judged_by_its_answer(snapshot: Snapshot) -> None:
    query = "recycled paper"
    found = row_of(snapshot, gather(snapshot, query), "wordless")
    as_learned = [Column.PHRASING, Column.TYPICAL, Column.ANSWER, Column.QUESTION_ANSWER]
    assert set(found[as_learned]) == {found[Column.ANSWER]}
    # Both words stand in the answer, so the whole query is covered.
    assert found[Column.COVERAGE] == pytest.approx(1.0)


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
    # More than the nearest vectors and wordings that are looked at: 72 and 20.
    snapshot = snapshot_of(*[{"question": "Open?", "answer": f"{n}."} for n in range(250)])
    evidence = gather(snapshot, "open")
    assert len(evidence.entries) == 250
    assert evidence.exact.all()


def test_a_passage_speaks_for_an_answer_that_is_about_much_else(taught: Snapshot) -> None:
    query = "The porter locks the south gate for the night."
    (whole,) = vectors_of(taught, taught.entries[1], Field.ANSWER)
    metric, vector = metric_of(taught), asked(taught, query).astype(float)
    length = np.sqrt((whole @ metric @ whole) * (vector @ metric @ vector))
    found = row_of(taught, gather(taught, query), "park")
    assert found[Column.ANSWER] > whole @ metric @ vector / length + 0.1


def test_the_classifier_shares_its_probability_among_those_that_are_shown(
    taught: Snapshot,
) -> None:
    query, shown = "is parking free when you are open", ["hours", "password", "gift"]
    among = gather(taught, query, allowed=["hours", "gift"], shown=shown)
    said = classified(taught, query, shown)
    every = gather(taught, query)
    for id_, number in (("hours", 0), ("gift", 4)):
        found = row_of(taught, among, id_)[Column.CLASSIFIER]
        assert found == pytest.approx(said[number], abs=1e-5)
        # With the car park gone, more is left for the others.
        assert found > row_of(taught, every, id_)[Column.CLASSIFIER] + 0.01


def test_evidence_of_nothing_that_is_shown_is_empty(taught: Snapshot) -> None:
    assert gather(taught, "parking", [], []).columns.shape == (0, len(Column))


@pytest.mark.parametrize("query", QUERIES)
def test_the_nearest_parts_are_those_of_the_largest_cosine_under_the_metric(
    site: Snapshot, query: str
) -> None:
    metric, vector, evidence = metric_of(site), asked(site, query), gather(site, query)
    assert evidence.entries.tolist() == list(range(len(site.entries)))
    for number, entry in enumerate(site.entries):
        found = evidence.nearest_parts(number)
        parts = ((Field.QUESTION, Field.ALTERNATE), (Field.PASSAGE,))
        for which, fields in zip(found, parts, strict=True):
            vectors = vectors_of(site, entry, *fields)
            lengths = np.sqrt(np.einsum("nd,de,ne->n", vectors, metric, vectors))
            cosines = vectors @ metric @ vector.astype(float) / lengths
            assert (which is None) == (len(cosines) == 0)
            if which is not None:
                assert cosines[which] == pytest.approx(cosines.max(), abs=1e-6)


def test_the_nearest_parts_are_numbered_as_the_entrys_wordings_and_passages(
    taught: Snapshot,
) -> None:
    def parts(query: str, entry: int) -> tuple[int | None, int | None]:
        return gather(taught, query).nearest_parts(entry)

    assert parts("AT WHAT TIME do you close", 0) == (2, None)
    last = len(passages(LONG["park"])) - 1
    assert last >= 1
    assert parts("the porter locks the south gate", 1)[1] == last
    assert parts("enter by the north gate", 1)[1] == 0
    assert parts("made in Finland", 3) == (None, 0)
