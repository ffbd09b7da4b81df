"""What is asked, and of what: MedQuAD's entries, and distinct questions made of its texts."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from bench.overhead import entries
from bench.sets import INDEXES

FOLDER: Final = INDEXES / "speed"
QA: Final = str(Path(sys.executable).parent / "qa")

# A question of people has about so many words.
_WORDS: Final = 10
_SHORTEST: Final = 4

_SENTENCE_ENDS: Final = re.compile(r"(?<=[.!?])\s+")


def write_entries(every: Sequence[dict[str, Any]], count: int) -> Path:
    """A file of so many of the entries, spread evenly over them."""
    chosen = [every[number * len(every) // count] for number in range(count)]
    path = FOLDER / f"{count}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in chosen), encoding="utf-8")
    return path


def indexed(entries: Path) -> Path:
    """The index of a file of entries, as `qa index` makes it; quick where nothing changed."""
    root, log = entries.with_suffix(""), entries.with_suffix(".log")
    with log.open("wb") as said:  # MedQuAD's questions resemble one another: thousands of warnings
        command = [QA, "index", str(entries), "--index", str(root)]
        done = subprocess.run(command, stdout=said, stderr=said)
    if done.returncode:
        sys.exit(f"qa index failed: see {log}.")
    return root


def read_medquad() -> list[dict[str, Any]]:
    """All entries of MedQuAD."""
    return list(entries())


def questions(every: Sequence[dict[str, Any]], count: int) -> list[str]:
    """Distinct questions in an order that does not change: the entries' own, less their first
    word, and the beginnings of sentences of their answers.
    """
    shuffled = list(dict.fromkeys(_askable(every)))
    random.Random(6).shuffle(shuffled)
    if len(shuffled) < count:
        raise ValueError(f"{count} questions asked for, {len(shuffled)} there")
    return shuffled[:count]


def _askable(every: Sequence[dict[str, Any]]) -> Iterator[str]:
    for entry in every:
        yield from _cut(" ".join(entry["question"].split()[1:]))
        for sentence in _SENTENCE_ENDS.split(entry["answer"]):
            yield from _cut(sentence)


def _cut(text: str) -> Iterator[str]:
    """The first words of a text in small letters, if there are enough."""
    words = text.lower().split()[:_WORDS]
    if len(words) >= _SHORTEST:
        yield " ".join(words)


def repeated(some: Sequence[str], count: int) -> list[str]:
    """Questions as they come again in practice: the n-th most frequent one in proportion to 1/n
    (Zipf, 1949).
    """
    shares = [1 / rank for rank in range(1, len(some) + 1)]
    return random.Random(6).choices(some, shares, k=count)
