"""The public evaluation sets: where they lie, what domain each is of, and their indexes.

A set is a folder with `faqs.jsonl` (entries) and `queries.jsonl` (labelled queries). The sets are
not part of the project; `QA_DATA` names the folder that holds them.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.build import build
from index.model import DEFAULT_MODEL, find_model
from index.snapshot import open_snapshot
from qa.answerer import Answerer

DATA = Path(os.environ.get("QA_DATA", "../shared/data"))
INDEXES = Path(".bench")

# Sets of one domain share texts or subject, so they are left out together when one is judged.
DOMAINS = {
    "rasa": "rasa",
    "clinc150": "assistants",
    "banking77": "assistants",
    "banking77_oos": "assistants",
    "covidfaq": "covid",
    "covidq": "covid",
    "deepset_covid_en": "covid",
    "stackfaq": "stackfaq",
    "mqp_hard": "mqp",
}


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A set, ready to ask. relevant: (queries, entries), which entries are right for a query."""

    name: str
    answerer: Answerer
    queries: tuple[str, ...]
    relevant: npt.NDArray[np.bool_]


def available() -> list[str]:
    """The names of the sets that are there; none ends the program with a line."""
    names = [name for name in DOMAINS if (DATA / name / "faqs.jsonl").is_file()]
    if not names:
        sys.exit(f"no evaluation sets in {DATA}: set QA_DATA to the folder that holds them.")
    return names


def load(name: str) -> LabelledSet:
    """Index a set with the default model (once) and read its labelled queries."""
    root = INDEXES / name
    build([DATA / name / "faqs.jsonl"], root, model=find_model(DEFAULT_MODEL))
    answerer = Answerer(open_snapshot(root)[0])
    number = {entry.id: i for i, entry in enumerate(answerer.snapshot.entries)}
    lines = (DATA / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    queries = [json.loads(line) for line in lines]
    relevant = np.zeros((len(queries), len(number)), bool)
    for i, query in enumerate(queries):
        relevant[i, [number[id_] for id_ in query["relevant"]]] = True
    return LabelledSet(name, answerer, tuple(q["text"] for q in queries), relevant)
