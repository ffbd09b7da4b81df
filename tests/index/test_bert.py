"""The graph against the same arithmetic in NumPy, on a small encoder of random weights."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from scipy.special import erf

from index.bert import (
    Bert,
    Floats,
    Spread,
    multiplied,
    quantised,
    quantised_by_row,
    write,
    write_float32,
    write_int8,
)

WIDTH, HEADS, LAYERS, EPSILON = 16, 4, 2, 1e-6
IDS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])


def weights() -> dict[str, Floats]:
    """As transformers names them; some channels are far larger than others."""
    draw = np.random.default_rng(7)

    def drawn(*shape: int) -> Floats:
        return draw.normal(size=shape).astype(np.float32) / 2

    found = {
        "embeddings.word_embeddings.weight": drawn(20, WIDTH).astype(np.float16).astype(np.float32),
        "embeddings.position_embeddings.weight": drawn(12, WIDTH),
        "embeddings.token_type_embeddings.weight": drawn(2, WIDTH),
    }
    matrices = {
        "attention.self.query": (WIDTH, WIDTH),
        "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH),
        "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (4 * WIDTH, WIDTH),
        "output.dense": (WIDTH, 4 * WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for name, shape in matrices.items():
            found[f"{layer}.{name}.weight"] = drawn(*shape)
            found[f"{layer}.{name}.bias"] = drawn(shape[0])
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    for name in norms:
        found[f"{name}.weight"] = np.geomspace(0.1, 10, WIDTH).astype(np.float32)
        found[f"{name}.bias"] = drawn(WIDTH)
    return found


def bert(pooling: str = "mean") -> Bert:
    return Bert.of(weights(), heads=HEADS, epsilon=EPSILON, pooling=pooling)


def spreads() -> list[Spread]:
    sizes = np.geomspace(0.1, 10, WIDTH).astype(np.float32)
    return [Spread(sizes, sizes)] * LAYERS


def vectors(path: Path, ids: npt.NDArray[Any]) -> Floats:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: Floats = session.run(None, {"input_ids": ids.astype(np.int64)})[0]
    return found


def by_hand(ids: npt.NDArray[Any], pooling: str) -> npt.NDArray[np.float64]:
    """One text's vector, after Devlin et al., 2019, and Vaswani et al., 2017."""
    own = {name: array.astype(np.float64) for name, array in weights().items()}

    def norm(value: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
        apart = value - value.mean(-1, keepdims=True)
        scaled = apart / np.sqrt((apart**2).mean(-1, keepdims=True) + EPSILON)
        return scaled * own[f"{name}.weight"] + own[f"{name}.bias"]

    def linear(value: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
        return value @ own[f"{name}.weight"].T + own[f"{name}.bias"]

    value = own["embeddings.word_embeddings.weight"][ids]
    value = value + own["embeddings.position_embeddings.weight"][: len(ids)]
    value = value + own["embeddings.token_type_embeddings.weight"][0]
    value = norm(value, "embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        heads = [
            linear(value, f"{layer}.attention.self.{part}").reshape(len(ids), HEADS, -1)
            for part in ("query", "key", "value")
        ]
        scores = np.einsum("ihd,jhd->hij", heads[0], heads[1]) / np.sqrt(WIDTH / HEADS)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        attended = np.einsum("hij,jhd->ihd", shares, heads[2]).reshape(len(ids), WIDTH)
        mixed = linear(attended, f"{layer}.attention.output.dense") + value
        value = norm(mixed, f"{layer}.attention.output.LayerNorm")
        wide = linear(value, f"{layer}.intermediate.dense")
        active = wide * (1 + erf(wide / np.sqrt(2))) / 2
        value = norm(linear(active, f"{layer}.output.dense") + value, f"{layer}.output.LayerNorm")
    pooled = value.mean(0) if pooling == "mean" else value[0]
    return np.asarray(pooled / np.linalg.norm(pooled))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_float32_graph_computes_what_bert_is(tmp_path: Path, pooling: str) -> None:
    write_float32(bert(pooling), tmp_path / "graph.onnx")
    expected = [by_hand(ids, pooling) for ids in IDS]
    np.testing.assert_allclose(vectors(tmp_path / "graph.onnx", IDS), expected, atol=1e-5)


def test_dividing_channels_and_multiplying_weights_changes_nothing_by_itself(
    tmp_path: Path,
) -> None:
    write(bert(), tmp_path / "graph.onnx", multiplied, multiplied, spreads())
    expected = [by_hand(ids, "mean") for ids in IDS]
    np.testing.assert_allclose(vectors(tmp_path / "graph.onnx", IDS), expected, atol=1e-5)


def test_smoothing_and_scaling_by_row_keep_int8_near_the_exact_vectors(tmp_path: Path) -> None:
    texts = np.random.default_rng(1).integers(20, size=(10, 1, 8))

    def least_cosine(path: Path) -> float:
        return min(float(vectors(path, ids)[0] @ by_hand(ids[0], "mean")) for ids in texts)

    # Unsigned, for all processors multiply these alike.
    product, by_row = (partial(way, unsigned=True) for way in (quantised, quantised_by_row))
    write(bert(), tmp_path / "plain.onnx", product, product)
    write(bert(), tmp_path / "rows.onnx", product, by_row)
    write_int8(bert(), spreads(), tmp_path / "both.onnx", unsigned=True)
    assert 0.96 < least_cosine(tmp_path / "both.onnx") < 0.99999
    assert least_cosine(tmp_path / "plain.onnx") < 0.9
    assert least_cosine(tmp_path / "rows.onnx") < 0.9


def test_weights_are_the_same_signed_or_not(tmp_path: Path) -> None:
    """How they are stored is a matter of what a processor is fast at."""
    write_int8(bert(), spreads(), tmp_path / "signed.onnx")
    write_int8(bert(), spreads(), tmp_path / "unsigned.onnx", unsigned=True)
    kept = {}
    for name in ("signed", "unsigned"):
        graph = onnx.load(tmp_path / f"{name}.onnx").graph
        read = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
        weights_of = "layer0.attend.weights"
        zero = read["layer0.attend.zero"].astype(int)
        kept[name] = read[weights_of].astype(int) - zero
        assert read[weights_of].dtype == (np.int8 if name == "signed" else np.uint8)
    np.testing.assert_array_equal(kept["signed"], kept["unsigned"])
    for ids in IDS:
        exact = by_hand(ids, "mean")
        assert float(vectors(tmp_path / "unsigned.onnx", np.array([ids]))[0] @ exact) > 0.96


def test_a_missing_weight_is_named() -> None:
    lacking = weights()
    del lacking["encoder.layer.1.output.dense.bias"]
    with pytest.raises(KeyError, match=r"output\.dense\.bias"):
        Bert.of(lacking, heads=HEADS, epsilon=EPSILON, pooling="mean")
