"""sentence-transformers encoding in bulk with its own batching: lists of texts in, seconds out.

One JSON list a line; run in the environment of habit.py.
"""

import json
import os
import sys
from time import perf_counter

from sentence_transformers import SentenceTransformer

model = SentenceTransformer(os.environ["PEER_MODEL"], device="cpu")
model.encode(["warm up"])

for line in sys.stdin:
    texts = json.loads(line)
    began = perf_counter()
    model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    print(perf_counter() - began, flush=True)
