from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from index.vectors import Vectors, VectorStore

# East, north, and half way between; a query nearly north.
THREE = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
NEARLY_NORTH = np.array([0.28, 0.96], np.float32)


def unit(count: int, dimension: int) -> Vectors:
    vectors = np.random.default_rng(count).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def sorted_by_numpy(
    vectors: Vectors, query: Vectors, allowed: npt.NDArray[np.bool_] | None = None
) -> list[int]:
    """Rows by falling cosine, then by number; in double precision."""
    cosines = vectors.astype(np.float64) @ query.astype(np.float64)
    order = np.lexsort((np.arange(len(vectors)), -cosines))
    return [int(row) for row in order if allowed is None or allowed[row]]


def test_of_three_vectors_the_nearest_comes_first() -> None:
    # Cosines by hand: .28, .96 and .168 + .768 = .936.
    store = VectorStore.of(THREE)
    assert store.search(NEARLY_NORTH, 3).tolist() == [1, 2, 0]
    assert store.search(NEARLY_NORTH, 1).tolist() == [1]


@pytest.mark.parametrize("k", [3, 4, 1000])
def test_asking_for_more_than_there_is_gives_all(k: int) -> None:
    assert VectorStore.of(THREE).search(NEARLY_NORTH, k).tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([True, True, True], [1, 2, 0]),
        ([True, False, True], [2, 0]),
        ([False, False, True], [2]),
        ([False, False, False], []),
    ],
    ids=str,
)
def test_only_allowed_rows_are_found(allowed: list[bool], expected: list[int]) -> None:
    assert VectorStore.of(THREE).search(NEARLY_NORTH, 3, np.array(allowed)).tolist() == expected


def test_rows_that_point_away_are_found_too_and_last() -> None:
    assert VectorStore.of(THREE).search(-NEARLY_NORTH, 3).tolist() == [0, 2, 1]


@pytest.mark.parametrize("k", [1, 2, 5, 60, 120, 250])
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
def test_equal_rows_come_by_their_number_also_at_the_cut(k: int, masked: bool) -> None:
    rng = np.random.default_rng(5)
    pick = rng.integers(0, 6, 250)  # six vectors, each about forty times
    vectors, query = unit(6, 24)[pick], unit(1, 24)[0]
    allowed = rng.random(250) < 0.5 if masked else None
    expected = sorted_by_numpy(vectors, query, allowed)[:k]
    assert VectorStore.of(vectors).search(query, k, allowed).tolist() == expected


@pytest.mark.parametrize(("count", "dimension"), [(1, 3), (37, 384), (3000, 64)])
@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
def test_what_is_found_is_exactly_what_numpy_finds(
    count: int, dimension: int, masked: bool
) -> None:
    vectors = unit(count, dimension)
    store = VectorStore.of(vectors)
    allowed = np.random.default_rng(1).random(count) < 0.3 if masked else None
    for query in unit(5, dimension):
        expected = sorted_by_numpy(vectors, query, allowed)[:160]
        assert store.search(query, 160, allowed).tolist() == expected


def test_a_store_reads_back_as_it_was_written(tmp_path: Path) -> None:
    vectors = unit(50, 8)
    VectorStore.of(vectors).save(tmp_path / "vectors.faiss")
    store = VectorStore.load(tmp_path / "vectors.faiss")
    assert (len(store), store.dimension) == (50, 8)
    np.testing.assert_array_equal(store.vectors, vectors)
    assert store.search(vectors[7], 1).tolist() == [7]


def test_a_store_keeps_its_own_copy_and_stays_when_its_maker_goes() -> None:
    vectors = unit(5_000, 64)
    kept = VectorStore.of(vectors).vectors[10:]
    vectors[:] = 0
    np.testing.assert_array_equal(kept, unit(5_000, 64)[10:])


def test_vectors_of_another_memory_order_are_stored_all_the_same() -> None:
    vectors = np.asfortranarray(unit(20, 8).astype(np.float64))
    np.testing.assert_array_equal(VectorStore.of(vectors).vectors, unit(20, 8))


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    VectorStore.of(np.empty((0, 2), np.float32)).save(tmp_path / "vectors.faiss")
    store = VectorStore.load(tmp_path / "vectors.faiss")
    assert len(store) == 0
    assert store.vectors.shape == (0, 2)
    assert store.search(NEARLY_NORTH, 3).tolist() == []
    assert store.search(NEARLY_NORTH, 3, np.empty(0, bool)).tolist() == []
