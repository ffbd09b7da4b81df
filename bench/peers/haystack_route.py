"""A pipeline of Haystack behind a route of FastAPI: embed the question, take the nearest."""

import json
import os
from pathlib import Path

from fastapi import FastAPI
from haystack import Document, Pipeline
from haystack.components.retrievers import InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from pydantic import BaseModel

MODEL = os.environ["PEER_MODEL"]
DOCUMENTS = Path(os.environ["PEER_HOME"]) / "documents.json"


class Asked(BaseModel):
    """What somebody asks."""

    question: str


def index() -> None:
    """Embed the questions and keep them."""
    with Path(os.environ["PEER_ENTRIES"]).open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    embedder = SentenceTransformersDocumentEmbedder(model=MODEL, normalize_embeddings=True)
    embedder.warm_up()
    documents = [Document(content=e["question"], meta={"answer": e["answer"]}) for e in entries]
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    store.write_documents(embedder.run(documents)["documents"])
    store.save_to_disk(str(DOCUMENTS))


if __name__ == "__main__":
    index()
    raise SystemExit

pipeline = Pipeline()
pipeline.add_component(
    "embedder",
    SentenceTransformersTextEmbedder(model=MODEL, normalize_embeddings=True, progress_bar=False),
)
pipeline.add_component(
    "retriever",
    InMemoryEmbeddingRetriever(InMemoryDocumentStore.load_from_disk(str(DOCUMENTS)), top_k=3),
)
pipeline.connect("embedder.embedding", "retriever.query_embedding")
pipeline.warm_up()
app = FastAPI()


@app.post("/ask")
def ask(asked: Asked) -> dict[str, object]:
    """The nearest question's answer, and the three nearest."""
    found = pipeline.run({"embedder": {"text": asked.question}})["retriever"]["documents"]
    nearest = [{"question": one.content, "score": one.score} for one in found]
    return {"answer": found[0].meta["answer"], "score": found[0].score, "nearest": nearest}
