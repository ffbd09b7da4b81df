"""txtai's API: the index is made here, the service is txtai's own with the configuration below."""

import json
import os
from pathlib import Path

from txtai import Embeddings

HOME, MODEL = Path(os.environ["PEER_HOME"]), os.environ["PEER_MODEL"]
CONFIGURATION = f"""path: {HOME / "index"}
writable: false
embeddings:
  path: {MODEL}
  content: true
"""


def index() -> None:
    """Embed the questions, with the answers as content, and write the configuration."""
    with Path(os.environ["PEER_ENTRIES"]).open(encoding="utf-8") as lines:
        entries = [json.loads(line) for line in lines]
    embeddings = Embeddings(path=MODEL, content=True)
    embeddings.index((e["id"], {"text": e["question"], "answer": e["answer"]}) for e in entries)
    embeddings.save(str(HOME / "index"))
    (HOME / "txtai.yml").write_text(CONFIGURATION, encoding="utf-8")


if __name__ == "__main__":
    index()
