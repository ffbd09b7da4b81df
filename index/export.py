"""A sentence-transformers model becomes an ONNX graph, and is shown to give the same vectors.

A BERT encoder is written out operator by operator (index/bert.py) and, unless float32 is asked
for, its weights in int8; any other model is traced.

The only module that imports torch and sentence_transformers: the indexing step's first run.
"""

import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers.utils import logging as transformers_logging

from index.bert import Bert, Floats, Moments, write_int8, write_onnx
from index.encoder import (
    GRAPH,
    TOKENIZER,
    WEIGHTS,
    EncoderDescription,
    ExportedEncoder,
    Progress,
)
from index.errors import ModelError, first_line
from index.inference import optimise
from index.model import FLOAT32, INT8, Model
from index.vectors import Vectors

# Float32 on both sides leaves rounding only: about 1 - 2e-7 is measured. Below this bound the
# graph is not the model any more.
LEAST_COSINE = 0.9999

# In int8 the mean is about .9997, the least of two hundred questions .9987
# (docs/performance.md). Below these bounds something in this model does not stand it.
LEAST_MEAN_INT8 = 0.998
LEAST_COSINE_INT8 = 0.98

# One long and one short text, so that the traced graph has padding to mask.
_TRACED = ["how do I change my password", "hello"]
_TRACED_GRAPH = "traced.onnx"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_MODULES = {"Transformer", "Pooling", "Normalize"}


# Which modules of a layer are given what the matrices are that index/bert.py makes of them.
_GIVEN_TO = {
    "attend": "attention.self.query",
    "mix": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
}
# So many texts of each of so many tokens, special ones apart, are drawn.
_DRAWN_TEXTS, _DRAWN_TOKENS = 32, range(6, 63, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How an encoder compares with sentence-transformers on given texts (cosines)."""

    texts: int
    least: float
    mean: float

    @classmethod
    def of(cls, found: Vectors, expected: Vectors) -> "Agreement":
        """Compare unit vectors, (n, dimension) each."""
        cosines = (found * expected).sum(axis=1)
        return cls(texts=len(found), least=float(cosines.min()), mean=float(cosines.mean()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What was written, and how documents and queries agree; `warning` says what could not be."""

    description: EncoderDescription
    agreement: Agreement | None = None
    query_agreement: Agreement | None = None
    warning: str = ""


def export(model: Model, folder: Path, samples: Sequence[str]) -> Export:
    """Write the model's encoder into the folder and compare it on the sample texts.

    A model that cannot be exported, or whose graph disagrees, is described for serving through
    sentence-transformers instead, with a warning; so is one that cannot be run in int8, in float32.

    Raises:
        ModelError: sentence-transformers cannot load the model.
    """
    transformer = load_transformer(model.folder)
    bert = bert_of(transformer)
    reference = _Reference(transformer, samples or _TRACED)
    made = _export_float32(model, transformer, bert, folder, reference)
    if model.precision == INT8 and made.description.kind == "onnx":
        return _add_int8(made, bert, folder, reference)
    return made


class _Reference:
    """Sample texts and sentence-transformers' own vectors of them, computed once."""

    def __init__(self, transformer: SentenceTransformer, samples: Sequence[str]) -> None:
        self.samples, self.transformer = samples, transformer

    @cached_property
    def documents(self) -> Vectors:
        """As documents, (len(samples), dimension)."""
        return _encode(self.transformer, self.samples, "document")

    @cached_property
    def queries(self) -> Vectors:
        """As queries, (len(samples), dimension)."""
        return _encode(self.transformer, self.samples, "query")


def _export_float32(
    model: Model,
    transformer: SentenceTransformer,
    bert: Bert | None,
    folder: Path,
    reference: _Reference,
) -> Export:
    description = _describe(model, transformer, "onnx")
    ways: list[Callable[[Path], None]] = [partial(_trace, transformer)]
    if bert:
        ways.insert(0, partial(write_onnx, bert))
    problem = ""
    for way in ways:
        try:
            way(folder / GRAPH)
            transformer.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
            description.save(folder)
            encoder = ExportedEncoder(folder, description)
            documents, queries = _agreement(encoder, reference)
            if min(documents.least, queries.least) >= LEAST_COSINE:
                return Export(description=description, agreement=documents, query_agreement=queries)
            problem = f"cosine {min(documents.least, queries.least):.5f}"
        except OSError:
            raise  # of the disk, which is no reason to serve another encoder
        except Exception as error:  # noqa: BLE001 - what a foreign model's code raises is not ours to list
            problem = first_line(f"{type(error).__name__}: {error}")
    return _fall_back(model, transformer, folder, problem)


def _add_int8(made: Export, bert: Bert | None, folder: Path, reference: _Reference) -> Export:
    problem = "only encoders of the BERT kind can be"
    description = replace(made.description, precision=INT8)
    if bert:
        try:
            write_int8(bert, folder / WEIGHTS, moments_of(reference.transformer))
            encoder = ExportedEncoder(folder, description)
            documents, queries = _agreement(encoder, reference)
            mean, least = min(documents.mean, queries.mean), min(documents.least, queries.least)
            if mean >= LEAST_MEAN_INT8 and least >= LEAST_COSINE_INT8:
                description.save(folder)
                return Export(description=description, agreement=documents, query_agreement=queries)
            problem = f"cosines of {mean:.4f} on average, {least:.4f} at least"
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            problem = first_line(f"{type(error).__name__}: {error}")
        shutil.rmtree(folder / WEIGHTS, ignore_errors=True)
    warning = f"the model {made.description.model} cannot run in int8 ({problem}): in float32 a "
    return replace(made, warning=warning + "text takes two to three times as long.")


def _agreement(encoder: ExportedEncoder, reference: _Reference) -> tuple[Agreement, Agreement]:
    """Of the samples' vectors as documents, and as queries."""
    documents = encoder.encode_documents(reference.samples), reference.documents
    queries = encoder.encode_queries(reference.samples), reference.queries
    return Agreement.of(*documents), Agreement.of(*queries)


def bert_of(transformer: SentenceTransformer) -> Bert | None:
    """The model's weights, if it is a BERT encoder that is pooled in a way that can be written."""
    modules = {type(module).__name__: module for module in transformer}
    inner: Any = getattr(modules.get("Transformer"), "auto_model", None)
    pooling = getattr(modules.get("Pooling"), "pooling_mode", None)
    if type(inner).__name__ != "BertModel" or not set(modules) <= _MODULES:
        return None
    if inner.config.hidden_act != "gelu" or pooling not in {"mean", "cls"}:
        return None
    weights = {name: tensor.numpy() for name, tensor in inner.state_dict().items()}
    heads, epsilon = inner.config.num_attention_heads, inner.config.layer_norm_eps
    return Bert.of(weights, heads=heads, epsilon=epsilon, pooling=pooling)


def moments_of(transformer: SentenceTransformer) -> Moments:
    """What a BERT encoder's weights are rounded by: the second moments of what its matrices are
    given, with texts of tokens drawn at random. So they are the model's own, whatever the site.
    """
    inner: Any = transformer[0].auto_model
    moments: dict[str, list[Floats]] = {name: [] for name in _GIVEN_TO}
    hooks = []
    for layer in inner.encoder.layer:
        for name, place in _GIVEN_TO.items():
            module = layer.get_submodule(place)
            none_yet = np.zeros((module.in_features, module.in_features), np.float32)
            moments[name].append(none_yet)
            hooks.append(module.register_forward_pre_hook(partial(_add_moments, none_yet)))
    try:
        with torch.no_grad():
            for ids in _drawn(transformer.tokenizer, inner.config):
                inner(input_ids=ids)
    finally:
        for hook in hooks:
            hook.remove()
    return moments


def _add_moments(moments: Floats, _module: nn.Module, given: tuple[Tensor, ...]) -> None:
    rows = given[0].flatten(0, 1).numpy()
    moments += rows.T @ rows


def _drawn(tokenizer: Any, config: Any) -> Iterator[Tensor]:  # noqa: ANN401 - transformers'
    """Texts of one length after the other, as their tokens' ids, (texts, tokens)."""
    draw = np.random.default_rng(0)
    ordinary = np.setdiff1d(np.arange(config.vocab_size), tokenizer.all_special_ids)
    begin, end = _around(tokenizer)
    room = config.max_position_embeddings - len(begin) - len(end)
    for tokens in _DRAWN_TOKENS:
        count = max(1, min(tokens, room))
        texts = [[*begin, *draw.choice(ordinary, count), *end] for _ in range(_DRAWN_TEXTS)]
        yield torch.tensor(np.array(texts))


def _around(tokenizer: Any) -> tuple[list[int], list[int]]:  # noqa: ANN401 - transformers'
    """The special tokens before and behind those of a text."""
    every = tokenizer("a")["input_ids"]
    inner = tokenizer("a", add_special_tokens=False)["input_ids"]
    before = next(at for at in range(len(every)) if every[at : at + len(inner)] == inner)
    return every[:before], every[before + len(inner) :]


class TorchEncoder:
    """sentence-transformers itself: for a model that has no graph, or on a graphics processor."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        """device: as torch names it.

        Raises:
            ModelError: there is no such device, or the model cannot be loaded.
        """
        _refuse_missing(device)
        self._transformer = load_transformer(folder, device)
        self.dimension = self._transformer.get_embedding_dimension() or 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, (len(texts), dimension)."""
        return _encode(self._transformer, texts, "query")

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds, (len(texts), dimension)."""
        vectors = _encode(self._transformer, texts, "document")
        if progress:
            progress(len(texts))
        return vectors


class _Pipeline(nn.Module):
    """All of the model's modules, pooling included, and normalisation, from tensors to a tensor."""

    def __init__(self, transformer: SentenceTransformer, inputs: Sequence[str]) -> None:
        super().__init__()
        self.transformer = transformer
        self.inputs = inputs

    def forward(self, *tensors: Tensor) -> Tensor:
        features = self.transformer(dict(zip(self.inputs, tensors, strict=True)))
        return nn.functional.normalize(features["sentence_embedding"], p=2, dim=1)


def _refuse_missing(device: str) -> None:
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # the latter where torch was built without it
        raise ModelError(
            "torch has no such device here.", where=device, mend="Leave --device out."
        ) from error


def load_transformer(folder: Path, device: str = "cpu") -> SentenceTransformer:
    """The model as sentence-transformers has it, for inference.

    Raises:
        ModelError: it cannot be loaded.
    """
    # Its own bar for reading a file would break the one that the build shows.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        transformer = SentenceTransformer(str(folder), device=device, local_files_only=True)
    except Exception as error:  # what reads a foreign model's files may raise anything
        problem = first_line(error).rstrip(".")
        raise ModelError(
            f"sentence-transformers cannot load the model: {problem}.", where=str(folder)
        ) from error
    # Stored in half the bits or not, it computes in float32.
    return transformer.float().eval()


def _describe(model: Model, transformer: SentenceTransformer, kind: str) -> EncoderDescription:
    return EncoderDescription(
        kind=kind,
        model=str(model.folder) if kind != "onnx" else model.name,
        precision=FLOAT32,
        dimension=transformer.get_embedding_dimension() or 0,
        max_tokens=transformer.max_seq_length or 512,
        pad_token=getattr(transformer.tokenizer, "pad_token", None) or "",
        query_prompt=_prompt(transformer, "query"),
        document_prompt=_prompt(transformer, "document"),
    )


def _prompt(transformer: SentenceTransformer, task: str) -> str:
    """What sentence-transformers puts before a query or a document."""
    names = {"query": ("query",), "document": ("document", "passage", "corpus")}[task]
    chosen = next((name for name in names if name in transformer.prompts), None)
    return transformer.prompts.get(chosen or transformer.default_prompt_name or "") or ""


def _encode(transformer: SentenceTransformer, texts: Sequence[str], task: str) -> Vectors:
    encode = transformer.encode_query if task == "query" else transformer.encode_document
    vectors: Vectors = encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    dimension = transformer.get_embedding_dimension() or 0
    return np.asarray(vectors, np.float32).reshape(len(texts), dimension)


def _trace(transformer: SentenceTransformer, path: Path) -> None:
    features = transformer.preprocess(_TRACED)
    names = [name for name in _INPUTS if name in features]
    traced = path.with_name(_TRACED_GRAPH)
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter by tracing is marked as old, but needs no further packages and takes a
        # quarter of the time; what tracing can get wrong, the comparison above would show.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Pipeline(transformer, names),
            tuple(features[name] for name in names),
            str(traced),
            input_names=names,
            output_names=["vectors"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names},
            opset_version=17,
            dynamo=False,
        )
    optimise(traced, path)
    traced.unlink()


def _fall_back(
    model: Model, transformer: SentenceTransformer, folder: Path, problem: str
) -> Export:
    for path in (folder / _TRACED_GRAPH, folder / GRAPH, folder / TOKENIZER):
        path.unlink(missing_ok=True)
    description = _describe(model, transformer, "sentence-transformers")
    description.save(folder)
    warning = (
        f"the model {model.name} cannot be served without torch ({problem}): it is served through "
        "sentence-transformers, which takes seconds to start, several times the memory and about "
        "four times as long for a question."
    )
    return Export(description=description, agreement=None, warning=warning)
