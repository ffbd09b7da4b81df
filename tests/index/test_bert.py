"""Graph and int8 against the same arithmetic in NumPy, on a small encoder of random weights."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from hashlib import sha256
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
from scipy.linalg import hadamard
from scipy.special import erf

from index import arrays, forward
from index.bert import Bert, Floats, write_int8, write_onnx
from index.errors import ModelError
from index.forward import Forward, Weights, packed
from index.helpers import Helper

# Rows of the one are spread over blocks of 16, of the other over 128.
WIDTH, WIDE = 48, 384
HEADS, LAYERS, POSITIONS, EPSILON = 2, 2, 40, 1e-2
IDS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])


def weights() -> dict[str, Floats]:
    """As transformers names them; some channels are far larger than others."""
    draw = np.random.default_rng(7)

    def drawn(*shape: int) -> Floats:
        return draw.normal(size=shape).astype(np.float32) / 4

    found = {
        "embeddings.word_embeddings.weight": drawn(20, WIDTH).astype(np.float16).astype(np.float32),
        "embeddings.position_embeddings.weight": drawn(POSITIONS, WIDTH),
        "embeddings.token_type_embeddings.weight": drawn(2, WIDTH),
    }
    matrices = {
        "attention.self.query": (WIDTH, WIDTH),
        "attention.self.key": (WIDTH, WIDTH),
        "attention.self.value": (WIDTH, WIDTH),
        "attention.output.dense": (WIDTH, WIDTH),
        "intermediate.dense": (WIDE, WIDTH),
        "output.dense": (WIDTH, WIDE),
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


def bert(pooling: str = "mean", heads: int = HEADS) -> Bert:
    return Bert.of(weights(), heads=heads, epsilon=EPSILON, pooling=pooling)


def vectors(path: Path, ids: npt.NDArray[Any]) -> Floats:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: Floats = session.run(None, {"input_ids": ids.astype(np.int64)})[0]
    return found


def exactly(value: npt.NDArray[Any], matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(value @ matrix)


def spread(matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Hadamard matrices, block by block, times a matrix, (inputs, any)."""
    block = gcd(len(matrix), 128)
    return np.asarray(
        (hadamard(block) @ matrix.reshape(-1, block, matrix.shape[1])).reshape(matrix.shape)
    )


def cells_of(strips: npt.NDArray[np.int8]) -> npt.NDArray[np.int64]:
    """A packed matrix's cells, (inputs, outputs)."""
    count, fours, outputs, four = strips.shape
    cells = strips.transpose(1, 3, 0, 2).reshape(fours * four, count * outputs)
    return cells.astype(np.int64)


def in_int8(value: npt.NDArray[Any], matrix: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Weights of 8 bits by output, values from -127 to 127 by token, after they were spread."""
    strips, _, scale = packed(matrix.astype(np.float32))
    rows = spread(value.T).T
    step = np.abs(rows).max(axis=1, keepdims=True) / 127
    return np.asarray(np.round(rows / step) @ cells_of(strips) * step * scale)


def most_added(cells: npt.NDArray[Any]) -> int:
    """The largest sum of what has one sign and is added in 16 bits."""
    one, other = cells[::2], cells[1::2]
    most: int = np.maximum(np.abs(one), np.maximum(np.abs(other), np.abs(one + other))).max()
    return most


Product = Callable[[npt.NDArray[Any], npt.NDArray[Any]], npt.NDArray[Any]]


def by_hand(
    ids: npt.NDArray[Any],
    pooling: str,
    product: Product = exactly,
    heads: int = HEADS,
    given: dict[str, Floats] | None = None,
) -> npt.NDArray[np.float64]:
    """One text's vector, after Devlin et al., 2019, and Vaswani et al., 2017."""
    own = {name: array.astype(np.float64) for name, array in (given or weights()).items()}

    def norm(value: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
        apart = value - value.mean(-1, keepdims=True)
        scaled = apart / np.sqrt((apart**2).mean(-1, keepdims=True) + EPSILON)
        return scaled * own[f"{name}.weight"] + own[f"{name}.bias"]

    def linear(value: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
        return product(value, own[f"{name}.weight"].T) + own[f"{name}.bias"]

    value = own["embeddings.word_embeddings.weight"][ids]
    value = value + own["embeddings.position_embeddings.weight"][: len(ids)]
    value = value + own["embeddings.token_type_embeddings.weight"][0]
    value = norm(value, "embeddings.LayerNorm")
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        query, key, values = (
            linear(value, f"{layer}.attention.self.{part}").reshape(len(ids), heads, -1)
            for part in ("query", "key", "value")
        )
        scores = np.einsum("ihd,jhd->hij", query, key) / np.sqrt(WIDTH / heads)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        attended = np.einsum("hij,jhd->ihd", shares, values).reshape(len(ids), WIDTH)
        mixed = linear(attended, f"{layer}.attention.output.dense") + value
        value = norm(mixed, f"{layer}.attention.output.LayerNorm")
        wide = linear(value, f"{layer}.intermediate.dense")
        active = wide * (1 + erf(wide / np.sqrt(2))) / 2
        value = norm(linear(active, f"{layer}.output.dense") + value, f"{layer}.output.LayerNorm")
    pooled = value.mean(0) if pooling == "mean" else value[0]
    return np.asarray(pooled / np.linalg.norm(pooled))


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_the_float32_graph_computes_what_bert_is(tmp_path: Path, pooling: str) -> None:
    write_onnx(bert(pooling), tmp_path / "graph.onnx")
    expected = [by_hand(ids, pooling) for ids in IDS]
    np.testing.assert_allclose(vectors(tmp_path / "graph.onnx", IDS), expected, atol=1e-5)


def in_c(folder: Path, pooling: str = "mean", heads: int = HEADS, threads: int = 1) -> Forward:
    write_int8(bert(pooling, heads), folder / "int8")
    return Forward.load(folder / "int8", threads)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("tokens", [*range(1, 10), 15, 16, 17, 31, 33, POSITIONS])
def test_int8_in_c_is_the_same_arithmetic(tmp_path: Path, pooling: str, tokens: int) -> None:
    """Of every number of tokens, as they go by four, six and eight at a time."""
    ids = np.random.default_rng(tokens).integers(20, size=tokens)
    (found,) = in_c(tmp_path, pooling).vectors([ids.tolist()])
    # What is rounded to the other side of a step of 1/127 moves all that follows a little.
    np.testing.assert_allclose(found, by_hand(ids, pooling, in_int8), atol=3e-4)
    np.testing.assert_allclose(np.linalg.norm(found), 1, rtol=1e-6)
    assert found @ by_hand(ids, pooling) > 0.97


@pytest.mark.parametrize("heads", [1, 3, 6])
def test_int8_in_c_with_any_number_of_heads(tmp_path: Path, heads: int) -> None:
    """Of 48, 16 and 8 numbers each: lanes are taken two at a time, and one."""
    ids = np.random.default_rng(heads).integers(20, size=POSITIONS)
    (found,) = in_c(tmp_path, heads=heads).vectors([ids.tolist()])
    np.testing.assert_allclose(found, by_hand(ids, "mean", in_int8, heads), atol=3e-4)


def texts_of_all_lengths() -> list[list[int]]:
    draw = np.random.default_rng(3)
    return [draw.integers(20, size=size).tolist() for size in range(1, POSITIONS)]


def test_alone_together_and_in_threads_a_text_gets_the_same_bits(tmp_path: Path) -> None:
    encoder, texts = in_c(tmp_path), texts_of_all_lengths() * 5
    alone = np.concatenate([encoder.vectors([ids]) for ids in texts])
    np.testing.assert_array_equal(encoder.vectors(texts), alone)
    with ThreadPoolExecutor(4) as pool:
        in_threads = list(pool.map(encoder.vectors, ([ids] for ids in texts)))
    np.testing.assert_array_equal(np.concatenate(in_threads), alone)


def test_a_text_gets_the_same_bits_on_every_processor(tmp_path: Path) -> None:
    """Those that AVX2 gives; where there is VNNI, or neither, other instructions multiply. Weights
    are coarse, for the last bits of what NumPy draws are not the same everywhere.
    """
    coarse = {name: np.round(array * 256) / 256 for name, array in weights().items()}
    small = Bert.of(coarse, heads=HEADS, epsilon=EPSILON, pooling="mean")
    write_int8(small, tmp_path / "int8")
    found = Forward.load(tmp_path / "int8", 1).vectors(texts_of_all_lengths())
    assert sha256(found.tobytes()).hexdigest()[:16] == "4dfe2aac0ef13b69"


def test_a_text_in_parts_gets_the_same_bits_and_who_helps_late_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread does all parts, one to nine of them; nothing is left for whoever comes then."""
    late: list[Callable[[], object]] = []

    class Late:
        ask = late.append

    monkeypatch.setattr(forward, "helpers", lambda most: [Late] * most)
    encoder, alone = in_c(tmp_path, threads=POSITIONS), Forward.load(tmp_path / "int8", 1)
    for ids in texts_of_all_lengths():
        found = encoder.vectors([ids])
        np.testing.assert_array_equal(found, alone.vectors([ids]))
        while late:
            call = late.pop()
            (one,) = call.args  # type: ignore[attr-defined] # a partial
            assert one.taken == one.done == (LAYERS + 1) * one.parts
            room = one.own_room.copy()
            call()
            np.testing.assert_array_equal(one.own_room, room)
            assert one.taken == one.done == (LAYERS + 1) * one.parts


def test_only_a_thread_that_asks_alone_is_helped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, run = list[int](), forward._LIB.qa_forward

    def watched(one: Any) -> None:  # noqa: ANN401 - a structure of the C
        parts.append(one.parts)
        if len(parts) == 1:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(encoder.vectors, [[1] * 12]).result()
        run(one)

    helper = Helper("helping")
    monkeypatch.setattr(forward, "helpers", lambda most: [helper] * most)
    monkeypatch.setattr(forward._LIB, "qa_forward", watched)
    encoder = in_c(tmp_path, threads=3)
    for texts in ([[1] * 12], [[1] * 12], [[1] * 9], [[1]], [[1] * 12, [1] * 12]):
        encoder.vectors(texts)
    assert parts == [3, 1, 3, 2, 1, 1]


def test_no_tokens_or_more_than_there_are_positions_are_refused(tmp_path: Path) -> None:
    encoder = in_c(tmp_path)
    for ids in ([], [1] * (POSITIONS + 1)):
        with pytest.raises(ValueError, match=f"{len(ids)} tokens, {POSITIONS} positions"):
            encoder.vectors([[1], ids])
    for ids in ([20], [-1], [3, 20, 1]):
        with pytest.raises(IndexError, match="20 words"):
            encoder.vectors([[1], ids])


def test_a_value_that_is_no_number_stays_one(tmp_path: Path) -> None:
    write_int8(bert(), tmp_path / "int8")
    weights = arrays.load_record(Weights, tmp_path / "int8")
    broken = replace(weights, positions=np.full_like(weights.positions, np.nan))
    assert np.isnan(Forward(broken, 1).vectors([[1, 2, 3]])).all()


def test_weights_that_do_not_fit_each_other_are_refused(tmp_path: Path) -> None:
    write_int8(bert(), tmp_path / "int8")
    weights = arrays.load_record(Weights, tmp_path / "int8")
    with pytest.raises(ValueError, match=r"mix_bias is \(2, 16\), not \(2, 48\)"):
        Forward(replace(weights, mix_bias=weights.mix_bias[:, :16].copy()), 1)
    with pytest.raises(TypeError, match="float64, not float32"):
        Forward(replace(weights, mix_bias=weights.mix_bias.astype(np.float64)), 1)
    half = {
        f"widen_{name}": getattr(weights, f"widen_{name}")[:, :40].copy()
        for name in ("zero", "scale", "bias")
    }
    half["widen_cells"] = weights.widen_cells[:, : 40 // 16].copy()
    half["narrow_cells"] = weights.narrow_cells[:, :, : 40 // 4].copy()
    with pytest.raises(ValueError, match="rows of 48 and 40 numbers do not go into strips of 16"):
        Forward(replace(weights, **half), 1)
    with pytest.raises(ValueError, match="8 heads of 48 numbers are not of 8"):
        Forward(replace(weights, settings=np.array([8, 1, EPSILON])), 1)


def test_words_are_looked_up_exactly_whatever_half_precision_holds(tmp_path: Path) -> None:
    """By an encoder without layers, which gives the word's row, normalised."""
    numbers = np.arange(1 << 16).astype(np.uint16).view(np.float16)
    numbers = numbers[np.isfinite(numbers)]
    numbers = numbers[np.argsort(np.abs(numbers), kind="stable")]  # of one size in each row
    rows = numbers[: len(numbers) // WIDTH * WIDTH].reshape(-1, WIDTH)
    write_int8(bert(), tmp_path / "int8")
    stored = arrays.load_record(Weights, tmp_path / "int8")
    without = {f.name: getattr(stored, f.name)[:0].copy() for f in fields(Weights)[5:]}
    encoder = Forward(
        Weights(
            settings=np.array([HEADS, 1, 0.0]),
            words=rows,
            positions=np.zeros((1, WIDTH), np.float32),
            embedded_gain=np.ones((1, WIDTH), np.float32),
            embedded_shift=np.zeros((1, WIDTH), np.float32),
            **without,
        ),
        threads=1,
    )
    found = np.concatenate([encoder.vectors([[word]]) for word in range(len(rows))])
    apart = rows.astype(np.float64) - rows.astype(np.float64).mean(1, keepdims=True)
    expected = apart / np.linalg.norm(apart, axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_words_that_half_precision_cannot_hold_are_refused(tmp_path: Path) -> None:
    large = replace(bert(), words=np.full((20, WIDTH), 70_000, np.float32))
    with pytest.raises(ValueError, match="half precision cannot hold"):
        write_int8(large, tmp_path / "int8")


def test_matrices_that_do_not_fit_are_refused() -> None:
    for shape in ((32, 40), (40, 32)):
        with pytest.raises(
            ValueError, match=f"{shape[0]} by {shape[1]} does not go into strips of 16"
        ):
            packed(np.ones(shape, np.float32))


def test_matrices_whose_sums_could_exceed_32_bits_are_refused() -> None:
    def of(inputs: int) -> Floats:
        """Each block's first row is spread to all others: every cell is as large as can be."""
        first = np.arange(inputs) % gcd(inputs, 128) == 0
        return np.repeat(first[:, np.newaxis], 16, axis=1).astype(np.float32)

    assert packed(of(132_096))[0].shape == (1, 33_024, 16, 4)
    with pytest.raises(ValueError, match="sums of 136000 products could exceed 32 bits"):
        packed(of(136_000))


@pytest.mark.parametrize("kind", ["normal", "cauchy", "all spread to one", "one input", "none"])
@pytest.mark.parametrize("has_moments", [False, True])
def test_what_is_added_in_16_bits_fits_there(kind: str, has_moments: bool) -> None:
    """Whatever the numbers, from 0 to 254, each two products."""
    draw = np.random.default_rng(5)
    at_first, one = np.arange(384)[:, None] % 128 == 0, np.arange(384)[:, None] == 200
    matrix = {
        "normal": draw.normal(size=(384, 32)),
        "cauchy": draw.standard_cauchy((384, 32)),
        "all spread to one": np.where(at_first, -3.0, np.zeros((384, 32))),
        "one input": np.where(one, 1e30, np.zeros((384, 32))),
        "none": np.zeros((384, 32)),
    }[kind].astype(np.float32)
    rows = draw.normal(size=(500, 384)) + 1
    moments = (rows.T @ rows).astype(np.float32) if has_moments else None
    strips, zero, scale = packed(matrix, moments)
    assert strips.shape == (2, 96, 16, 4)
    cells = cells_of(strips)
    assert 254 * most_added(cells) <= np.iinfo(np.int16).max
    np.testing.assert_array_equal(zero, 127 * cells.sum(axis=0))
    missed = np.linalg.norm(rows @ (spread(cells) * scale - matrix), axis=0)
    assert (missed <= 0.03 * np.linalg.norm(rows @ matrix, axis=0)).all()
    if has_moments and matrix.any():
        strips, _, scale = packed(matrix)
        nearest = np.linalg.norm(rows @ (spread(cells_of(strips)) * scale - matrix), axis=0)
        assert missed.mean() < 0.8 * nearest.mean()


def test_cells_that_are_all_as_large_as_can_be_are_added_exactly(tmp_path: Path) -> None:
    """Of what rows are multiplied by, each block's first row alone is spread to all others."""
    own, extreme = weights(), dict[str, Floats]()
    for name, array in own.items():
        inputs = array.shape[-1]
        first = np.arange(inputs) % gcd(inputs, 128) == 0
        dense = name.endswith(".weight") and array.ndim == 2 and name.startswith("encoder")
        extreme[name] = np.where(first, np.sign(array), 0).astype(np.float32) if dense else array
    small = Bert.of(extreme, heads=HEADS, epsilon=EPSILON, pooling="mean")
    write_int8(small, tmp_path / "int8")
    ids = np.arange(20)
    (found,) = Forward.load(tmp_path / "int8", 1).vectors([ids.tolist()])
    np.testing.assert_allclose(found, by_hand(ids, "mean", in_int8, given=extreme), atol=3e-4)


def test_a_processor_without_avx2_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward._LIB, "qa_runs_here", lambda: 0)
    with pytest.raises(ModelError, match=r"int8: int8 needs .* with AVX2.*--precision float32"):
        in_c(tmp_path)


def test_a_missing_weight_is_named() -> None:
    lacking = weights()
    del lacking["encoder.layer.1.output.dense.bias"]
    with pytest.raises(KeyError, match=r"output\.dense\.bias"):
        Bert.of(lacking, heads=HEADS, epsilon=EPSILON, pooling="mean")
