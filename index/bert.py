"""A BERT encoder written out as one ONNX graph: token ids in, unit vectors out.

All texts of one run have the same number of tokens, so there is no mask and nothing is computed on
padding. The operators are those that ONNX Runtime has fused kernels for.

In int8 every weight matrix has one scale for each output and activations get theirs in each run
(Jacob et al., 2018), one text a run. Two things keep what is lost small. Channels in which
activations are large are made smaller and their weights larger by the same factor (SmoothQuant,
Xiao et al., 2023, arXiv 2211.10438), which costs one multiplication where the unscaled value is
needed. And what goes into the last matrix of a layer is scaled row by row: a few tokens have values
there that are a hundred times those of the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper, save

Floats = npt.NDArray[np.float32]

MIGRATION: Final = 0.7
"""How much of the activations' differences goes into the weights: SmoothQuant's alpha."""

_ORT = "com.microsoft"
_LARGEST = 127.0


@dataclass(frozen=True, slots=True)
class Norm:
    """A layer normalisation's parameters, (width,) each."""

    gain: Floats
    bias: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer's weights, each matrix (inputs, outputs). attend: to queries, keys and values, side
    by side.
    """

    attend: Floats
    attend_bias: Floats
    mix: Floats
    mix_bias: Floats
    mix_norm: Norm
    widen: Floats
    widen_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    narrow_norm: Norm


@dataclass(frozen=True, slots=True, kw_only=True)
class Bert:
    """An encoder's weights. words: (vocabulary, width). positions: (positions, width), the type of
    the first segment added. pooling: "mean" or "cls".
    """

    words: Floats
    positions: Floats
    norm: Norm
    layers: tuple[Layer, ...]
    heads: int
    epsilon: float
    pooling: str

    @classmethod
    def of(cls, weights: Mapping[str, Floats], *, heads: int, epsilon: float, pooling: str) -> Self:
        """Take the weights as transformers' BertModel names them.

        Raises:
            KeyError: one is missing.
        """
        count = len({name.split(".")[2] for name in weights if name.startswith("encoder.layer.")})
        segment = weights["embeddings.token_type_embeddings.weight"][0]
        return cls(
            words=weights["embeddings.word_embeddings.weight"],
            positions=weights["embeddings.position_embeddings.weight"] + segment,
            norm=_norm(weights, "embeddings.LayerNorm"),
            layers=tuple(_layer(weights, f"encoder.layer.{number}.") for number in range(count)),
            heads=heads,
            epsilon=epsilon,
            pooling=pooling,
        )


def _norm(weights: Mapping[str, Floats], name: str) -> Norm:
    return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])


def _layer(weights: Mapping[str, Floats], prefix: str) -> Layer:
    own = {name.removeprefix(prefix): w for name, w in weights.items() if name.startswith(prefix)}
    parts = [f"attention.self.{part}" for part in ("query", "key", "value")]
    return Layer(
        attend=np.concatenate([own[f"{part}.weight"].T for part in parts], axis=1),
        attend_bias=np.concatenate([own[f"{part}.bias"] for part in parts]),
        mix=own["attention.output.dense.weight"].T,
        mix_bias=own["attention.output.dense.bias"],
        mix_norm=_norm(own, "attention.output.LayerNorm"),
        widen=own["intermediate.dense.weight"].T,
        widen_bias=own["intermediate.dense.bias"],
        narrow=own["output.dense.weight"].T,
        narrow_bias=own["output.dense.bias"],
        narrow_norm=_norm(own, "output.LayerNorm"),
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """How large one layer's activations are: the root mean square of each channel of what goes into
    `attend` and into `widen`, (width,) each.
    """

    attend: Floats
    widen: Floats


def write_float32(bert: Bert, path: Path) -> None:
    """Write the graph as it is."""
    write(bert, path, multiplied, multiplied)


def write_int8(
    bert: Bert, spreads: Sequence[Spread], path: Path, *, unsigned: bool = False
) -> None:
    """Write the graph in int8. A run of it must hold one text: texts would share their scale.

    unsigned: how weights are stored. Signed ones are several times as fast where the processor
    multiplies eight bits by itself (VNNI); elsewhere their sums overflow, and those of unsigned
    ones, which ONNX Runtime then widens, do not. What comes out is the same.
    """
    product = partial(quantised, unsigned=unsigned)
    write(bert, path, product, partial(quantised_by_row, unsigned=unsigned), spreads)


@dataclass(slots=True)
class Graph:
    """Nodes and constants, in the order in which they were put in."""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def constant(self, name: str, array: npt.NDArray[Any]) -> str:
        """Put in a constant; returns its name."""
        self.constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def node(
        self, kind: str, inputs: Sequence[str], name: str, *, domain: str = "", **attributes: float
    ) -> str:
        """Put in a node that makes one value, which has its name; returns it."""
        node = helper.make_node(kind, inputs, [name], name, None, domain, None, **attributes)
        self.nodes.append(node)
        return name


Product = Callable[[Graph, str, Floats, str], str]
"""Multiplies a value of the graph by a matrix; returns the name of the product."""


def write(
    bert: Bert,
    path: Path,
    product: Product,
    last: Product,
    spreads: Sequence[Spread] | None = None,
) -> None:
    """Write the graph. product: multiplies by a layer's matrices; last: by its last one.

    spreads: one for each layer, to make large channels smaller by; None leaves them.
    """
    save(_Writer(product, last).graph_of(bert, spreads), path)


def multiplied(graph: Graph, value: str, matrix: Floats, name: str) -> str:
    """In float32."""
    return graph.node("MatMul", [value, graph.constant(f"{name}.weights", matrix)], name)


def quantised(
    graph: Graph, value: str, matrix: Floats, name: str, *, unsigned: bool = False
) -> str:
    """In int8, with one scale for the value and one for each column of the matrix."""
    kind, zero = (np.uint8, _LARGEST + 1) if unsigned else (np.int8, 0)
    scale = np.abs(matrix).max(axis=0) / _LARGEST
    cells = np.round(matrix / np.maximum(scale, np.finfo(np.float32).tiny))
    inputs = [
        value,
        graph.constant(f"{name}.weights", (cells + zero).astype(kind)),
        graph.constant(f"{name}.scale", scale.astype(np.float32)),
        graph.constant(f"{name}.zero", np.full(len(scale), zero, kind)),
    ]
    return graph.node("DynamicQuantizeMatMul", inputs, name, domain=_ORT)


def quantised_by_row(
    graph: Graph, value: str, matrix: Floats, name: str, *, unsigned: bool = False
) -> str:
    """In int8, each row of the value scaled to the same size first."""
    last = graph.constant(f"{name}.last", np.array([-1], np.int64))
    size = graph.node("Abs", [value], f"{name}.size")
    found = graph.node("ReduceMax", [size, last], f"{name}.found", keepdims=1)
    tiny = graph.constant(f"{name}.tiny", np.array(np.finfo(np.float32).tiny, np.float32))
    largest = graph.node("Max", [found, tiny], f"{name}.largest")
    even = graph.node("Div", [value, largest], f"{name}.even")
    product = quantised(graph, even, matrix, f"{name}.product", unsigned=unsigned)
    return graph.node("Mul", [product, largest], name)


@dataclass(frozen=True, slots=True)
class _Writer:
    product: Product
    last: Product

    def graph_of(self, bert: Bert, spreads: Sequence[Spread] | None) -> ModelProto:
        graph = Graph()
        factors = [_factors(bert, spreads, number) for number in range(len(bert.layers))]
        value = _embedded(graph, bert)
        inputs = [
            value,
            *_norm_inputs(graph, "embedded", bert.norm, factors[0][0]),
        ]
        value = graph.node("LayerNormalization", inputs, "embedded", epsilon=bert.epsilon)
        for number, layer in enumerate(bert.layers):
            following = factors[number + 1][0] if number + 1 < len(factors) else None
            value = self._layer(
                graph, bert, layer, f"layer{number}", value, *factors[number], following
            )
        _pooled(graph, bert, value)
        return _model(graph, bert)

    def _layer(
        self,
        graph: Graph,
        bert: Bert,
        layer: Layer,
        name: str,
        value: str,
        attend: Floats | None,
        widen: Floats | None,
        following: Floats | None,
    ) -> str:
        """attend, widen, following: by which the values that go into these matrices, and into the
        next layer, are divided; None: by nothing.
        """
        projected = self.product(graph, value, _times(layer.attend, attend), f"{name}.attend")
        mixed = self.product(
            graph, _attended(graph, bert, layer, projected, name), layer.mix, f"{name}.mix"
        )
        norm = _norm_inputs(graph, f"{name}.mixed", layer.mix_norm, widen)
        bias = graph.constant(f"{name}.mix.bias", layer.mix_bias)
        inputs = [mixed, _undone(graph, value, attend), *norm, bias]
        value = _skip_norm(graph, bert, inputs, f"{name}.mixed")
        wide = self.product(graph, value, _times(layer.widen, widen), f"{name}.widen")
        bias = graph.constant(f"{name}.widen.bias", layer.widen_bias)
        active = graph.node("BiasGelu", [wide, bias], f"{name}.active", domain=_ORT)
        narrow = self.last(graph, active, layer.narrow, f"{name}.narrow")
        norm = _norm_inputs(graph, name, layer.narrow_norm, following)
        bias = graph.constant(f"{name}.narrow.bias", layer.narrow_bias)
        inputs = [narrow, _undone(graph, value, widen), *norm, bias]
        return _skip_norm(graph, bert, inputs, name)


def _factors(
    bert: Bert, spreads: Sequence[Spread] | None, number: int
) -> tuple[Floats | None, Floats | None]:
    """By what to divide the channels that go into a layer's `attend` and `widen`."""
    if spreads is None:
        return None, None
    layer, spread = bert.layers[number], spreads[number]
    return _factor(spread.attend, layer.attend), _factor(spread.widen, layer.widen)


def _factor(spread: Floats, matrix: Floats) -> Floats:
    tiny = np.finfo(np.float32).tiny
    weight = np.maximum(np.abs(matrix).max(axis=1), tiny)
    logs = MIGRATION * np.log(np.maximum(spread, tiny)) - (1 - MIGRATION) * np.log(weight)
    factor: Floats = np.exp(logs - logs.mean()).astype(np.float32)
    return factor


def _times(matrix: Floats, factor: Floats | None) -> Floats:
    return matrix if factor is None else matrix * factor[:, np.newaxis]


def _undone(graph: Graph, value: str, factor: Floats | None) -> str:
    """The value as it was before its channels were divided."""
    if factor is None:
        return value
    return graph.node("Mul", [value, graph.constant(f"{value}.factor", factor)], f"{value}.whole")


def _norm_inputs(graph: Graph, name: str, norm: Norm, factor: Floats | None) -> list[str]:
    divided = np.float32(1) if factor is None else factor
    return [
        graph.constant(f"{name}.gain", norm.gain / divided),
        graph.constant(f"{name}.shift", norm.bias / divided),
    ]


def _skip_norm(graph: Graph, bert: Bert, inputs: Sequence[str], name: str) -> str:
    return graph.node("SkipLayerNormalization", inputs, name, domain=_ORT, epsilon=bert.epsilon)


def _embedded(graph: Graph, bert: Bert) -> str:
    # Half the memory of the largest table: cosines differ by some 1e-8.
    words = graph.constant("words.table", bert.words.astype(np.float16))
    half = graph.node("Gather", [words, "input_ids"], "words.half")
    found = graph.node("Cast", [half], "words", to=TensorProto.FLOAT)
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    table = graph.constant("positions.table", bert.positions)
    first = graph.constant("positions.first", np.array([0], np.int64))
    positions = graph.node("Slice", [table, first, length], "positions")
    return graph.node("Add", [found, positions], "sum")


def _attended(graph: Graph, bert: Bert, layer: Layer, projected: str, name: str) -> str:
    parts = [f"{name}.{part}" for part in ("query", "key", "value")]
    graph.nodes.append(
        helper.make_node("Split", [projected], parts, f"{name}.split", axis=-1, num_outputs=3)
    )
    bias = graph.constant(f"{name}.attend.bias", layer.attend_bias)
    return graph.node(
        "MultiHeadAttention",
        [*parts, bias],
        f"{name}.attended",
        domain=_ORT,
        num_heads=bert.heads,
    )


def _pooled(graph: Graph, bert: Bert, value: str) -> None:
    tokens = graph.constant("tokens", np.array([1], np.int64))
    if bert.pooling == "mean":
        pooled = graph.node("ReduceMean", [value, tokens], "pooled", keepdims=0)
    else:
        first = graph.constant("first", np.array(0, np.int64))
        pooled = graph.node("Gather", [value, first], "pooled", axis=1)
    graph.node("LpNormalization", [pooled], "vectors", axis=-1, p=2)


def _model(graph: Graph, bert: Bert) -> ModelProto:
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])
    width = bert.words.shape[1]
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", width])
    made = helper.make_graph(graph.nodes, "bert", [ids], [vectors], graph.constants)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_ORT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10)
