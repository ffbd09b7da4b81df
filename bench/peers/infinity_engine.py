"""infinity-emb's engine, which batches what is asked at once, in a route of FastAPI, with FAISS."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import faiss
import numpy as np
from fastapi import FastAPI
from infinity_emb import AsyncEmbeddingEngine, EngineArgs
from pydantic import BaseModel

QUESTIONS = Path(os.environ["PEER_HOME"]) / "questions.faiss"

with Path(os.environ["PEER_ENTRIES"]).open(encoding="utf-8") as lines:
    entries = [json.loads(line) for line in lines]
engine = AsyncEmbeddingEngine.from_args(
    EngineArgs(model_name_or_path=os.environ["PEER_MODEL"], engine="torch", device="cpu")
)


class Asked(BaseModel):
    """What somebody asks."""

    question: str


async def embed(texts: list[str]) -> "np.typing.NDArray[np.float32]":
    """Unit vectors of texts, (len(texts), dimension)."""
    vectors, _tokens = await engine.embed(sentences=texts)
    return np.array(vectors, np.float32)


async def index() -> None:
    """Embed the questions and keep them."""
    async with engine:
        vectors = await embed([entry["question"] for entry in entries])
    store = faiss.IndexFlatIP(vectors.shape[1])
    store.add(vectors)
    faiss.write_index(store, str(QUESTIONS))


if __name__ == "__main__":
    asyncio.run(index())
    raise SystemExit


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Start the engine, and stop it."""
    async with engine:
        yield


store = faiss.read_index(str(QUESTIONS))
app = FastAPI(lifespan=lifespan)


@app.post("/ask")
async def ask(asked: Asked) -> dict[str, object]:
    """The nearest question's answer, and the three nearest."""
    scores, rows = store.search(await embed([asked.question]), 3)
    found = [entries[row] for row in rows[0]]
    pairs = zip(found, scores[0], strict=True)
    nearest = [{"question": entry["question"], "score": float(score)} for entry, score in pairs]
    return {"answer": found[0]["answer"], "score": float(scores[0][0]), "nearest": nearest}
