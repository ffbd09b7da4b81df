"""Text in, unit vectors out, with ONNX Runtime: what serving needs, without torch."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from index.errors import ModelError, first_line
from index.model import INT8, Precision
from index.vectors import Vectors

GRAPH, TOKENIZER, DESCRIPTION = "model.onnx", "tokenizer.json", "encoder.json"
QUERY_GRAPH, PROBE = "queries.onnx", "probe.npy"

PROBED: Final = "how do I change my password"
"""What the probe is the vector of: whoever computes another one computes int8 otherwise."""

# Texts of one length in a run: more of them gain nothing on a CPU.
_BATCH = 16
# As many runs are over before a pool of threads has started.
_AT_ONCE = 8
_SAME = 0.9999

Progress = Callable[[int], None]
"""Called with the number of texts done since the last call."""


class Encoder(Protocol):
    """Turns texts into unit vectors, each independent of the texts beside it.

    The rows of a result are float32, of length 1, in the order of the texts: (len(texts),
    dimension). An empty list gives no rows.
    """

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""
        ...

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderDescription:
    """What is stored beside the graph. Prompts are put before each text; lengths are in tokens.

    kind: "onnx", or "sentence-transformers" for a model that could not be exported, which `model`
    then names by its folder. precision: of queries; documents are always encoded in float32.
    """

    kind: str
    model: str
    precision: Precision
    dimension: int
    max_tokens: int
    pad_token: str
    query_prompt: str
    document_prompt: str

    def save(self, folder: Path) -> None:
        """Write the description into the encoder's folder."""
        (folder / DESCRIPTION).write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "EncoderDescription":
        """Read what `save` wrote."""
        return cls(**json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))


class OnnxEncoder:
    """Runs exported graphs (pooling and normalisation inside) with their tokenizer.

    Each run takes one thread; threads may share an encoder, and long lists are spread over several.
    """

    def __init__(self, folder: Path, description: EncoderDescription, threads: int = 0) -> None:
        """threads: for long lists; 0 means one for each core.

        Raises:
            ModelError: a graph cannot be loaded, or this processor does not compute int8 as the one
                did that the encoder was made on.
        """
        self._folder, self._description = folder, description
        self._threads = threads or os.cpu_count() or 1
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(description.max_tokens)
        self._pad_id = self._tokenizer.token_to_id(description.pad_token) or 0
        if description.precision == INT8:
            self.use_for_queries(folder / QUERY_GRAPH)
            self._refuse_other_arithmetic()
        else:
            self._queries = self._documents

    def use_for_queries(self, graph: Path) -> None:
        """Encode queries with an int8 graph."""
        # Its scale is taken from all that is in a run, so each text has its own.
        self._queries = _Graph(graph, self._pad_id, most=1)

    @cached_property
    def _documents(self) -> "_Graph":
        # Serving in int8 never needs it, and must not: its folder may be gone by then.
        return _Graph(self._folder / GRAPH, self._pad_id, most=_BATCH)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._description.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, (len(texts), dimension)."""
        prompt = self._description.query_prompt
        return self._encode([prompt + text for text in texts], self._queries, None)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds, (len(texts), dimension)."""
        prompt = self._description.document_prompt
        return self._encode([prompt + text for text in texts], self._documents, progress)

    def _encode(self, texts: list[str], graph: "_Graph", progress: Progress | None) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        vectors = np.empty((len(texts), self.dimension), np.float32)

        def run(rows: list[int]) -> list[int]:
            vectors[rows] = graph.run([encodings[row] for row in rows])
            return rows

        for rows in self._each(run, list(graph.batches([len(one.ids) for one in encodings]))):
            if progress:
                progress(len(rows))
        return vectors

    def _each(
        self, run: Callable[[list[int]], list[int]], batches: list[list[int]]
    ) -> Iterator[list[int]]:
        if len(batches) <= _AT_ONCE or self._threads == 1:
            yield from map(run, batches)
            return
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(run, batches)

    def _refuse_other_arithmetic(self) -> None:
        expected: Vectors = np.load(self._folder / PROBE, allow_pickle=False)
        if not float(self.encode_queries([PROBED])[0] @ expected) >= _SAME:  # it may be no number
            raise ModelError(
                "this processor computes int8 in another way than the one that made this encoder.",
                where=str(self._folder),
                mend="Build with: qa index --precision float32.",
            )


class _Graph:
    """A graph that reads texts of one length, or, with a mask, of several.

    most: how many texts a run may hold.
    """

    def __init__(self, path: Path, pad_id: int, most: int) -> None:
        self._session = _session(path)
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._pad_id, self._most = pad_id, most

    def batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Rows that are run together; lengths are in tokens, (n,)."""
        ascending = sorted(range(len(lengths)), key=lengths.__getitem__)
        alike = [ascending]
        if "attention_mask" not in self._inputs:
            alike = [list(rows) for _, rows in groupby(ascending, lengths.__getitem__)]
        for rows in alike:
            for start in range(0, len(rows), self._most):
                yield rows[start : start + self._most]

    def run(self, encodings: list[Encoding]) -> Vectors:
        """The vectors of texts that may be run together, (len(encodings), dimension)."""
        shape = len(encodings), max(len(encoding.ids) for encoding in encodings)
        feed = {"input_ids": np.full(shape, self._pad_id, np.int64)}
        feed |= {name: np.zeros(shape, np.int64) for name in self._inputs - {"input_ids"}}
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            feed["input_ids"][row, :length] = encoding.ids
            if "attention_mask" in feed:
                feed["attention_mask"][row, :length] = 1
            if "token_type_ids" in feed:
                feed["token_type_ids"][row, :length] = encoding.type_ids
        vectors: Vectors = self._session.run(None, feed)[0]
        return vectors


def optimise(graph: Path, optimised: Path) -> None:
    """Write a graph with its operators fused, once and for all machines, so that loading is quick.

    Fusions that depend on the processor are left out of the file.
    """
    options = _options()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(optimised)
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _session(graph: Path) -> onnxruntime.InferenceSession:
    options = _options()
    # The graph was optimised when it was made; doing it again takes half of the start.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common kind of their own
        problem = first_line(error).rstrip(".")
        raise ModelError(f"ONNX Runtime cannot load it: {problem}.", where=str(graph)) from error


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    # A short text leaves nothing for a second thread to do; a second text does.
    options.intra_op_num_threads = 1
    # The arena keeps every shape's peak for good (onnxruntime#11627): texts have many lengths.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    return options
