"""Labelled queries of the ten entries: each wording in three ways, some without answer."""

from qa.evaluation.queries import LabelledQuery
from tests.conftest import ENTRIES

HIDDEN = {"draft", "expired"}
PUT = ("tell me: {}", "{} please, I wonder", "hello, {} thanks")
ANSWERABLE = [
    LabelledQuery(f"{entry['id']}-{n}-{put}", put.format(wording), (entry["id"],), "q.jsonl:1")
    for entry in ENTRIES
    if entry["id"] not in HIDDEN and "question" in entry
    for n, wording in enumerate([entry["question"], *entry.get("alternates", [])])
    for put in PUT
]
UNANSWERABLE = [
    LabelledQuery(f"none-{word}", f"{word} {word}", (), "q.jsonl:2")
    for word in ("zzz", "xylophone", "volcano", "qqq", "jazz", "kayak", "fizz", "wyvern", "oxbow")
]
LABELLED = [*ANSWERABLE, *UNANSWERABLE]
