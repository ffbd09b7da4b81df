"""Text in, unit vectors out: what serving needs, without torch.

In float32 texts go through an ONNX graph, in int8 through C of our own.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from tokenizers import Encoding, Tokenizer

from index.errors import ModelError
from index.forward import Forward
from index.model import INT8, Precision
from index.vectors import Vectors

GRAPH, TOKENIZER, DESCRIPTION = "model.onnx", "tokenizer.json", "encoder.json"
WEIGHTS = "int8"

ENCODER_FORMAT: Final = 4
"""Of an encoder's folder, and of the vectors it gives: when it changes all is made anew."""

# Texts of one length in a run: more of them gain nothing on a CPU.
_BATCH = 16
# In int8, where texts of any lengths are run together: what more tokens need leaves the cache.
_TOKENS = 64
# So few runs stay in the thread that asks: a service has several, and asks for no more at a time.
_AT_ONCE = 4

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
    then names by its folder. format: `ENCODER_FORMAT` when it was written.
    """

    format: int = ENCODER_FORMAT
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
        """Read what `save` wrote.

        Raises:
            ModelError: another version did.
        """
        found = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        if found.get("format") != ENCODER_FORMAT:
            raise ModelError(
                "another version of this program made this encoder.",
                where=str(folder),
                mend="Build it again with: qa index.",
            )
        return cls(**found)


class Runs(Protocol):
    """What turns tokens into vectors, in runs of several texts or of one."""

    def batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Rows that are run together; lengths are in tokens, (n,)."""
        ...

    def run(self, encodings: list[Encoding]) -> Vectors:
        """The vectors of texts that may be run together, (len(encodings), dimension)."""
        ...


class Int8:
    """Runs a BERT encoder in int8."""

    def __init__(self, folder: Path, threads: int) -> None:
        """threads: how many work at once on one text, at most.

        Raises:
            ModelError: this processor cannot run it.
        """
        self._forward = Forward.load(folder, threads)

    def batches(self, lengths: list[int]) -> Iterator[list[int]]:
        """Rows in their order, as many as have so many tokens together, or one."""
        rows: list[int] = []
        tokens = 0
        for row, length in enumerate(lengths):
            if rows and tokens + length > _TOKENS:
                yield rows
                rows, tokens = [], 0
            rows.append(row)
            tokens += length
        if rows:
            yield rows

    def run(self, encodings: list[Encoding]) -> Vectors:
        """The vectors of texts, (len(encodings), dimension)."""
        return self._forward.vectors([encoding.ids for encoding in encodings])


class ExportedEncoder:
    """Runs what was exported (pooling and normalisation inside) with its tokenizer.

    Threads may share an encoder. Each run takes one of them; in int8 a text that is alone is worked
    on by several (index/forward.py), and long lists are spread over several.
    """

    def __init__(self, folder: Path, description: EncoderDescription, threads: int = 0) -> None:
        """threads: how many work on a list, or on one text, at most; 0 means one for each core.

        Raises:
            ModelError: a graph cannot be loaded, or this processor cannot run int8.
        """
        self._folder, self._description = folder, description
        self._threads = threads or os.cpu_count() or 1
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(description.max_tokens)
        is_int8 = description.precision == INT8
        self._runs = Int8(folder / WEIGHTS, self._threads) if is_int8 else self._graph()

    def _graph(self) -> Runs:
        # Here and not above: it takes a tenth of a second to import, and int8 never needs it.
        from index.inference import OnnxGraph

        pad_id = self._tokenizer.token_to_id(self._description.pad_token) or 0
        return OnnxGraph(self._folder / GRAPH, pad_id, most=_BATCH)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._description.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, (len(texts), dimension)."""
        prompt = self._description.query_prompt
        return self._encode([prompt + text for text in texts], None)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds, (len(texts), dimension)."""
        prompt = self._description.document_prompt
        return self._encode([prompt + text for text in texts], progress)

    def _encode(self, texts: list[str], progress: Progress | None) -> Vectors:
        encodings = self._tokenizer.encode_batch_fast(texts)  # where tokens lie is not asked
        vectors = np.empty((len(texts), self.dimension), np.float32)

        def run(rows: list[int]) -> list[int]:
            found = self._runs.run([encodings[row] for row in rows])
            # One by one: for as few as questions are, NumPy takes longer to put in all at once.
            for row, vector in zip(rows, found, strict=True):
                vectors[row] = vector
            return rows

        lengths = [len(encoding) for encoding in encodings]
        for rows in self._each(run, list(self._runs.batches(lengths))):
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
