"""What a precision costs and loses: speed beside quality, each against float32 in the same run.

    python -m bench.precision [SET ...]

Queries are encoded in each precision, as served or as ONNX Runtime has it; what the FAQ holds is
encoded in float32, but for one row in which it is not. First the encoder alone: milliseconds for
one question on one thread (median), and questions a second from two threads. Then every set as it
would be served, by defaults fitted without its domain: the difference to float32 in P@1 and AUROC
with its 95 % interval (paired bootstrap over the queries), how often the best entry is the same,
and the ECE of both.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.quality import Outcome, answered, left_out
from bench.sets import LabelledSet, available, load, stored_encoder
from index import bert
from index.build import rows_of
from index.encoder import EncoderDescription, ExportedEncoder
from index.export import bert_of, load_transformer
from index.forward import quantised
from index.inference import OnnxGraph
from index.model import DEFAULT_MODEL, FLOAT32, find_model
from index.vectors import VectorStore
from qa.evaluation.calibration import measure_calibration
from qa.evaluation.measures import auroc
from qa.evaluation.significance import Difference, difference_of

ROUNDS, TIMED = 5, 200


def dynamic(kind: type[np.int8] | type[np.uint8]) -> bert.Product:
    """Weights of 8 bits with a scale for each output, activations with one for each run. Signed
    weights are faster with VNNI; their sums overflow without.
    """

    def product(graph: bert.Graph, value: str, matrix: bert.Floats, name: str) -> str:
        zero = 128 if kind is np.uint8 else 0
        cells, scale = quantised(matrix)
        inputs = [
            value,
            graph.constant(f"{name}.weights", (cells.astype(np.int16) + zero).astype(kind)),
            graph.constant(f"{name}.scale", scale),
            graph.constant(f"{name}.zero", np.full(len(scale), zero, kind)),
        ]
        return graph.node("DynamicQuantizeMatMul", inputs, name, domain=bert.ORT)

    return product


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
        return graph.node("MatMulNBits", given, name, domain=bert.ORT, **sizes)

    return product


AS_SERVED = "int8, as served"
RIVALS = {
    "ONNX Runtime's dynamic int8": dynamic(np.uint8),
    "ONNX Runtime's dynamic int8, signed": dynamic(np.int8),
    "8-bit weights in blocks of 128": in_blocks(128),
    "8-bit weights in blocks of 32": in_blocks(32),
}


class Rival(ExportedEncoder):
    """A graph, one text a run: a scale that is taken from a run would be of several texts else."""

    def __init__(self, folder: Path, description: EncoderDescription, graph: Path) -> None:
        super().__init__(folder, description)
        self._queries = OnnxGraph(graph, pad_id=0, most=1)


class Encoders:
    """One encoder for each way, over the tokenizer of a stored one."""

    def __init__(self, stored: Path, folder: Path) -> None:
        weights = bert_of(load_transformer(find_model(DEFAULT_MODEL).folder))
        if weights is None:
            raise ValueError("the default model is not a BERT encoder any more")
        described = EncoderDescription.load(stored)
        exact = replace(described, precision=FLOAT32)
        self.float32 = ExportedEncoder(stored, exact)
        self.of = {AS_SERVED: ExportedEncoder(stored, described)}
        for number, (name, product) in enumerate(RIVALS.items()):
            path = folder / f"{number}.onnx"
            bert.write_onnx(weights, path, product)
            self.of[name] = Rival(stored, exact, path)


def milliseconds(encoder: ExportedEncoder, texts: list[str]) -> float:
    """One question on one thread, median."""
    times = []
    for text in texts:
        began = time.perf_counter()
        encoder.encode_queries([text])
        times.append(time.perf_counter() - began)
    return float(np.median(times)) * 1000


def rate(encoder: ExportedEncoder, texts: list[str]) -> float:
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


def outcome(
    name: str, labelled: LabelledSet, encoder: ExportedEncoder, *, documents: bool
) -> Outcome:
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
    documents_too = f"{AS_SERVED}, what the FAQ holds too"
    for way, encoder in {**encoders.of, documents_too: encoders.of[AS_SERVED]}.items():
        now = outcome(name, labelled, encoder, documents=way == documents_too)
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
