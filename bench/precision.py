"""What a precision costs and loses: speed beside quality, each against float32 in the same run.

    python -m bench.precision [SET ...]

Queries are encoded in each precision; what the FAQ holds is encoded in float32, but for one row in
which it is not. First the encoder alone: milliseconds for one question on one thread (median), and
questions a second from two threads. Then every set as it would be served, by defaults fitted
without its domain: the difference to float32 in P@1 and AUROC with its 95 % interval (paired
bootstrap over the queries), how often the best entry is the same, and the ECE of both.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.quality import Outcome, answered, left_out
from bench.sets import LabelledSet, available, load, stored_encoder
from index import bert
from index.build import rows_of
from index.encoder import EncoderDescription, OnnxEncoder
from index.export import bert_of, load_transformer, spreads_of
from index.model import DEFAULT_MODEL, FLOAT32, find_model
from index.vectors import VectorStore
from qa.evaluation.calibration import measure_calibration
from qa.evaluation.measures import auroc
from qa.evaluation.significance import Difference, difference_of

ROUNDS, TIMED = 5, 200


@dataclass(frozen=True, slots=True)
class Way:
    """A way of multiplying by the weights. smooth: whether large channels are made smaller."""

    product: bert.Product
    last: bert.Product
    smooth: bool = False
    documents_too: bool = False


def in_blocks(size: int) -> bert.Product:
    """Weights of 8 bits with a scale for each block of so many inputs, activations for each block
    of a row (ONNX Runtime's MatMulNBits).
    """

    def product(graph: bert.Graph, value: str, matrix: bert.Floats, name: str) -> str:
        inputs, outputs = matrix.shape
        blocks = matrix.T.reshape(outputs, inputs // size, size)
        where = np.abs(blocks).argmax(axis=-1, keepdims=True)
        scale = np.take_along_axis(blocks, where, axis=-1) / -128
        cells = np.clip(np.round(blocks / scale) + 128, 0, 255).astype(np.uint8)
        given = [
            value,
            graph.constant(f"{name}.weights", cells),
            graph.constant(f"{name}.scale", scale[..., 0].astype(np.float32)),
        ]
        sizes = {"K": inputs, "N": outputs, "bits": 8, "block_size": size, "accuracy_level": 4}
        return graph.node("MatMulNBits", given, name, domain="com.microsoft", **sizes)

    return product


WAYS = {
    "int8, as served": Way(bert.quantised, bert.quantised_by_row, smooth=True),
    "int8, what the FAQ holds too": Way(
        bert.quantised, bert.quantised_by_row, smooth=True, documents_too=True
    ),
    "int8, channels and rows as they are": Way(bert.quantised, bert.quantised),
    "int8, each layer's last matrix in float32": Way(bert.quantised, bert.multiplied, smooth=True),
    "8-bit weights in blocks of 128": Way(in_blocks(128), in_blocks(128)),
    "8-bit weights in blocks of 32": Way(in_blocks(32), in_blocks(32)),
}


class Encoders:
    """One encoder for each way, over the tokenizer of a stored one."""

    def __init__(self, stored: Path, folder: Path) -> None:
        transformer = load_transformer(find_model(DEFAULT_MODEL).folder)
        weights, spreads = bert_of(transformer), spreads_of(transformer)
        if weights is None:
            raise ValueError("the default model is not a BERT encoder any more")
        description = replace(EncoderDescription.load(stored), precision=FLOAT32)
        self.float32 = OnnxEncoder(stored, description)
        self.of: dict[str, OnnxEncoder] = {}
        for number, (name, way) in enumerate(WAYS.items()):
            path = folder / f"{number}.onnx"
            bert.write(weights, path, way.product, way.last, spreads if way.smooth else None)
            self.of[name] = OnnxEncoder(stored, description)
            self.of[name].use_for_queries(path)


def milliseconds(encoder: OnnxEncoder, texts: list[str]) -> float:
    """One question on one thread, median."""
    times = []
    for text in texts:
        began = time.perf_counter()
        encoder.encode_queries([text])
        times.append(time.perf_counter() - began)
    return float(np.median(times)) * 1000


def rate(encoder: OnnxEncoder, texts: list[str]) -> float:
    """Questions a second from two threads, each asking one at a time."""
    with ThreadPoolExecutor(2) as pool:
        began = time.perf_counter()
        list(pool.map(lambda text: encoder.encode_queries([text]), texts))
        return len(texts) / (time.perf_counter() - began)


def print_speed(encoders: Encoders, texts: list[str]) -> None:
    """Interleaved rounds, medians."""
    every = {"float32": encoders.float32, **encoders.of}
    figures: dict[str, list[tuple[float, float]]] = {name: [] for name in every}
    expected = encoders.float32.encode_queries(texts)
    for _ in range(ROUNDS):
        for name, encoder in every.items():
            figures[name].append((milliseconds(encoder, texts), rate(encoder, texts)))
    print(
        "| precision | one question | questions/s, two threads | cosine to float32, mean | least |"
    )
    print("| --- | --- | --- | --- | --- |")
    for name, encoder in every.items():
        one, many = np.median(figures[name], axis=0)
        cosines = (encoder.encode_queries(texts) * expected).sum(axis=1)
        closeness = f"{cosines.mean():.5f} | {cosines.min():.5f}"
        print(f"| {name} | {one:.2f} ms | {many:,.0f} | {closeness} |", flush=True)


def outcome(name: str, labelled: LabelledSet, encoder: OnnxEncoder, *, documents: bool) -> Outcome:
    """The set as it would be served with this encoder, and what it would learn from its vectors."""
    snapshot = replace(labelled.snapshot, encoder=encoder)
    if documents:
        texts = [row.text for row in rows_of(list(snapshot.entries))]
        vectors = VectorStore.of(encoder.encode_queries(texts))
        snapshot = replace(snapshot, vectors=vectors, learned={})
    return answered(replace(labelled, snapshot=snapshot), left_out(name))


def against(now: Outcome, earlier: Outcome, labelled: LabelledSet) -> tuple[Difference, Difference]:
    """The differences in P@1 and AUROC."""
    answerable = labelled.relevant.any(axis=1)
    right = np.concatenate([now.right[answerable], earlier.right[answerable]]).astype(float)
    sure = np.concatenate([now.sure, earlier.sure])
    is_right = np.concatenate([now.right, earlier.right])
    precision = difference_of(lambda which: right[which].mean(axis=-1), int(answerable.sum()))
    area = difference_of(lambda which: auroc(sure[which], is_right[which]), len(now.sure))
    if precision is None or area is None:
        raise ValueError("a set of fewer than two queries")
    return precision, area


def rows(name: str, encoders: Encoders) -> list[str]:
    """A set's rows of the table: one for each way."""
    labelled = load(name)
    earlier = outcome(name, labelled, encoders.float32, documents=False)
    table = []
    for way, encoder in encoders.of.items():
        now = outcome(name, labelled, encoder, documents=WAYS[way].documents_too)
        cells = [
            name,
            way,
            *map(shown, against(now, earlier, labelled)),
            f"{(now.best == earlier.best).mean():.4f}",
            f"{measure_calibration(earlier.sure, earlier.right).ece:.3f}",
            f"{measure_calibration(now.sure, now.right).ece:.3f}",
        ]
        table.append(f"| {' | '.join(cells)} |")
    return table


def shown(difference: Difference) -> str:
    """A difference and the ends of its interval."""
    low, high = difference.interval.low, difference.interval.high
    return f"{difference.difference:+.4f} ({low:+.4f} to {high:+.4f})"


def main() -> None:
    """Print both tables."""
    names = sys.argv[1:] or available()
    texts = list(load(names[0]).queries[:TIMED])
    with TemporaryDirectory() as folder:
        encoders = Encoders(stored_encoder(), Path(folder))
        print_speed(encoders, texts)
        print("\n| set | precision | P@1 | AUROC | same best entry | ECE, float32 | ECE |")
        print("| --- " * 7 + "|")
        for name in names:
            print("\n".join(rows(name, encoders)), flush=True)


if __name__ == "__main__":
    main()
