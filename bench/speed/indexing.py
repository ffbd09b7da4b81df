"""How fast answers are encoded in bulk: this service's encoder, in the precision of its index and
in float32, and sentence-transformers, in turns.

    python -m bench.speed.indexing INDEX [float32]

The line above starts one that encodes: a JSON list of texts a line in, seconds out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
from tokenizers import Tokenizer

from bench.speed.figures import Indexing
from bench.speed.peers import FILES, environment
from bench.speed.servers import UnusableError
from index.encoder import EncoderDescription, ExportedEncoder
from index.manifest import Layout
from index.model import DEFAULT_MODEL, FLOAT32, find_model
from index.shelf import folder_of, name_in_force

EXACT: Final = "qa, float32"
"""This service's encoder in float32."""

# all-MiniLM-L6-v2 (its config.json), and how many tokens of a text it is given.
_LAYERS, _WIDTH, _INNER, _MOST_TOKENS = 6, 384, 1536, 256

_SIDE: Final = 2048
_PRODUCTS: Final = 5


def operations(tokens: int) -> int:
    """Floating-point operations for a text of so many tokens, padding apart.

    A token passes four projections and two layers of the feed-forward network, and attention
    compares it with every other and mixes them; a multiplication and an addition are two.
    """
    projections = 4 * _WIDTH * _WIDTH + 2 * _WIDTH * _INNER
    attention = 2 * tokens * _WIDTH
    return 2 * _LAYERS * tokens * (projections + attention)


def matrix_peak() -> float:
    """1e9 operations a second of a float32 matrix product of good size: the best of a few."""
    square = np.random.default_rng(0).random((_SIDE, _SIDE), np.float32)
    return max(2 * _SIDE**3 / _seconds(square) / 1e9 for _ in range(_PRODUCTS))


def _seconds(square: "np.typing.NDArray[np.float32]") -> float:
    began = perf_counter()
    _ = square @ square
    return perf_counter() - began


@dataclass(frozen=True, slots=True)
class Bulk:
    """Texts, and what it takes to encode them in 1e9 operations."""

    texts: Sequence[str]
    work: float

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Bulk":
        """Count the tokens as the model would be given them."""
        tokenizer = Tokenizer.from_file(str(find_model(DEFAULT_MODEL).folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(_MOST_TOKENS)
        lengths = [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
        return cls(texts, sum(map(operations, lengths)) / 1e9)

    def done_in(self, service: str, seconds: float) -> Indexing:
        """The figures of a service."""
        return Indexing(
            service=service,
            texts=len(self.texts),
            per_second=len(self.texts) / seconds,
            operations=self.work / seconds,
        )


def compare(root: Path, rounds: Sequence[Bulk]) -> list[Indexing]:
    """Each round's texts by one encoder after the other; all stay loaded.

    Raises:
        UnusableError: sentence-transformers cannot be installed, or an encoder ends by itself.
    """
    ours = [sys.executable, "-m", "bench.speed.indexing", str(root)]
    theirs = [str(environment("habit")), str(FILES / "encode.py")]
    model = {"PEER_MODEL": str(find_model(DEFAULT_MODEL).folder), "HF_HUB_OFFLINE": "1"}
    with ExitStack() as stack:
        encoders = {
            "qa": stack.enter_context(_encoder(ours, {})),
            EXACT: stack.enter_context(_encoder([*ours, FLOAT32], {})),
            "habit": stack.enter_context(_encoder(theirs, model)),
        }
        return [
            bulk.done_in(name, _timed(encoder, bulk.texts))
            for bulk in rounds
            for name, encoder in encoders.items()
        ]


@contextmanager
def _encoder(
    command: Sequence[str], variables: Mapping[str, str]
) -> Iterator["subprocess.Popen[str]"]:
    """A process that encodes what it is given; it ends when its input does."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env={**os.environ, **variables}, stdin=pipe, stdout=pipe, text=True
    ) as process:
        yield process


def _timed(encoder: "subprocess.Popen[str]", texts: Sequence[str]) -> float:
    assert encoder.stdin and encoder.stdout
    with suppress(BrokenPipeError):  # it says nothing then
        encoder.stdin.write(f"{json.dumps(texts)}\n")
        encoder.stdin.flush()
    if not (seconds := encoder.stdout.readline()):
        raise UnusableError(f"an encoder has stopped by itself: {encoder.args!r}")
    return float(seconds)


def main() -> None:
    """Encode with the encoder of an index."""
    root = Path(sys.argv[1])
    folder = Layout(folder_of(root, name_in_force(root))).encoder
    described = EncoderDescription.load(folder)
    if FLOAT32 in sys.argv[2:]:
        described = replace(described, precision=FLOAT32)
    encoder = ExportedEncoder(folder, described)
    encoder.encode_documents(["warm up"])
    for line in sys.stdin:
        texts = json.loads(line)
        began = perf_counter()
        encoder.encode_documents(texts)
        print(perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
