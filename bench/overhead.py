"""What a question costs besides encoding it: search, evidence, ranking, classifier, confidence.

    python -m bench.overhead

Milliseconds of processor time per question, one at a time on one thread (so that what else the
machine does is not counted), median: the search for the nearest vectors; the evidence for and
against each candidate; and what follows, ranking, classifier, confidence and what the answer rests
on. For 1,000
entries with four wordings each (so that there is a classifier) and for all 16,407 entries of
MedQuAD. The entries are MedQuAD's questions and answers; a fast stand-in encoder makes the vectors,
since what they say does not change what it takes to compare them.
"""

import gzip
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.sets import DATA
from index import loading
from index.build import build
from index.encoder import EncoderDescription, Progress
from index.lexical import Grams
from index.model import Model
from index.snapshot import Snapshot, open_snapshot
from index.vectors import Vectors
from qa.answerer import Answerer
from qa.fitting import finish
from qa.learned import Learned
from qa.retriever import LEAST_JUDGED, ROWS_PER_ENTRY, Retriever

DIMENSION, QUESTIONS = 384, 500


class StandIn:
    """Hashed character n-grams as unit vectors: like wordings get like vectors."""

    dimension = DIMENSION

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors, (len(texts), DIMENSION)."""
        counts = [self._counts(text) for text in texts]
        vectors = np.sqrt(np.array(counts, np.float32).reshape(len(texts), DIMENSION))
        unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return unit

    def encode_documents(self, texts: Sequence[str], _progress: Progress | None = None) -> Vectors:
        """The same."""
        return self.encode_queries(texts)

    @staticmethod
    def _counts(text: str) -> Vectors:
        grams = Grams.of(text[:400], (3, 4))
        cells = (grams.hashes % np.uint64(DIMENSION)).astype(np.int64)
        return np.bincount(cells, grams.counts, DIMENSION).astype(np.float32)


class Known:
    """Gives vectors that were computed before, so that encoding is not timed."""

    dimension = DIMENSION

    def __init__(self, texts: Sequence[str]) -> None:
        vectors = StandIn().encode_queries(texts)
        self._vectors: dict[str, Vectors] = dict(zip(texts, vectors, strict=True))

    def vector(self, text: str) -> Vectors:
        """The known vector of a text, (DIMENSION,)."""
        return self._vectors[text]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """The known vectors of the texts."""
        return np.array([self._vectors[text] for text in texts])

    def encode_documents(self, texts: Sequence[str], _progress: Progress | None = None) -> Vectors:
        """The same."""
        return self.encode_queries(texts)


def provide(_model: Model, folder: Path, _samples: Sequence[str]) -> tuple[dict[str, Any], str]:
    """The stand-in as an encoder that a snapshot can name."""
    described = EncoderDescription(
        kind="stand-in", model="", dimension=DIMENSION, max_tokens=256, pad_token="",
        query_prompt="", document_prompt="", precision="float32",
    )  # fmt: skip
    described.save(folder)
    return {"kind": "stand-in", "precision": "float32", "agreement": None}, ""


def entries() -> Iterator[dict[str, Any]]:
    """MedQuAD's entries."""
    with gzip.open(DATA / "medquad" / "faqs.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def with_alternates(count: int) -> Iterator[dict[str, Any]]:
    """So many entries, each with the questions of three more as its other wordings."""
    one = entries()
    for first, *others in islice(zip(one, one, one, one, strict=False), count):
        yield {**first, "alternates": [other["question"] for other in others]}


def indexed(some: Iterator[dict[str, Any]], folder: Path) -> Snapshot:
    """A snapshot of the entries, what they teach included."""
    source = folder / "faqs.jsonl"
    source.write_text("".join(f"{json.dumps(entry)}\n" for entry in some), encoding="utf-8")
    model = Model("stand-in", folder, "0" * 64)
    build([source], folder / "index", model=model, provide=provide, finish=finish)
    return open_snapshot(folder / "index")[0]


def questions_for(snapshot: Snapshot) -> list[str]:
    """Stored questions less their first word."""
    step = max(1, len(snapshot.entries) // QUESTIONS)
    stored = [entry.question for entry in snapshot.entries[::step]][:QUESTIONS]
    return [" ".join(question.split()[1:]) or question for question in stored]


def seconds(work: Callable[[str], object], question: str) -> float:
    """Processor time of this thread for one question."""
    began = time.thread_time()
    work(question)
    return time.thread_time() - began


def stages(snapshot: Snapshot) -> tuple[float, ...]:
    """Milliseconds for search, evidence, and what follows, each the difference to what comes before
    it for the same question; medians.
    """
    questions = questions_for(snapshot)
    known = Known(questions)
    nothing = np.empty(0, np.float32)
    learned = replace(Learned.of(snapshot), weights=nothing, bias=nothing)
    retriever = Retriever(snapshot, learned)
    answerer = Answerer(replace(snapshot, encoder=known))
    rows = ROWS_PER_ENTRY * LEAST_JUDGED
    works: tuple[Callable[[str], object], ...] = (
        lambda question: snapshot.vectors.search(known.vector(question), rows),
        lambda question: retriever.gather(question, known.vector(question)),
        answerer.ask,
    )
    times = np.array([[seconds(work, question) for work in works] for question in questions])
    return tuple(np.median(np.diff(times, axis=1, prepend=0), axis=0) * 1000)


def main() -> None:
    """Print a row for each size."""
    if not (DATA / "medquad").is_dir():
        sys.exit(f"no medquad in {DATA}: set QA_DATA to the folder that holds the sets.")
    loading.LOADERS["stand-in"] = lambda *_: StandIn()
    print("| entries | vectors | search | evidence | ranking, classifier, confidence |")
    print("| --- | --- | --- | --- | --- |")
    for some in (with_alternates(1_000), entries()):
        with TemporaryDirectory() as folder:
            snapshot = indexed(some, Path(folder))
            cells = " | ".join(f"{stage:.2f} ms" for stage in stages(snapshot))
            size = f"{len(snapshot.entries):,} | {len(snapshot.vectors):,}"
            print(f"| {size} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
