"""The public evaluation sets: where they lie, what domain each is of, and their indexes.

A set is a folder with `faqs.jsonl` (entries) and `queries.jsonl` (labelled queries). The sets are
not part of the project; `QA_DATA` names the folder that holds them.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.build import build, export_encoder
from index.encoder import ENCODER_FORMAT
from index.model import DEFAULT_MODEL, Model, find_model
from index.snapshot import Snapshot, open_snapshot
from qa.fitting import finish

DATA = Path(os.environ.get("QA_DATA", "../shared/data"))
INDEXES = Path(".bench")
SAID = "said.json"

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
    """A set, indexed. relevant: (queries, entries), which entries are right for a query."""

    name: str
    snapshot: Snapshot
    queries: tuple[str, ...]
    relevant: npt.NDArray[np.bool_]


def available() -> list[str]:
    """The names of the sets that are there; none ends the program with a line."""
    names = [name for name in DOMAINS if (DATA / name / "faqs.jsonl").is_file()]
    if not names:
        sys.exit(f"no evaluation sets in {DATA}: set QA_DATA to the folder that holds them.")
    return names


def load(name: str, *, alternates: bool = True) -> LabelledSet:
    """Index a set with the default model (once) and read its labelled queries.

    alternates: whether the entries keep theirs; without, every entry has one wording.
    """
    snapshot = _indexed(name, alternates=alternates)
    number = {entry.id: i for i, entry in enumerate(snapshot.entries)}
    queries = list(_lines(DATA / name / "queries.jsonl"))
    relevant = np.zeros((len(queries), len(number)), bool)
    for i, query in enumerate(queries):
        relevant[i, [number[id_] for id_ in query["relevant"]]] = True
    return LabelledSet(name, snapshot, tuple(query["text"] for query in queries), relevant)


def print_table(header: Sequence[str], row: Callable[[str], str]) -> None:
    """Print a Markdown table with a row for each set: those named on the command line, else all."""
    print(f"| {' | '.join(header)} |")
    print("| --- " * len(header) + "|", flush=True)
    for name in sys.argv[1:] or available():
        print(row(name), flush=True)


def _indexed(name: str, *, alternates: bool) -> Snapshot:
    source, root = DATA / name / "faqs.jsonl", INDEXES / name
    if not alternates:
        root = INDEXES / f"{name}-plain"
        plain = [{**entry, "alternates": []} for entry in _lines(source)]
        root.mkdir(parents=True, exist_ok=True)
        source = root / "faqs.jsonl"
        source.write_text("".join(f"{json.dumps(entry)}\n" for entry in plain), encoding="utf-8")
    build([source], root, model=find_model(DEFAULT_MODEL), provide=_encoder_once, finish=finish)
    return open_snapshot(root)[0]


def stored_encoder() -> Path:
    """The folder of the default model's encoder, made once and copied for every index."""
    model = find_model(DEFAULT_MODEL)
    kept = INDEXES / f"encoder-{model.digest[:16]}-{model.precision}-{ENCODER_FORMAT}"
    if not kept.exists():
        staged = kept.with_suffix(".tmp")
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        said, warning = export_encoder(model, staged, [])
        (staged / SAID).write_text(json.dumps([said, warning]), encoding="utf-8")
        staged.rename(kept)
    return kept


def _encoder_once(
    _model: Model, folder: Path, _samples: Sequence[str]
) -> tuple[dict[str, Any], str]:
    kept = stored_encoder()
    shutil.copytree(kept, folder, dirs_exist_ok=True, ignore=lambda *_: [SAID])
    said, warning = json.loads((kept / SAID).read_text(encoding="utf-8"))
    return said, warning


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, path.read_text(encoding="utf-8").splitlines())
