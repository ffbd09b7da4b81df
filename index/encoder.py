"""Text in, unit vectors out, with ONNX Runtime: what serving needs, without torch."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from index.errors import ModelError
from index.vectors import Vectors

GRAPH, TOKENIZER, DESCRIPTION = "model.onnx", "tokenizer.json", "encoder.json"

# Texts of like length share a batch, so that next to nothing is computed on padding; larger
# batches than this gain nothing on a CPU.
_BATCH = 16

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
    then names by its folder.
    """

    kind: str
    model: str
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
    """Runs an exported graph (pooling and normalisation inside) with its tokenizer."""

    def __init__(self, folder: Path, description: EncoderDescription, threads: int = 0) -> None:
        self._description = description
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(description.max_tokens)
        self._pad_id = self._tokenizer.token_to_id(description.pad_token) or 0
        self._session = _session(folder / GRAPH, threads)
        self._inputs = {given.name for given in self._session.get_inputs()}

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._description.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, (len(texts), dimension)."""
        return self._encode([self._description.query_prompt + text for text in texts], None)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds, (len(texts), dimension)."""
        return self._encode([self._description.document_prompt + text for text in texts], progress)

    def _encode(self, texts: list[str], progress: Progress | None) -> Vectors:
        encodings = self._tokenizer.encode_batch(texts)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for rows in _batches_of_like_length(encodings):
            vectors[rows] = self._run([encodings[row] for row in rows])
            if progress:
                progress(len(rows))
        return vectors

    def _run(self, encodings: list[Encoding]) -> Vectors:
        shape = len(encodings), max(len(encoding.ids) for encoding in encodings)
        feed = {
            "input_ids": np.full(shape, self._pad_id, np.int64),
            "attention_mask": np.zeros(shape, np.int64),
            "token_type_ids": np.zeros(shape, np.int64),
        }
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            feed["input_ids"][row, :length] = encoding.ids
            feed["attention_mask"][row, :length] = 1
            feed["token_type_ids"][row, :length] = encoding.type_ids
        wanted = {name: array for name, array in feed.items() if name in self._inputs}
        vectors: Vectors = self._session.run(None, wanted)[0]
        return vectors


def _batches_of_like_length(encodings: list[Encoding]) -> Iterator[list[int]]:
    order = sorted(range(len(encodings)), key=lambda row: len(encodings[row].ids))
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]


def optimise(graph: Path, optimised: Path) -> None:
    """Write a graph with its operators fused, once and for all machines, so that loading is quick.

    Fusions that depend on the processor are left out of the file.
    """
    options = _options(threads=1)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(optimised)
    onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _session(graph: Path, threads: int) -> onnxruntime.InferenceSession:
    options = _options(threads)
    # The graph was optimised when it was made; doing it again takes half of the start.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
        raise ModelError(f"ONNX Runtime cannot load it: {error}.", where=str(graph)) from error


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # The arena keeps every shape's peak for good (onnxruntime#11627): texts have many lengths.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Idle threads must not burn a core between questions.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
