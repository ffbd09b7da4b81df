"""Judged in float64 by the definitions, by numbers made by hand, and by scikit-learn itself."""

import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.linear_model import LogisticRegression

from index.entry import Field
from index.errors import ModelError
from index.snapshot import RowTable, Snapshot
from qa import learned as learning
from qa.learned import Learned, mean_of_each
from tests.qa.conftest import SnapshotOf

Q, ALT, A, QA, PART = Field.QUESTION, Field.ALTERNATE, Field.ANSWER, Field.QUESTION_ANSWER, 4
Matrix = npt.NDArray[np.float64]

# Five entries: two with all there can be, one without an answer, one without a wording, one bare.
SITE = [
    *[(0, Q), (0, ALT), (0, ALT), (0, A), (0, QA), (0, PART), (0, PART)],
    *[(1, Q), (1, ALT), (1, ALT), (1, ALT), (1, A), (1, QA)],
    *[(2, Q), (2, ALT), (2, ALT)],
    (3, A),
    *[(4, Q), (4, A), (4, QA)],
]
DIMENSION = 6


def table(rows: list[tuple[int, int]]) -> RowTable:
    entry, field = np.array(rows).reshape(-1, 2).T
    digest = np.zeros((len(rows), 16), np.uint8)
    return RowTable(entry=entry.astype(np.int32), field=field.astype(np.int8), digest=digest)


def units(count: int, dimension: int = DIMENSION) -> npt.NDArray[np.float32]:
    vectors = np.random.default_rng(3).normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


ROWS, VECTORS = table(SITE), units(len(SITE))
EVERYTHING = np.ones(5, bool)


def metric_by_definition(rows: list[tuple[int, int]], vectors: Matrix, among: set[int]) -> Matrix:
    """The inverse of the scatter within entries, scaled to a mean eigenvalue of 1, half shrunk."""
    scatter = np.zeros((vectors.shape[1], vectors.shape[1]))
    for entry in among:
        counted = [e == entry and field != PART for e, field in rows]
        own = vectors[counted]
        for vector in own:
            apart = vector - np.mean(own, axis=0)
            scatter += np.outer(apart, apart)
    scaled = scatter / np.linalg.eigvalsh(scatter).mean()
    return np.linalg.solve(0.5 * scaled + 0.5 * np.eye(len(scatter)), np.eye(len(scatter)))


def cosine(x: Matrix, y: Matrix, metric: Matrix) -> float:
    return float(x @ metric @ y / np.sqrt((x @ metric @ x) * (y @ metric @ y)))


@pytest.mark.parametrize("among", [{0, 1, 2, 3, 4}, {0, 3}, {1, 2}], ids=["all", "two", "others"])
def test_the_metric_is_the_inverse_of_the_shrunk_scatter_within_entries(among: set[int]) -> None:
    mask = np.array([entry in among for entry in range(5)])
    expected = metric_by_definition(SITE, VECTORS.astype(float), among)
    metric = Learned.fit(ROWS, VECTORS, mask).metric
    np.testing.assert_allclose(metric, expected, atol=2e-6)
    assert np.linalg.eigvalsh(metric.astype(float)).min() > 0
    assert np.abs(expected - np.eye(DIMENSION)).max() > 0.3


def test_the_metric_of_two_wordings_at_a_right_angle_is_that_computed_by_hand() -> None:
    # They differ along (1, -1): the scatter is [[1, -1], [-1, 1]] / 2, scaled twice that; half of
    # it and half the identity is [[1, -.5], [-.5, 1]], whose inverse is [[4, 2], [2, 4]] / 3.
    vectors = np.eye(2, dtype=np.float32)
    learned = Learned.fit(table([(0, Q), (0, ALT)]), vectors, np.ones(1, bool))
    np.testing.assert_allclose(learned.metric, np.array([[4, 2], [2, 4]]) / 3, rtol=1e-6)
    np.testing.assert_allclose(learned.lengths, np.sqrt([4 / 3, 4 / 3]), rtol=1e-6)
    # No cosine at all without the metric, and half of one under it.
    assert learned.turned(vectors[0]) @ vectors[1] / learned.lengths[1] == pytest.approx(0.5)
    # The mean of two unit vectors whose cosine is .5: sqrt((1 + .5) / 2).
    assert learned.centroid_lengths == pytest.approx([np.sqrt(0.75)])


def test_cosines_under_the_metric_are_what_their_definition_gives() -> None:
    learned = Learned.fit(ROWS, VECTORS, EVERYTHING)
    metric = metric_by_definition(SITE, VECTORS.astype(float), set(range(5)))
    for query in units(4, DIMENSION)[1:]:
        found = VECTORS @ learned.turned(query) / learned.lengths
        expected = [cosine(query.astype(float), v, metric) for v in VECTORS.astype(float)]
        np.testing.assert_allclose(found, expected, atol=2e-6)


def test_lengths_of_vectors_and_of_centroids_are_what_their_definition_gives() -> None:
    learned = Learned.fit(ROWS, VECTORS, EVERYTHING)
    metric = metric_by_definition(SITE, VECTORS.astype(float), set(range(5)))
    lengths = [np.sqrt(vector @ metric @ vector) for vector in VECTORS.astype(float)]
    np.testing.assert_allclose(learned.lengths, lengths, rtol=2e-6)
    for entry in (0, 1, 2, 4):
        wordings = [n for n, (e, field) in enumerate(SITE) if e == entry and field in {Q, ALT}]
        mean = np.mean([VECTORS[n] / lengths[n] for n in wordings], axis=0)
        expected = np.sqrt(mean @ metric @ mean)
        assert learned.centroid_lengths[entry] == pytest.approx(expected, rel=2e-6)
    assert learned.centroid_lengths[4] == pytest.approx(1.0)
    # The fourth has no wording; what stands there may be divided by.
    assert 0 < learned.centroid_lengths[3] <= 1


@pytest.mark.parametrize(
    ("rows", "vectors"),
    [
        ([(0, Q), (1, Q), (2, A)], units(3)),
        ([(0, Q), (0, ALT), (1, A)], units(3)[[0, 0, 1]]),
        ([(0, Q), (0, PART), (0, PART), (1, Q)], units(4)),
        ([], np.empty((0, DIMENSION), np.float32)),
    ],
    ids=["one text each", "the same text twice", "only passages differ", "no vectors"],
)
def test_where_no_entry_has_two_texts_the_metric_is_the_identity(
    rows: list[tuple[int, int]], vectors: npt.NDArray[np.float32]
) -> None:
    learned = Learned.fit(table(rows), vectors, np.ones(3, bool))
    np.testing.assert_array_equal(learned.metric, np.eye(DIMENSION))
    np.testing.assert_allclose(learned.lengths, np.ones(len(rows)), rtol=1e-6)
    query = units(5)[4]
    np.testing.assert_allclose(vectors @ learned.turned(query), vectors @ query, atol=1e-6)


def test_directions_in_which_an_entry_is_put_differently_count_less() -> None:
    # Every entry has a wording on either side of its place along the last axis.
    base = np.eye(4, dtype=np.float32)[:3]
    aside = np.array([0, 0, 0, 0.6], np.float32)
    vectors = np.repeat(0.8 * base, 2, axis=0) + np.tile([aside, -aside], (3, 1))
    rows = [(entry, field) for entry in range(3) for field in (Q, ALT)]
    learned = Learned.fit(table(rows), vectors.astype(np.float32), np.ones(3, bool))
    cosines = vectors @ learned.turned(vectors[0]) / learned.lengths
    assert cosines[1] > 0.64 - 0.36 + 0.3
    # Of other entries, the one with the same manner seemed nearer (.36) than that without (-.36).
    assert np.abs(cosines[2:]).max() < 0.36


def wordings(entries: int, each: int, *, seed: int = 5) -> tuple[RowTable, Matrix]:
    """So many entries with so many wordings and an answer each, in loose clusters."""
    random = np.random.default_rng(seed)
    rows = [(entry, f) for entry in range(entries) for f in (Q, *[ALT] * (each - 1), A)]
    centres = random.normal(size=(entries, DIMENSION))
    vectors = centres[[entry for entry, _ in rows]] + random.normal(size=(len(rows), DIMENSION))
    return table(rows), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def log_probabilities(learned: Learned, vectors: Matrix) -> Matrix:
    logits = vectors @ learned.weights.T.astype(float) + learned.bias.astype(float)
    highest = logits.max(axis=1, keepdims=True)
    return logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("entries", [2, 3, 12])
def test_the_classifier_is_scikit_learns_logistic_regression(entries: int) -> None:
    rows, vectors = wordings(entries, 4)
    learned = Learned.fit(rows, vectors.astype(np.float32), np.ones(entries, bool))
    asked = units(40).astype(float)
    found = log_probabilities(learned, asked)
    model = LogisticRegression(C=30.0, max_iter=300).fit(vectors.astype(np.float32), rows.entry)
    np.testing.assert_allclose(found, model.predict_log_proba(asked), atol=1e-4)
    # In float64 and to the end, where ours stops a little before.
    model = LogisticRegression(C=30.0, tol=1e-10, max_iter=10_000).fit(vectors, rows.entry)
    expected = model.predict_proba(asked)
    np.testing.assert_allclose(np.exp(found), expected, atol=0.02)
    assert learned.weights.shape == (entries, DIMENSION)
    assert expected.max() > 0.95


def test_the_classifier_learns_from_answers_too_but_not_from_passages() -> None:
    rows, vectors = wordings(3, 4)
    more = np.concatenate([vectors, units(6).astype(float)])
    passages = table([*zip(rows.entry, rows.field, strict=True), *[(2, PART)] * 6])
    found = Learned.fit(passages, more.astype(np.float32), np.ones(3, bool))
    expected = Learned.fit(rows, vectors.astype(np.float32), np.ones(3, bool))
    np.testing.assert_array_equal(found.weights, expected.weights)
    without = rows.field != A
    bare = RowTable(
        entry=rows.entry[without], field=rows.field[without], digest=rows.digest[without]
    )
    fewer = Learned.fit(bare, vectors[without].astype(np.float32), np.ones(3, bool))
    assert np.abs(fewer.weights - expected.weights).max() > 0.1


@pytest.mark.parametrize(
    ("rows", "has"),
    [
        ([(0, Q), (0, ALT), (1, Q), (1, ALT)], True),
        ([(0, Q), (0, ALT), (0, ALT), (1, Q)], True),
        ([(0, Q), (0, ALT), (1, Q)], False),
        # Only wordings count, however many answers there are.
        ([(0, Q), (0, ALT), (0, A), (0, QA), (1, Q), (1, A), (1, QA)], False),
        ([(0, Q), (0, ALT), (0, ALT), (0, ALT)], False),
    ],
    ids=["two each", "two on average", "too few", "answers", "one entry speaks"],
)
def test_the_classifier_steps_aside_with_fewer_than_two_wordings_an_entry(
    rows: list[tuple[int, int]], has: bool
) -> None:
    learned = Learned.fit(table(rows), units(len(rows)), np.ones(2, bool))
    assert learned.has_classifier is has
    assert learned.weights.shape == (2 if has else 0, DIMENSION)
    assert learned.bias.shape == (2 if has else 0,)


def test_the_classifier_steps_aside_where_fitting_would_take_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, vectors = wordings(3, 4)
    for largest, has in ((3 * len(vectors), True), (3 * len(vectors) - 1, False)):
        monkeypatch.setattr(learning, "_LARGEST_FIT", largest)
        found = Learned.fit(rows, vectors.astype(np.float32), np.ones(3, bool))
        assert found.has_classifier is has


def test_an_entry_without_vectors_never_wins() -> None:
    rows, vectors = wordings(3, 6)
    # A picture without words: the fourth entry has nothing to embed.
    learned = Learned.fit(rows, vectors.astype(np.float32), np.ones(4, bool))
    found = log_probabilities(learned, units(40).astype(float))
    assert found[:, 3].max() < -500
    three = Learned.fit(rows, vectors.astype(np.float32), np.ones(3, bool))
    expected = log_probabilities(three, units(40).astype(float))
    np.testing.assert_allclose(found[:, :3], expected, atol=1e-5)


def test_entries_that_are_left_out_teach_nothing_and_keep_their_places() -> None:
    rows, vectors = wordings(4, 4)
    single = vectors.astype(np.float32)
    among = np.array([True, False, True, True])
    counted = among[rows.entry]
    moved = np.where(counted[:, np.newaxis], single, units(len(single)))
    some, same = Learned.fit(rows, single, among), Learned.fit(rows, moved, among)
    np.testing.assert_array_equal(some.metric, same.metric)
    np.testing.assert_array_equal(some.weights, same.weights)
    assert (some.weights[1] == 0).all()
    assert log_probabilities(some, vectors)[:, 1].max() < -500
    model = LogisticRegression(C=30.0, max_iter=300).fit(single[counted], rows.entry[counted])
    found = log_probabilities(some, vectors)[:, among]
    np.testing.assert_allclose(found, model.predict_log_proba(vectors), atol=1e-4)
    lengths = np.sqrt(np.einsum("nd,de,ne->n", vectors, some.metric.astype(float), vectors))
    np.testing.assert_allclose(some.lengths, lengths, rtol=1e-5)


@pytest.mark.parametrize("each", [1, 4], ids=["metric", "metric and classifier"])
def test_two_fits_give_the_same_bytes(each: int) -> None:
    rows, vectors = wordings(5, each)
    one, two = (Learned.fit(rows, vectors.astype(np.float32), EVERYTHING) for _ in range(2))
    assert one.has_classifier is (each > 1)
    for name, array in one.arrays().items():
        assert array.dtype == np.float32
        assert array.tobytes() == two.arrays()[name].tobytes(), name


def test_what_is_stored_reads_back_equal_and_nothing_is_pickled(tmp_path: Path) -> None:
    rows, vectors = wordings(5, 3)
    learned = Learned.fit(rows, vectors.astype(np.float32), EVERYTHING)
    np.savez(tmp_path / "learned.npz", allow_pickle=False, **learned.arrays())
    with np.load(tmp_path / "learned.npz", allow_pickle=False) as stored:
        again = Learned(**{name: stored[name] for name in stored.files})
    for field in fields(Learned):
        expected = getattr(learned, field.name)
        np.testing.assert_array_equal(getattr(again, field.name), expected)
        assert getattr(again, field.name).dtype == expected.dtype


def test_a_snapshots_own_is_used_and_fitted_where_it_has_none(snapshot: Snapshot) -> None:
    fitted = Learned.of(snapshot)
    everything = np.ones(len(snapshot.entries), bool)
    expected = Learned.fit(snapshot.rows, snapshot.vectors.vectors, everything)
    for name, array in expected.arrays().items():
        np.testing.assert_array_equal(fitted.arrays()[name], array)
    doubled = {name: 2 * array for name, array in expected.arrays().items()}
    kept = Learned.of(replace(snapshot, learned=doubled))
    np.testing.assert_array_equal(kept.metric, 2 * expected.metric)


def test_an_faq_of_two_entries_with_other_wordings_has_a_classifier(
    snapshot_of: SnapshotOf,
) -> None:
    snapshot = snapshot_of(
        {"question": "When are you open?", "alternates": ["opening hours"], "answer": "At nine."},
        {"question": "Where can I park?", "alternates": ["car park"], "answer": "Behind."},
    )
    learned = Learned.of(snapshot)
    asked = snapshot.encoder.encode_queries(["open hours", "parking a car"]).astype(float)
    probabilities = np.exp(log_probabilities(learned, asked))
    np.testing.assert_allclose(probabilities.sum(axis=1), [1, 1])
    assert probabilities.argmax(axis=1).tolist() == [0, 1]


def test_without_what_learning_needs_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    rows, vectors = wordings(3, 4)
    with pytest.raises(ModelError, match=r"^[^\n]*pip install 'qa-faq\[index\]'\.$"):
        Learned.fit(rows, vectors.astype(np.float32), np.ones(3, bool))
    # Where nothing but the metric is learned it is not needed.
    assert not Learned.fit(ROWS, VECTORS, np.ones(9, bool)).has_classifier


def test_the_mean_of_each_entry_is_zero_for_one_without_rows() -> None:
    vectors = np.array([[1, 0], [0, 1], [3, 5]], np.float32)
    found = mean_of_each(np.array([0, 0, 2], np.int32), vectors, 4)
    assert found.tolist() == [[0.5, 0.5], [0, 0], [3, 5], [0, 0]]
