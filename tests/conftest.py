"""Small real things to test with: ten entries, a deterministic encoder, an index, a service."""

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import settings as hypothesis_settings

# Before anything can look for a model on a hub.
os.environ["HF_HUB_OFFLINE"] = "1"

from index import loading
from index.build import build
from index.encoder import EncoderDescription, Progress
from index.lexical import Grams
from index.model import Model
from index.snapshot import Snapshot, open_snapshot
from index.vectors import Vectors
from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings

# A busy machine is no fault of the code's.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
DIMENSION = 64


class HashedEncoder:
    """A real encoder in ten lines: hashed character n-grams, so like wordings get like vectors."""

    dimension = DIMENSION

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, (len(texts), DIMENSION)."""
        grams = [Grams.of(text, (3, 4)) for text in texts]
        cells = [(some.hashes % DIMENSION).astype(np.int64) for some in grams]
        counts = [
            np.bincount(cell, some.counts, DIMENSION)
            for cell, some in zip(cells, grams, strict=True)
        ]
        vectors = np.array(counts, np.float32).reshape(len(texts), DIMENSION) + 1e-3
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds, (len(texts), DIMENSION)."""
        if progress:
            progress(len(texts))
        return self.encode_queries(texts)


MODEL = Model("hashed", Path("nowhere"), "0" * 64)
"""The model of the hashed encoder, for `build`."""


def provide_hashed(
    model: Model, folder: Path, samples: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """Write the hashed encoder's description, as `export_encoder` would a graph."""
    EncoderDescription(
        kind="hashed",
        model=model.name,
        precision="float32",
        dimension=DIMENSION,
        max_tokens=256,
        pad_token="",
        query_prompt="",
        document_prompt="",
    ).save(folder)
    return {"kind": "hashed", "precision": "float32", "agreement": None}, ""


@pytest.fixture(autouse=True)
def hashed_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let snapshots of the hashed encoder be loaded."""
    monkeypatch.setitem(loading.LOADERS, "hashed", lambda *_: HashedEncoder())


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """What `qa.logs.install` changes in the process is put back."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    named = [logging.getLogger(name) for name in ("", "qa", "index", "uvicorn")]
    levels, handlers = [one.level for one in named], root.handlers[:]
    yield
    for one, level in zip(named, levels, strict=True):
        one.setLevel(level)
    root.handlers[:] = [one for one in root.handlers if one in handlers]
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's own reaches a test."""
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)


ENTRIES: list[dict[str, Any]] = [
    {
        "id": "hours",
        "question": "When are you open?",
        "answer": "We are open from **9 to 17**, Monday to Friday.",
        "alternates": ["opening hours", "At what time do you close?"],
        "page": "visit",
        "url": "https://example.org/visit",
        "tags": ["visit"],
    },
    {
        "id": "parking",
        "question": "Where can I park my car?",
        "answer": "Behind the house; enter by the north gate.",
        "alternates": ["Is there a car park?"],
        "page": "visit",
        "tags": ["visit", "car"],
    },
    {
        "id": "refund",
        "question": "How do I get my money back?",
        "answer": "Write to us within 30 days and we refund you.",
        "alternates": ["refund", "return an item for a refund"],
        "page": "orders",
        "tags": ["money"],
    },
    {
        "id": "delivery",
        "question": "How long does delivery take?",
        "answer": "Two to four working days.",
        "page": "orders",
    },
    {
        "id": "password",
        "question": "How do I reset my password?",
        "answer": "Open `Settings`, choose *Security*, then **Reset**.",
        "alternates": ["forgotten password", "I cannot log in any more"],
        "page": "account",
        "tags": ["account"],
    },
    {"id": "delete", "question": "Can I delete my account?", "answer": "Yes.", "page": "account"},
    {
        "id": "gift",
        "question": "Do you sell gift vouchers?",
        "answer": "Yes, from 10 euros.",
        "page": "orders",
    },
    {
        "id": "draft",
        "question": "Is there a secret menu?",
        "answer": "Not yet announced.",
        "page": "visit",
        "state": "draft",
    },
    {
        "id": "expired",
        "question": "Is there a winter sale?",
        "answer": "Until the end of January 2020.",
        "page": "orders",
        "valid_until": "2020-01-31",
    },
    {"id": "wordless", "answer": "All our paper is recycled and made in Finland.", "page": "visit"},
]


@pytest.fixture
def corpus_file(tmp_path: Path) -> Path:
    """The ten entries as JSONL."""
    path = tmp_path / "faq.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES), encoding="utf-8")
    return path


@pytest.fixture
def built(tmp_path: Path, corpus_file: Path) -> Path:
    """An index of the ten entries."""
    root = tmp_path / "index"
    build([corpus_file], root, model=MODEL, provide=provide_hashed)
    return root


@pytest.fixture
def snapshot(built: Path) -> Snapshot:
    """Its snapshot, loaded."""
    return open_snapshot(built)[0]


@pytest.fixture
def answerer(snapshot: Snapshot) -> Answerer:
    """An answerer over it."""
    return Answerer(snapshot)


@pytest.fixture
def client(answerer: Answerer) -> Iterator[TestClient]:
    """The service over it; a fault of the service's own is an answer, as it is for visitors."""
    app = create_app(Settings(), Service(answerer))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
