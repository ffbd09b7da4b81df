"""What a precision costs and loses: speed beside quality, each against float32 in the same run.

    python -m bench.precision [SET ...]

First the encoder alone: milliseconds for one question by itself (median), and questions a second
from two threads. Then every set as it would be served, by defaults fitted without its
domain: the difference to float32 in P@1 and AUROC with its 95 % interval (paired bootstrap over the
queries), how often the best entry is the same, and the ECE of both. As served, questions and what
the FAQ holds are in int8; in the other ways questions alone are in it, or in what ONNX Runtime has,
and what the FAQ holds is in float32. Last, for each way and measure, the mean difference, and the
largest of the sets' p-values adjusted by Holm (1979), those of tests that it is worse by MARGIN or
more; in how many sets they are below ALPHA. In P@1 the test is Tango's (1998), of AUROC an
approximation by bootstrap.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from bench.quality import Floats, Ints, Outcome, answered, left_out
from bench.sets import LabelledSet, available, load, stored_encoder
from index import bert
from index.build import rows_of
from index.encoder import EncoderDescription, ExportedEncoder
from index.export import bert_of, load_transformer
from index.inference import OnnxGraph
from index.model import DEFAULT_MODEL, FLOAT32, find_model
from index.vectors import VectorStore
from qa.evaluation.calibration import measure_calibration
from qa.evaluation.measures import auroc
from qa.evaluation.significance import Difference, Statistic, difference_of
from qa.learned import Learned

ROUNDS, TIMED = 5, 200

MARGIN = 0.01
"""By so much P@1 or AUROC may not fall."""

ALPHA = 0.025
"""One-sided, as an interval of 95 % has it."""

RESAMPLES, BATCH = 2_000, 50


def quantised(matrix: bert.Floats) -> tuple[npt.NDArray[np.int8], bert.Floats]:
    """A matrix, (inputs, outputs), in eight bits, and a scale for each output, (outputs,)."""
    scale = np.abs(matrix).max(axis=0) / 127
    return np.round(matrix / scale).astype(np.int8), scale


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
QUESTIONS_ALONE = "int8, questions alone"
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
        self._runs = OnnxGraph(graph, pad_id=0, most=1)


class Encoders:
    """One encoder for each precision, over the tokenizer of a stored one."""

    def __init__(self, stored: Path, folder: Path) -> None:
        weights = bert_of(load_transformer(find_model(DEFAULT_MODEL).folder))
        if weights is None:
            raise ValueError("the default model is not a BERT encoder any more")
        described = EncoderDescription.load(stored)
        exact = replace(described, precision=FLOAT32)
        self.float32 = ExportedEncoder(stored, exact)
        self.int8 = ExportedEncoder(stored, described)
        self.on_one_thread = ExportedEncoder(stored, described, threads=1)
        self.rivals: dict[str, ExportedEncoder] = {}
        for number, (name, product) in enumerate(RIVALS.items()):
            path = folder / f"{number}.onnx"
            bert.write_onnx(weights, path, product)
            self.rivals[name] = Rival(stored, exact, path)


def milliseconds(encoder: ExportedEncoder, texts: list[str]) -> float:
    """One question by itself, median."""
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
    every = {
        "float32": encoders.float32,
        AS_SERVED: encoders.int8,
        "int8, on one thread": encoders.on_one_thread,
        **encoders.rivals,
    }
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One way on one set, beside float32. p: of the test that each measure is worse by MARGIN."""

    way: str
    cells: Sequence[str]
    difference: Mapping[str, float]
    p: Mapping[str, float]


def in_float32(labelled: LabelledSet, encoder: ExportedEncoder) -> LabelledSet:
    """The set with everything in float32, and what it then learns from its entries."""
    texts = [row.text for row in rows_of(list(labelled.snapshot.entries))]
    vectors = VectorStore.of(encoder.encode_documents(texts))
    snapshot = replace(labelled.snapshot, encoder=encoder, vectors=vectors, learned={})
    learned = Learned.of(snapshot).arrays()
    return replace(labelled, snapshot=replace(snapshot, learned=learned))


def asked_in(labelled: LabelledSet, encoder: ExportedEncoder) -> LabelledSet:
    """The set with its questions encoded so."""
    return replace(labelled, snapshot=replace(labelled.snapshot, encoder=encoder))


def p_by_bootstrap(statistic: Statistic, n: int) -> float:
    """The share of resamples of n queries in which now is worse than earlier by MARGIN or more."""
    rng, worse = np.random.default_rng(0), 0
    for _ in range(RESAMPLES // BATCH):
        which = rng.integers(n, size=(BATCH, n))
        worse += int((statistic(which) - statistic(which + n) <= -MARGIN).sum())
    return (worse + 1) / (RESAMPLES + 1)


def p_of_shares(gained: int, lost: int, n: int) -> float:
    """Of n queries so many are right now and were not, and the other way round: the p-value of the
    test that the share of right ones has fallen by MARGIN or more (Tango, "Equivalence test and
    confidence interval for the difference in proportions for the paired-sample design", 1998).
    """
    # The likeliest share of gains if that of losses is larger by just MARGIN.
    a, b = 2 * n, (2 * n + gained - lost) * MARGIN - gained - lost
    share = (np.sqrt(b**2 + 4 * a * gained * MARGIN * (1 - MARGIN)) - b) / (2 * a)
    variance = n * (2 * share + MARGIN * (1 - MARGIN))
    return float(norm.sf((gained - lost + n * MARGIN) / np.sqrt(variance)))


def adjusted(p: Sequence[float]) -> list[float]:
    """Holm's, ascending: the smallest times their number, the next times one less, and so on; none
    below those before.
    """
    ascending = np.sort(p) * np.arange(len(p), 0, -1)
    return [min(float(one), 1.0) for one in np.maximum.accumulate(ascending)]


def compared(name: str, encoders: Encoders) -> list[Compared]:
    """Every way on a set."""
    labelled, defaults = load(name), left_out(name)
    exact = in_float32(labelled, encoders.float32)
    earlier = answered(exact, defaults)
    ways = {AS_SERVED: labelled}
    for way, encoder in {QUESTIONS_ALONE: encoders.int8, **encoders.rivals}.items():
        ways[way] = asked_in(exact, encoder)
    return [
        one_way(way, answered(asked, defaults), earlier, labelled) for way, asked in ways.items()
    ]


def one_way(way: str, now: Outcome, earlier: Outcome, labelled: LabelledSet) -> Compared:
    """One way on one set."""
    answerable = labelled.relevant.any(axis=1)
    right = np.concatenate([now.right[answerable], earlier.right[answerable]]).astype(float)
    sure = np.concatenate([now.sure, earlier.sure])
    is_right = np.concatenate([now.right, earlier.right])

    def precision(which: Ints) -> Floats:
        return np.asarray(right[which].mean(axis=-1))

    def area(which: Ints) -> Floats:
        return np.asarray(auroc(sure[which], is_right[which]), float)

    gained, lost = (
        (now.right & ~earlier.right)[answerable],
        (earlier.right & ~now.right)[answerable],
    )
    found = {"P@1": difference(precision, len(gained)), "AUROC": difference(area, len(now.sure))}
    cells = [
        *map(shown, found.values()),
        f"{(now.best == earlier.best).mean():.4f}",
        f"{measure_calibration(earlier.sure, earlier.right).ece:.3f}",
        f"{measure_calibration(now.sure, now.right).ece:.3f}",
    ]
    p = {
        "P@1": p_of_shares(int(gained.sum()), int(lost.sum()), len(gained)),
        "AUROC": p_by_bootstrap(area, len(now.sure)),
    }
    differences = {measure: one.difference for measure, one in found.items()}
    return Compared(way=way, cells=cells, difference=differences, p=p)


def difference(statistic: Statistic, n: int) -> Difference:
    """The difference over n queries, of which there must be two."""
    if (found := difference_of(statistic, n)) is None:
        raise ValueError("a set of fewer than two queries")
    return found


def shown(difference: Difference) -> str:
    """A difference and the ends of its interval."""
    low, high = difference.interval.low, difference.interval.high
    return f"{difference.difference:+.4f} ({low:+.4f} to {high:+.4f})"


def print_sets(names: Sequence[str], encoders: Encoders) -> None:
    """A row for each set and way; then, for each way, what holds over all sets."""
    print("\n| set | precision | P@1 | AUROC | same best entry | ECE, float32 | ECE |")
    print("| --- " * 7 + "|")
    ways: dict[str, list[Compared]] = {}
    for name in names:
        for one in compared(name, encoders):
            ways.setdefault(one.way, []).append(one)
            print(f"| {' | '.join([name, one.way, *one.cells])} |", flush=True)
    held = f"largest p | p < {ALPHA}"
    print(f"\n| precision | mean P@1 | {held} | mean AUROC | {held} |")
    print("| --- " * 7 + "|")
    for way, sets in ways.items():
        cells = [way]
        for measure in sets[0].p:
            mean = np.mean([one.difference[measure] for one in sets])
            p = adjusted([one.p[measure] for one in sets])
            sets_held = f"{sum(one < ALPHA for one in p)} of {len(p)}"
            cells += [f"{mean:+.4f}", f"{p[-1]:.4f}", sets_held]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    """Print all tables."""
    names = sys.argv[1:] or available()
    texts = list(load(names[0]).queries[:TIMED])
    with TemporaryDirectory() as folder:
        encoders = Encoders(stored_encoder(), Path(folder))
        print_speed(encoders, texts)
        print_sets(names, encoders)


if __name__ == "__main__":
    main()
