"""Vector search as it grows: the service's own store beside what else FAISS offers.

    python -m bench.search [SIZE ...] [--json FILE]

The vectors are those of MedQuAD's sentences and then of overlapping windows of ten words, in this
model, mixed by lot; the queries are HELD_OUT texts that are not in the store. Each search is of one
query on one thread, in milliseconds of that thread's processor time (so that what else the machine
does is not counted), when what it needs is in memory. Recall is the share of the 10 nearest that
are found. "Ready" is from opening the files, which are in the system's cache, to the first answer;
"resident" is the memory that a process has more than before, once it has answered all queries.

Vectors and indexes are kept under .bench/search. To encode a million texts takes the better part of
an hour, to build their graphs another.
"""

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import faiss
import numpy as np

from bench.sets import DATA, INDEXES, stored_encoder
from index.loading import load_encoder
from index.manifest import Settings
from index.shortlist import Graph, Scan, Shortlist
from index.vectors import Rows, Vectors, VectorStore
from qa.retriever import LEAST_JUDGED, ROWS_PER_ENTRY

KEPT: Final = INDEXES / "search"
SIZES: Final = (1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000)
CHUNK: Final = 10_000
HELD_OUT: Final = 2_000

LARGEST_COMPARED: Final = 100_000
"""Up to this size the service's store is compared with others; beyond, they take hours to build."""

NEAREST: Final = 10
SERVED: Final = LEAST_JUDGED * ROWS_PER_ENTRY
"""How many rows the service asks for."""

Search = Callable[[Vectors, int], Rows]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of FAISS index, by its factory's name, and how it is searched."""

    name: str
    factory: str
    searches: tuple[str, ...]
    construction: int = 200
    smallest: int = 1_000


EF: Final = ("efSearch=32", "efSearch=64", "efSearch=128")
KINDS: Final = (
    Kind("HNSW 16/100, float32", "HNSW16,Flat", EF[1:2], construction=100),
    Kind("HNSW 32/200, float32", "HNSW32,Flat", EF),
    Kind("HNSW 32/200, 8-bit codes", "HNSW32,SQ8", EF),
    Kind("IVF, 8-bit codes", "IVF{lists},SQ8", ("nprobe=64",), smallest=100_000),
    Kind(
        "IVF, PQ96 fast scan, re-ranked",
        "IVF{lists},PQ96x4fs,RFlat",
        ("nprobe=64,k_factor_rf=10",),
        smallest=100_000,
    ),
)


OWN: Final = (
    (Scan, "this service’s scan of 4-bit codes, re-ranked", LARGEST_COMPARED),
    (
        Graph,
        f"this service’s graph, 8-bit codes, re-ranked, efSearch={Graph.widths[0]}",
        sys.maxsize,
    ),
)
"""The service's own shortlists, and up to which size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured of one way to search. Milliseconds, seconds, megabytes, a share."""

    vectors: int
    way: str
    p50: float
    p99: float
    recall: float
    served_p50: float
    build_s: float
    file_mb: float
    ready_ms: float
    resident_mb: float


@dataclass(frozen=True, slots=True)
class Material:
    """What is stored, what is asked, and the numbers of the NEAREST rows, (queries, NEAREST).

    folder: where its indexes are kept.
    """

    folder: Path
    stored: Vectors
    queries: Vectors
    nearest: Rows


def texts() -> Iterator[str]:
    """MedQuAD's sentences, then windows of ten words at every other word; some come twice."""
    with gzip.open(DATA / "medquad" / "faqs.jsonl.gz", "rt", encoding="utf-8") as lines:
        answers = [json.loads(line)["answer"].split() for line in lines]
    for words in answers:
        yield from filter(None, re.split(r"(?<=[.!?])\s+", " ".join(words)))
    for words in answers:
        for start in range(0, max(1, len(words) - 9), 2):
            yield " ".join(words[start : start + 10])


def encoded(count: int) -> Vectors:
    """The vectors of the first `count` distinct texts, (count, dimension); encoded once."""
    paths = [KEPT / f"vectors-{start:07d}.npy" for start in range(0, count, CHUNK)]
    if not all(path.exists() for path in paths):
        _encode(paths, list(islice(dict.fromkeys(texts()), count)))
    return np.concatenate([np.load(path) for path in paths])[:count]


def _encode(paths: Sequence[Path], distinct: Sequence[str]) -> None:
    encoder = load_encoder(stored_encoder())
    for number, path in enumerate(paths):
        if not path.exists():
            part = distinct[number * CHUNK : (number + 1) * CHUNK]
            vectors = encoder.encode_documents(part)
            np.save(path.with_suffix(".part.npy"), vectors)
            path.with_suffix(".part.npy").rename(path)
            print(f"encoded {number + 1} of {len(paths)} parts", file=sys.stderr, flush=True)


def material(size: int, everything: Vectors) -> Material:
    """So many vectors to be stored, and the queries, which are the same for every size."""
    order = np.random.default_rng(0).permutation(len(everything))
    queries, stored = everything[order[:HELD_OUT]], everything[order[HELD_OUT : HELD_OUT + size]]
    _, nearest = faiss.knn(queries, stored, NEAREST, faiss.METRIC_INNER_PRODUCT)
    folder = KEPT / f"{size}-of-{len(everything)}"
    folder.mkdir(exist_ok=True)
    np.save(folder / "queries.npy", queries)
    return Material(folder, stored, queries, nearest)


def measured(size: int, everything: Vectors) -> Iterator[Row]:
    """A row for each way to search so many vectors."""
    given = material(size, everything)
    yield from _own(given)
    for kind in KINDS:
        if kind.smallest <= size <= LARGEST_COMPARED:
            yield from _of_kind(kind, given)


def _own(given: Material) -> Iterator[Row]:
    """The service's store, looking at all and by either shortlist."""
    exact = VectorStore(given.stored)
    path = given.folder / "exact.npy"
    yield _row(given, "exact", exact.search, _once(path, lambda: exact.save(path)), path)
    for kind, way, largest in OWN:
        if len(given.stored) <= largest:
            path = given.folder / f"{kind.__name__}.npy"
            build_s = _once(path, partial(_build_own, kind, given.stored, path))
            yield _row(given, way, _own_store(path).search, build_s, path)


def _own_store(path: Path) -> VectorStore:
    """That of a shortlist of that name, searched as narrowly as any."""
    kind = next((kind for kind, _, _ in OWN if kind.__name__ == path.stem), None)
    settings: Settings = {"kind": "exact", "recall@10": 1.0}
    if kind:
        settings |= {"kind": kind.kind, "width": kind.widths[0]}
    return VectorStore.load(path, settings)


def _build_own(kind: type[Shortlist], vectors: Vectors, path: Path) -> None:
    VectorStore(vectors, kind.of(vectors)).save(path)


def _of_kind(kind: Kind, given: Material) -> Iterator[Row]:
    path = given.folder / f"{kind.name.replace('/', '-')}.faiss"
    build_s = _once(path, lambda: _build(kind, given.stored, path))
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    for how in kind.searches:
        faiss.ParameterSpace().set_index_parameters(index, how)  # type: ignore[arg-type] # mistyped
        yield _row(given, f"{kind.name}, {how}", _searching(index), build_s, path)


def _build(kind: Kind, vectors: Vectors, path: Path) -> None:
    lists = 4 * int(len(vectors) ** 0.5)
    factory = kind.factory.format(lists=lists)
    index = faiss.index_factory(vectors.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if kind.factory.startswith("HNSW"):
        faiss.ParameterSpace().set_index_parameter(index, "efConstruction", kind.construction)
    index.train(vectors)
    index.add(vectors)
    faiss.write_index(index, str(path))


def _once(path: Path, build: Callable[[], None]) -> float:
    """Build unless it was; the seconds that it took."""
    note = path.with_suffix(".seconds")
    if not note.exists():
        faiss.omp_set_num_threads(os.cpu_count() or 1)
        began = time.perf_counter()
        build()
        note.write_text(f"{time.perf_counter() - began:.1f}", encoding="utf-8")
    return float(note.read_text(encoding="utf-8"))


def _searching(index: faiss.Index) -> Search:
    def search(query: Vectors, k: int) -> Rows:
        faiss.omp_set_num_threads(1)
        found: Rows = index.search(query[np.newaxis], k)[1][0]
        return found

    return search


def _row(given: Material, way: str, search: Search, build_s: float, path: Path) -> Row:
    # Of all queries and first, so that what the others need has been read from the disk.
    served, _ = _timed(search, given.queries, SERVED)
    times, found = _timed(search, given.queries, NEAREST)
    hits = [
        len({*rows.tolist()} & {*nearest.tolist()})
        for rows, nearest in zip(found, given.nearest, strict=True)
    ]
    ready_ms, resident_mb = _visited(path)
    return Row(
        vectors=len(given.stored),
        way=way,
        p50=float(np.percentile(times, 50)),
        p99=float(np.percentile(times, 99)),
        recall=sum(hits) / given.nearest.size,
        served_p50=float(np.percentile(served, 50)),
        build_s=build_s,
        file_mb=sum(part.stat().st_size for part in _files(path)) / 2**20,
        ready_ms=ready_ms,
        resident_mb=resident_mb,
    )


def _timed(search: Search, queries: Vectors, k: int) -> tuple[list[float], list[Rows]]:
    times, found = [], []
    for query in queries[:50]:
        search(query, k)
    for query in queries:
        began = time.thread_time()
        rows = search(query, k)
        times.append((time.thread_time() - began) * 1000)
        found.append(rows)
    return times, found


def _files(path: Path) -> list[Path]:
    """What lies at a path and beside it."""
    parts = [path, *map(path.with_suffix, (Scan.suffix, Graph.suffix, ".nodes"))]
    return [part for part in parts if part.exists()]


def _visited(path: Path) -> tuple[float, float]:
    """Ready in so many milliseconds, resident megabytes: in a process of its own."""
    command = [sys.executable, "-m", "bench.search", "--visit", str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(said[0]), float(said[1])


def visit(path: Path) -> None:
    """Open an index, ask it everything; print when it was ready and what it holds in memory."""
    queries, before = np.load(path.with_name("queries.npy")), _resident()
    began = time.perf_counter()
    if path.suffix == ".npy":
        search: Search = _own_store(path).search
    else:
        search = _searching(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
    search(queries[0], NEAREST)
    ready = time.perf_counter() - began
    for query in queries:
        search(query, NEAREST)
    print(ready * 1000, _resident() - before)


def _resident() -> float:
    """Resident megabytes of this process, mapped files included."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


HEADER: Final = (
    "vectors", "way", "p50 ms", "p99 ms", "recall@10", f"p50 of {SERVED} rows",
    "build s", "files MB", "ready ms", "resident MB",
)  # fmt: skip


def cells(row: Row) -> tuple[str, ...]:
    """A row as it is printed."""
    times = f"{row.p50:.2f}", f"{row.p99:.2f}", f"{row.recall:.3f}", f"{row.served_p50:.2f}"
    sizes = (row.build_s, row.file_mb, row.ready_ms, row.resident_mb)
    return f"{row.vectors:,}", row.way, *times, *(f"{size:,.0f}" for size in sizes)


def _line(some: Sequence[str]) -> str:
    return f"| {' | '.join(some)} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Vector search by size.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="SIZE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    parser.add_argument("--visit", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    given = _arguments()
    if given.visit:
        return visit(given.visit)
    if not (DATA / "medquad").is_dir():
        sys.exit(f"no medquad in {DATA}: set QA_DATA to the folder that holds the sets.")
    KEPT.mkdir(parents=True, exist_ok=True)
    everything = encoded(max(given.sizes) + CHUNK)
    print(_line(HEADER))
    print("| --- " * len(HEADER) + "|", flush=True)
    rows = []
    for size in given.sizes:
        for row in measured(size, everything):
            rows.append(row)
            print(_line(cells(row)), flush=True)
    if given.json:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
