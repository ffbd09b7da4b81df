"""How many findings `qa check` has on the public sets, by check.

    python -m bench.checking [NAME ...]

Whether each was worth an editor's time was judged by reading them (docs/checking.md).
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.sets import DATA, INDEXES, SAID, print_table, stored_encoder
from index.model import Model
from qa.checking import CHECKS, check_content, name_of
from qa.settings import Settings


def provide(_model: Model, folder: Path, _samples: Sequence[str]) -> tuple[dict[str, Any], str]:
    """The encoder that all sets share, made once."""
    shutil.copytree(stored_encoder(), folder, dirs_exist_ok=True, ignore=lambda *_: [SAID])
    return {}, ""


def row(name: str) -> str:
    """The counts of one set."""
    checked = check_content(
        [DATA / name / "faqs.jsonl"], Settings(index=INDEXES / name), provide=provide
    )
    counts = Counter(map(name_of, checked.findings))
    told = ", ".join(f"{check} {counts[check]}" for check in CHECKS if counts[check])
    entries = len(checked.corpus.entries)
    return f"| {name} | {entries:,} | {len(checked.findings):,} | {told or 'none'} |"


if __name__ == "__main__":
    print_table(["set", "entries", "findings", "by check"], row)
