"""The loops in C beside NumPy's and Python's own."""

from copy import deepcopy

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index import kernels
from index.native import at

SCORES = st.lists(st.sampled_from([0.0, -1.0, 0.25, 0.5, 1.0]) | st.floats(-1, 1, width=32))


@given(SCORES, st.integers(0, 30))
@example([0.5] * 40, 7)
def test_the_nearest_are_the_first_of_all_in_order(scores: list[float], k: int) -> None:
    rows = np.arange(len(scores), dtype=np.int64)[::-1].copy() * 3
    some = np.array(scores, np.float32)
    expected = rows[np.lexsort((rows, -some))][:k]
    np.testing.assert_array_equal(kernels.nearest(rows, some, k), expected)


def test_all_of_many_rows_can_be_the_nearest() -> None:
    scores = np.random.default_rng(1).normal(size=20_000).astype(np.float32)
    rows = np.arange(20_000)
    expected = np.argsort(-scores, kind="stable")
    np.testing.assert_array_equal(kernels.nearest(rows, scores, 20_000), expected)


def compare(
    parts: list[int], vectors: npt.NDArray[np.float32], entries: list[int]
) -> tuple[list[list[float]], list[float], list[list[int]]]:
    """One query, (1, 0, ...), against entries whose four parts have so many rows each."""
    first = np.concatenate([[0], np.cumsum(parts)]).astype(np.int64)
    turned = np.eye(vectors.shape[1], dtype=np.float32)[0]
    lengths, centroids = np.ones(len(vectors), np.float32), np.full(len(parts) // 4, 0.5)
    columns = np.full((len(entries), 5), 7, np.float32)
    cosines, starts = kernels.compared(
        first,
        vectors,
        lengths,
        turned,
        centroids.astype(np.float32),
        np.array(entries, np.int64),
        columns,
    )
    return columns.tolist(), cosines.tolist(), starts.tolist()


def along(*cosines: float, dimension: int = 11) -> npt.NDArray[np.float32]:
    """Rows of these products with the query; a dimension that no lane divides."""
    rows = np.zeros((len(cosines), dimension), np.float32)
    rows[:, 0], rows[:, -1] = cosines, 0.25
    return rows


def test_each_column_is_of_its_own_part() -> None:
    vectors = along(0.25, 0.5, 0.125, 0.75, 0.0, 0.375)
    columns, cosines, starts = compare([2, 1, 1, 2], vectors, [0])
    # The mean of .25 and .5 over the centroid's length of .5; the best passage beats the answer.
    assert columns == [[0.5, 0.75, 0.375, 0.75, 7]]
    assert cosines == [0.25, 0.5, 0.125, 0.75, 0, 0.375]
    assert starts == [[0, 2, 3, 4, 6]]


def test_what_is_lacking_is_filled_in_with_what_is_there() -> None:
    wordless, answerless, only_passages = [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 2]
    vectors = along(0.25, 0.5, -0.25, -0.5)
    columns, _, starts = compare([*wordless, *answerless, *only_passages], vectors, [0, 1, 2])
    assert columns == [[0.25] * 4 + [7], [0.5, 1, 0.5, 0.5, 7], [-0.25] * 4 + [7]]
    assert starts == [[0, 0, 1, 1, 1], [1, 2, 2, 2, 2], [2, 2, 2, 2, 4]]


def test_only_the_asked_entries_are_compared_and_a_cosine_is_at_most_one() -> None:
    vectors = along(0.1, 3.0, 0.2, -3.0)
    columns, cosines, starts = compare([1, 0, 0, 0] * 4, vectors, [1, 3])
    assert (cosines, starts) == ([1, -1], [[0, 1, 1, 1, 1], [1, 2, 2, 2, 2]])
    assert [row[0] for row in columns] == [1, -1]
    assert compare([1, 0, 0, 0] * 4, vectors, []) == ([], [], [])


@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=9))
def test_entries_of_any_number_of_rows_are_compared_row_by_row(parts: list[list[int]]) -> None:
    """Also where there are fewer rows than are brought from memory in advance, or none."""
    sizes = [size for entry in parts for size in entry]
    cosines = np.linspace(-1, 1, sum(sizes) or 1).astype(np.float32)[: sum(sizes)]
    every_other = list(range(0, len(parts), 2))
    first = np.cumsum([0, *(sum(entry) for entry in parts)])
    expected = [c for n in every_other for c in cosines[first[n] : first[n + 1]].tolist()]
    assert compare(sizes, along(*cosines.tolist()), every_other)[1] == pytest.approx(expected)


def test_arrays_of_another_kind_or_in_pieces_are_refused() -> None:
    rows, scores = np.arange(4), np.arange(4, dtype=np.float32)
    with pytest.raises(TypeError, match="float64, not float32"):
        kernels.nearest(rows, scores.astype(np.float64), 2)
    with pytest.raises(ValueError, match="contiguous"):
        kernels.nearest(rows[::2], scores[::2], 2)


def test_arrays_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="4 rows, 3 scores"):
        kernels.nearest(np.arange(4), np.zeros(3, np.float32), 2)
    first, one = np.arange(5), np.ones(4, np.float32)
    columns = np.empty((1, 4), np.float32)
    with pytest.raises(ValueError, match="a query of"):
        kernels.compared(first, np.ones((4, 8), np.float32), one, one, one, np.array([0]), columns)
    with pytest.raises(ValueError, match="a query of"):
        kernels.products(np.ones((4, 8), np.float32), one, np.array([0]))
    with pytest.raises(ValueError, match="a metric of"):
        kernels.turned(np.ones((4, 8), np.float32), one, 1e-12)
    for weights, exact in [(np.ones(3), [True]), (np.ones(4), [True, False])]:
        with pytest.raises(ValueError, match="columns of"):
            kernels.ranked(columns, weights, np.array(exact), 0.9)


def test_a_copy_tells_where_its_own_arrays_lie() -> None:
    known = kernels.Known(np.arange(3, dtype=np.uint64), np.ones(3, np.float32), 2.5)
    addresses, copied = known.arguments, deepcopy(known)
    assert copied.arguments == (
        at(copied.hashes, np.uint64), at(copied.idf, np.float32), 3, 2.5
    )  # fmt: skip
    assert copied.arguments[0] != addresses[0]


def test_a_vector_that_is_no_number_does_not_win() -> None:
    columns, _, _ = compare([2, 1, 1, 0], along(np.nan, 0.5, 0.25, 0.25), [0])
    assert not columns[0][1] > 0.5


@pytest.mark.parametrize("dimension", [1, 31, 32, 33, 384])
def test_products_are_those_of_numpy_and_the_same_for_equal_vectors(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    vectors = rng.normal(size=(9, dimension)).astype(np.float32)
    vectors[7] = vectors[2]
    query = rng.normal(size=dimension).astype(np.float32)
    rows = np.array([7, 0, 2, 2, 8])
    found = kernels.products(vectors, query, rows)
    np.testing.assert_allclose(found, vectors[rows] @ query, atol=1e-4)
    assert found[0] == found[2] == found[3]
    assert kernels.products(vectors, query, rows[:0]).shape == (0,)


@pytest.mark.parametrize("dimension", [1, 2, 4, 33, 384])
def test_a_turned_vector_is_the_metrics_over_its_length_under_it(dimension: int) -> None:
    rng = np.random.default_rng(dimension)
    roots = rng.normal(size=(dimension, dimension))
    metric = (roots @ roots.T + np.eye(dimension)).astype(np.float32)
    vector = rng.normal(size=dimension).astype(np.float32)
    expected = metric.astype(float) @ vector
    expected /= np.sqrt(expected @ vector)
    np.testing.assert_allclose(kernels.turned(metric, vector, 1e-12), expected, rtol=2e-4)
    nothing = kernels.turned(metric, np.zeros(dimension, np.float32), 1e-12)
    assert nothing.tolist() == [0] * dimension


def test_members_come_group_after_group() -> None:
    first, rows = np.array([0, 2, 2, 5]), np.array([40, 10, 30, 20, 50])
    assert kernels.members(first, rows, np.array([2, 0])).tolist() == [30, 20, 50, 40, 10]
    assert kernels.members(first, rows, np.array([1])).tolist() == []
    assert kernels.members(first, rows, np.array([], np.int64)).tolist() == []
    assert kernels.members(first, rows, np.array([-1, 0, -1])).tolist() == [40, 10]


CELLS = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0]) | st.floats(-1, 1, width=32)


@given(st.lists(st.tuples(CELLS, CELLS, st.booleans()), max_size=40))
def test_the_ranked_are_in_the_order_of_their_sums_and_only_the_exact_reach_one(
    rows: list[tuple[float, float, bool]],
) -> None:
    columns = np.array([row[:2] for row in rows], np.float32).reshape(-1, 2)
    exact, weights = np.array([row[2] for row in rows], bool), np.array([0.75, 0.25])
    scores, order = kernels.ranked(columns, weights, exact, 0.875)
    expected = np.where(exact, 1.0, np.minimum(columns.astype(float) @ weights, 0.875))
    np.testing.assert_allclose(scores, expected, atol=1e-12)
    np.testing.assert_array_equal(order, np.argsort(-scores, kind="stable"))


def test_what_is_no_number_is_ranked_last() -> None:
    columns = np.array([[np.nan], [-0.5], [0.5]], np.float32)
    _, order = kernels.ranked(columns, np.ones(1), np.zeros(3, bool), 0.9)
    assert order.tolist() == [2, 1, 0]
