"""A sentence-transformers model becomes one ONNX graph, and is shown to give the same vectors.

The only module that imports torch and sentence_transformers: the indexing step's first run.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers.utils import logging as transformers_logging

from index.encoder import GRAPH, TOKENIZER, EncoderDescription, OnnxEncoder, Progress, optimise
from index.errors import ModelError
from index.model import Model
from index.vectors import Vectors

# Float32 on both sides leaves rounding only: about 1 - 2e-7 is measured. Below this bound the
# graph is not the model any more.
LEAST_COSINE = 0.9999

# A model may treat queries its own way (by a prompt that is not pooled, by modules of their own);
# a graph that does not shows it on any text.
_ASKED = 16

# One long and one short text, so that the traced graph has padding to mask.
_TRACED = ["how do I change my password", "hello"]
_TRACED_GRAPH = "traced.onnx"
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How the exported graph compares with sentence-transformers on given texts (cosines)."""

    texts: int
    least: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What was written; `warning` says why when the model has to be served through torch."""

    description: EncoderDescription
    agreement: Agreement | None
    warning: str = ""


def export(model: Model, folder: Path, samples: Sequence[str]) -> Export:
    """Write the model's encoder into the folder and compare it on the sample texts.

    A model that cannot be exported, or whose graph disagrees, is described for serving through
    sentence-transformers instead, with a warning.

    Raises:
        ModelError: sentence-transformers cannot load the model.
    """
    transformer = _load(model.folder)
    description = _describe(model, transformer, "onnx")
    try:
        _write_graph(transformer, folder)
        description.save(folder)
        agreement = compare(OnnxEncoder(folder, description), transformer, samples or _TRACED)
        problem = "" if agreement.least >= LEAST_COSINE else f"cosine {agreement.least:.5f}"
    except Exception as error:  # noqa: BLE001 - what a foreign model's code raises is not ours to list
        problem, agreement = f"{type(error).__name__}: {error}".partition("\n")[0], None
    if not problem:
        return Export(description=description, agreement=agreement)
    return _fall_back(model, transformer, folder, problem)


def compare(
    encoder: OnnxEncoder, transformer: SentenceTransformer, samples: Sequence[str]
) -> Agreement:
    """Cosines between both encoders' vectors of the samples: as documents, some as queries too."""
    asked = samples[:_ASKED]
    documents = encoder.encode_documents(samples) * _encode(transformer, samples, "document")
    queries = encoder.encode_queries(asked) * _encode(transformer, asked, "query")
    cosines = np.concatenate([documents, queries]).sum(axis=1)
    return Agreement(texts=len(samples), least=float(cosines.min()), mean=float(cosines.mean()))


class TorchEncoder:
    """The encoder of a model that has no graph: sentence-transformers itself."""

    def __init__(self, description: EncoderDescription) -> None:
        self._transformer = _load(Path(description.model))
        self.dimension = description.dimension

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


def _load(folder: Path) -> SentenceTransformer:
    # Its own bar for reading a file would break the one that the build shows.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        transformer = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"sentence-transformers cannot load the model: {error}.", where=str(folder)
        ) from error
    return transformer.eval()


def _describe(model: Model, transformer: SentenceTransformer, kind: str) -> EncoderDescription:
    return EncoderDescription(
        kind=kind,
        model=str(model.folder) if kind != "onnx" else model.name,
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


def _write_graph(transformer: SentenceTransformer, folder: Path) -> None:
    features = transformer.preprocess(_TRACED)
    names = [name for name in _INPUTS if name in features]
    with warnings.catch_warnings(), torch.no_grad():
        # The exporter by tracing is marked as old, but needs no further packages and takes a
        # quarter of the time; what tracing can get wrong, the comparison above would show.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Pipeline(transformer, names),
            tuple(features[name] for name in names),
            str(folder / _TRACED_GRAPH),
            input_names=names,
            output_names=["vectors"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in names},
            opset_version=17,
            dynamo=False,
        )
    optimise(folder / _TRACED_GRAPH, folder / GRAPH)
    (folder / _TRACED_GRAPH).unlink()
    transformer.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))


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
