"""Index each public set, answer its queries in a batch, and score: the table in the README.

    python -m bench.quality [SET ...]

Everything goes through the commands that a user has, `qa index` and `qa batch`. The defaults are
fitted on these sets; `python -m bench.fit` judges each by a fit that left its domain out.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from bench.fit import calibration_error
from bench.sets import DATA, INDEXES, available

QA = str(Path(sys.executable).parent / "qa")


def answer(name: str) -> list[dict[str, Any]]:
    """The set's queries answered, a record each, in order."""
    folder, output = DATA / name, INDEXES / f"{name}.jsonl"
    index = ["--index", str(INDEXES / name)]
    subprocess.run(
        [QA, "index", str(folder / "faqs.jsonl"), *index], check=True, capture_output=True
    )
    command = [QA, "batch", str(folder / "queries.jsonl"), "-o", str(output), *index]
    subprocess.run(command, check=True, capture_output=True)
    return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def row(name: str) -> str:
    """P@1 over answerable queries; the rest over all: an answer to an unanswerable one is wrong."""
    lines = (DATA / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    relevant = [set(json.loads(line)["relevant"]) for line in lines]
    answers = answer(name)
    right = np.array(
        [
            a["ranking"][0]["id"] in r if a["ranking"] else False
            for a, r in zip(answers, relevant, strict=True)
        ]
    )
    answerable = np.array([bool(r) for r in relevant])
    shown = np.array([a["answered"] for a in answers])
    confidence = np.array([a["confidence"] for a in answers])
    wrong = 1 - right[shown].mean() if shown.any() else 0.0
    return (
        f"| {name} | {len(right):,} | {1 - answerable.mean():.2f} | {right[answerable].mean():.3f} "
        f"| {roc_auc_score(right, confidence):.3f} | {calibration_error(confidence, right):.3f} "
        f"| {shown.mean():.2f} | {wrong:.3f} |"
    )


def main() -> None:
    """Print the table."""
    print("| set | queries | without an answer | P@1 | AUROC | ECE | shown | wrong of shown |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in sys.argv[1:] or available():
        print(row(name), flush=True)


if __name__ == "__main__":
    main()
