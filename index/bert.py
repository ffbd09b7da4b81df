"""A BERT encoder written out: as one ONNX graph in float32, and its weights in int8.

The graph takes token ids and gives unit vectors. All texts of one run have the same number of
tokens, so there is no mask and nothing is computed on padding. The operators are those that ONNX
Runtime has fused kernels for. What runs in int8 is index/forward.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper, save

from index import arrays
from index.forward import Weights, packed

Floats = npt.NDArray[np.float32]

Moments = Mapping[str, Sequence[Floats]]
"""The second moments of what each of `Layer`'s matrices is given, by its name, layer by layer."""

ORT: Final = "com.microsoft"
"""Where ONNX Runtime's own operators are."""


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


def multiplied(graph: Graph, value: str, matrix: Floats, name: str) -> str:
    """In float32."""
    return graph.node("MatMul", [value, graph.constant(f"{name}.weights", matrix)], name)


def write_onnx(bert: Bert, path: Path, product: Product = multiplied) -> None:
    """Write the graph. product: how it multiplies by a layer's matrices."""
    save(_graph_of(bert, product), path)


def write_int8(bert: Bert, folder: Path, moments: Moments | None = None) -> None:
    """Write the weights in eight bits into a new folder (index/forward.py). moments: what they are
    rounded by (index/rounding.py).

    Raises:
        ValueError: they cannot be run in int8.
    """
    if not np.abs(bert.words).max() <= np.finfo(np.float16).max:  # nor if one is no number
        raise ValueError("a word has numbers that half precision cannot hold")
    norms = {
        "embedded": [bert.norm],
        "mixed": [layer.mix_norm for layer in bert.layers],
        "narrowed": [layer.narrow_norm for layer in bert.layers],
    }
    found: dict[str, npt.NDArray[Any]] = {
        "settings": np.array([bert.heads, bert.pooling == "mean", bert.epsilon], np.float64),
        # Half the size of the largest table: cosines differ by some 1e-8.
        "words": bert.words.astype(np.float16),
        "positions": bert.positions,
    }
    for name, layers in norms.items():
        found[f"{name}_gain"] = np.stack([norm.gain for norm in layers])
        found[f"{name}_shift"] = np.stack([norm.bias for norm in layers])
    for name in ("attend", "mix", "widen", "narrow"):
        given = [None] * len(bert.layers) if moments is None else moments[name]
        pairs = zip(bert.layers, given, strict=True)
        parts = [packed(getattr(layer, name), one) for layer, one in pairs]
        for number, each in enumerate(("cells", "zero", "scale")):
            found[f"{name}_{each}"] = np.stack([part[number] for part in parts])
        found[f"{name}_bias"] = np.stack([getattr(layer, f"{name}_bias") for layer in bert.layers])
    arrays.save_record(folder, Weights(**found))


def _graph_of(bert: Bert, product: Product) -> ModelProto:
    graph = Graph()
    inputs = [_embedded(graph, bert), *_norm_inputs(graph, "embedded", bert.norm)]
    value = graph.node("LayerNormalization", inputs, "embedded", epsilon=bert.epsilon)
    for number, layer in enumerate(bert.layers):
        value = _layer_of(graph, bert, layer, product, value, f"layer{number}")
    _pooled(graph, bert, value)
    return _model(graph, bert)


def _layer_of(
    graph: Graph, bert: Bert, layer: Layer, product: Product, value: str, name: str
) -> str:
    projected = product(graph, value, layer.attend, f"{name}.attend")
    attended = _attended(graph, bert, layer, projected, name)
    mixed = product(graph, attended, layer.mix, f"{name}.mix")
    norm = _norm_inputs(graph, f"{name}.mixed", layer.mix_norm)
    bias = graph.constant(f"{name}.mix.bias", layer.mix_bias)
    value = _skip_norm(graph, bert, [mixed, value, *norm, bias], f"{name}.mixed")
    wide = product(graph, value, layer.widen, f"{name}.widen")
    bias = graph.constant(f"{name}.widen.bias", layer.widen_bias)
    active = graph.node("BiasGelu", [wide, bias], f"{name}.active", domain=ORT)
    narrow = product(graph, active, layer.narrow, f"{name}.narrow")
    norm = _norm_inputs(graph, name, layer.narrow_norm)
    bias = graph.constant(f"{name}.narrow.bias", layer.narrow_bias)
    return _skip_norm(graph, bert, [narrow, value, *norm, bias], name)


def _norm_inputs(graph: Graph, name: str, norm: Norm) -> list[str]:
    return [
        graph.constant(f"{name}.gain", norm.gain),
        graph.constant(f"{name}.shift", norm.bias),
    ]


def _skip_norm(graph: Graph, bert: Bert, inputs: Sequence[str], name: str) -> str:
    return graph.node("SkipLayerNormalization", inputs, name, domain=ORT, epsilon=bert.epsilon)


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
        domain=ORT,
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
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(ORT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=10)
