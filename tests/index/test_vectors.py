from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from mmap import mmap
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import pytest

from index import shortlist
from index import vectors as module
from index.manifest import Settings
from index.shortlist import Graph, Scan
from index.vectors import SCAN_FROM, Vectors, VectorStore

# East, north, and half way between; a query nearly north.
THREE = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
EXACT: Settings = {"kind": "exact", "recall@10": 1.0}
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


@pytest.mark.parametrize(("count", "dimension"), [(1, 3), (37, 384), (SCAN_FROM - 1, 64)])
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
    VectorStore.of(vectors).save(tmp_path / "vectors.npy")
    store = VectorStore.load(tmp_path / "vectors.npy", EXACT)
    assert (len(store), store.dimension) == (50, 8)
    np.testing.assert_array_equal(store.vectors, vectors)
    assert store.search(vectors[7], 1).tolist() == [7]


def test_what_is_stored_is_mapped_and_cannot_be_written_to(tmp_path: Path) -> None:
    VectorStore.of(unit(50, 8)).save(tmp_path / "vectors.npy")
    vectors = VectorStore.load(tmp_path / "vectors.npy", EXACT).vectors
    owner: object = vectors
    while isinstance(owner, np.ndarray):
        owner = owner.base
    assert isinstance(owner, mmap)
    with pytest.raises(ValueError, match="read-only"):
        vectors[0] = 0


def test_vectors_of_another_memory_order_are_stored_all_the_same() -> None:
    vectors = np.asfortranarray(unit(20, 8).astype(np.float64))
    np.testing.assert_array_equal(VectorStore.of(vectors).vectors, unit(20, 8))


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    VectorStore.of(np.empty((0, 2), np.float32)).save(tmp_path / "vectors.npy")
    store = VectorStore.load(tmp_path / "vectors.npy", EXACT)
    assert len(store) == 0
    assert store.vectors.shape == (0, 2)
    assert store.search(NEARLY_NORTH, 3).tolist() == []
    assert store.search(NEARLY_NORTH, 3, np.empty(0, bool)).tolist() == []


def clustered(count: int, seed: int) -> Vectors:
    """Vectors in two hundred heaps, as those of texts are, (count, 48)."""
    rng = np.random.default_rng(seed)
    vectors = unit(200, 48)[rng.integers(0, 200, count)]
    vectors += rng.normal(size=vectors.shape).astype(np.float32) * 0.1
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


LARGE = clustered(7_000, seed=1)
QUERIES = clustered(200, seed=2)


@pytest.fixture(scope="module", params=["scan of 4-bit codes", "HNSW on 8-bit codes"])
def large(request: pytest.FixtureRequest) -> Iterator[VectorStore]:
    """A store with either shortlist; others are made with the same."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param.startswith("HNSW"):
            patch.setattr(module, "GRAPH_FROM", len(LARGE) - 1_000)
        store = VectorStore.of(LARGE)
        assert store.settings["kind"] == request.param
        yield store


def share_found(store: VectorStore, k: int, allowed: npt.NDArray[np.bool_] | None = None) -> float:
    found = 0
    for query in QUERIES:
        expected = sorted_by_numpy(store.vectors, query, allowed)[:k]
        found += len({*store.search(query, k, allowed).tolist()} & {*expected})
    return found / (k * len(QUERIES))


@pytest.mark.parametrize(
    ("count", "kind"),
    [
        (SCAN_FROM - 1, "exact"),
        (SCAN_FROM, "scan of 4-bit codes"),
        (2_999, "scan of 4-bit codes"),
        (3_000, "HNSW on 8-bit codes"),
    ],
)
def test_the_number_of_vectors_decides_how_they_are_searched(
    count: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRAPH_FROM", 3_000)
    assert VectorStore.of(clustered(count, seed=3)).settings["kind"] == kind


def heaps(count: int, noise: float) -> Vectors:
    """Four thousand vectors in so many heaps, (4000, 48)."""
    rng = np.random.default_rng(6)
    vectors = unit(count, 48)[rng.integers(0, count, 4_000)]
    vectors += rng.normal(size=vectors.shape).astype(np.float32) * noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_where_like_vectors_are_many_more_codes_are_followed_up() -> None:
    store = VectorStore.of(heaps(400, noise=0.04))
    assert (store.settings["kind"], store.settings["width"]) == (Scan.kind, 192)
    assert store.settings["recall@10"] >= Scan.least_recall  # type: ignore[operator] # a number


def test_where_a_scan_holds_too_few_there_is_a_graph() -> None:
    # Closer together than sixteen values for two numbers can tell.
    store = VectorStore.of(heaps(8, noise=0.03))
    assert store.settings["kind"] == Graph.kind
    assert store.settings["recall@10"] >= Graph.least_recall  # type: ignore[operator] # a number


def test_a_shortlist_holds_nearly_all_and_says_how_many(large: VectorStore) -> None:
    said = large.settings["recall@10"]
    assert isinstance(said, float)
    assert said >= Graph.least_recall
    assert share_found(large, 10) >= Graph.least_recall


def test_what_a_shortlist_holds_comes_by_score_and_number(large: VectorStore) -> None:
    for query in QUERIES[:20]:
        rows = large.search(query, 30).tolist()
        ranked = sorted_by_numpy(LARGE, query)
        assert rows == sorted(rows, key=ranked.index)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 0.95])
def test_only_allowed_rows_are_found_by_a_shortlist_and_no_fewer(
    large: VectorStore, share: float
) -> None:
    allowed = np.random.default_rng(3).random(len(large)) < share
    for query in QUERIES[:20]:
        rows = large.search(query, 64, allowed)
        assert len(rows) == min(64, allowed.sum())
        assert allowed[rows].all()
    assert share_found(large, 10, allowed) >= Graph.least_recall


def test_allowed_rows_far_from_the_query_are_found_too(large: VectorStore) -> None:
    query = QUERIES[0]
    farthest = sorted_by_numpy(LARGE, query)[-4_000:]
    allowed = np.zeros(len(large), bool)
    allowed[farthest] = True
    assert large.search(query, 10, allowed).tolist() == farthest[:10]


@pytest.mark.parametrize("k", [3_000, len(LARGE), len(LARGE) + 1])
def test_a_shortlist_gives_as_many_rows_as_are_asked_for(large: VectorStore, k: int) -> None:
    rows = large.search(QUERIES[0], k)
    assert len(set(rows.tolist())) == min(k, len(LARGE))
    assert rows[:100].tolist() == sorted_by_numpy(LARGE, QUERIES[0])[:100]


def test_equal_rows_are_all_found_by_a_shortlist(large: VectorStore) -> None:
    # One sentence in five hundred answers, another in three: more than a node has neighbours.
    vectors = LARGE.copy()
    places = np.random.default_rng(4).permutation(len(vectors))[:503]
    vectors[places[:500]], vectors[places[500:]] = QUERIES[0], QUERIES[1]
    done: list[int] = []
    store = VectorStore.of(vectors, done.append)
    assert store.settings["kind"] == large.settings["kind"]
    assert store.settings["nodes"] == len(vectors) - 499 - 2
    assert done[-1:] == ([store.settings["nodes"]] if store.settings["kind"] == Graph.kind else [])
    assert store.search(QUERIES[0], 20).tolist() == sorted(places[:500])[:20]
    assert store.search(QUERIES[0], 500).tolist() == sorted(places[:500])
    assert store.search(QUERIES[1], 3).tolist() == sorted(places[500:])
    assert share_found(store, 10) >= Graph.least_recall


def test_a_shortlist_reads_back_as_it_was_written(large: VectorStore, tmp_path: Path) -> None:
    large.save(tmp_path / "vectors.npy")
    store = VectorStore.load(tmp_path / "vectors.npy", large.settings)
    assert store.settings == large.settings
    for query in QUERIES:
        assert store.search(query, 64).tolist() == large.search(query, 64).tolist()


def test_what_a_shortlist_holds_does_not_depend_on_what_else_is_asked(large: VectorStore) -> None:
    alone = [large.search(query, 64).tolist() for query in QUERIES]
    with ThreadPoolExecutor(4) as threads:
        together = threads.map(lambda query: large.search(query, 64).tolist(), QUERIES)
    assert list(together) == alone


def test_where_the_narrowest_search_finds_too_few_a_wider_one_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without heaps nothing leads to the nearest: the hardest case there is.
    monkeypatch.setattr(module, "GRAPH_FROM", 6_000)
    store = VectorStore.of(unit(6_000, 96))
    assert store.settings.get("width") not in {40, 64}
    assert store.settings["recall@10"] >= Graph.least_recall  # type: ignore[operator] # a number


def links_nearby(index: Any) -> float:  # noqa: ANN401 - FAISS's types lack it
    """The share of a graph's links that lead to one of the 35 nodes on either side."""
    links, first = map(faiss.vector_to_array, (index.hnsw.neighbors, index.hnsw.offsets))
    reach = np.arange(index.hnsw.nb_neighbors(0))
    near = links[first[:-1].astype(np.int64)[:, np.newaxis] + reach]
    gaps = np.abs(near - np.arange(len(near))[:, np.newaxis])
    return float(np.mean(gaps[near >= 0] <= 35))


def test_like_nodes_of_a_graph_lie_together_and_are_found_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shortlist, "_HEAP", 35)
    monkeypatch.setattr(shortlist, "_CHUNK", 3_000)
    index, _ = Graph._trained(LARGE)
    index.add(LARGE)
    found, nearby = index.search(QUERIES, 10)[1], links_nearby(index)
    node = Graph._put_in_order(index, LARGE, np.arange(len(LARGE)))
    np.testing.assert_array_equal(index.search(QUERIES, 10)[1], node[found])
    assert links_nearby(index) > 10 * nearby


@pytest.mark.parametrize("dimension", [7, 300])
def test_any_number_of_dimensions_can_be_scanned(dimension: int) -> None:
    vectors = unit(SCAN_FROM, dimension)
    scan = VectorStore(vectors, Scan.of(vectors))
    assert scan.search(vectors[7], 1).tolist() == [7]


def test_one_vector_many_times_is_found_by_its_numbers() -> None:
    store = VectorStore.of(np.repeat(unit(1, 24), 2_000, axis=0))
    assert store.search(unit(1, 24)[0], 5).tolist() == [0, 1, 2, 3, 4]
