"""The plain habit: a model of sentence-transformers in a route of FastAPI, questions in FAISS."""

import json
import os
from pathlib import Path

import faiss
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

QUESTIONS = Path(os.environ["PEER_HOME"]) / "questions.faiss"

with Path(os.environ["PEER_ENTRIES"]).open(encoding="utf-8") as lines:
    entries = [json.loads(line) for line in lines]
model = SentenceTransformer(os.environ["PEER_MODEL"], device="cpu")


class Asked(BaseModel):
    """What somebody asks."""

    question: str


def index() -> None:
    """Embed the questions and keep them."""
    questions = [entry["question"] for entry in entries]
    vectors = model.encode(questions, normalize_embeddings=True)
    store = faiss.IndexFlatIP(vectors.shape[1])
    store.add(vectors)
    faiss.write_index(store, str(QUESTIONS))


if __name__ == "__main__":
    index()
    raise SystemExit

store = faiss.read_index(str(QUESTIONS))
app = FastAPI()


@app.post("/ask")
def ask(asked: Asked) -> dict[str, object]:
    """The nearest question's answer, and the three nearest."""
    vector = model.encode([asked.question], normalize_embeddings=True)
    scores, rows = store.search(vector, 3)
    found = [entries[row] for row in rows[0]]
    pairs = zip(found, scores[0], strict=True)
    nearest = [{"question": entry["question"], "score": float(score)} for entry, score in pairs]
    return {"answer": found[0]["answer"], "score": float(scores[0][0]), "nearest": nearest}
