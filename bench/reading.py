"""How many of the question–answer pairs in real FAQ documents the readers find.

`QA_DATA` names the folder that holds the evaluation data; each file of `raw_pages/SOURCES.tsv` that
was counted by a person is read and compared with that count. Options: parts of the files' names.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.sets import DATA
from index.errors import ContentError
from index.readers import forms
from index.readers.source import Source

PAGES = DATA / "raw_pages"


def main() -> None:
    """Print a row for each file, then totals."""
    print("| file | pairs | found | why not |\n| --- | ---: | ---: | --- |")
    expected = found = extra = exact = files = 0
    for path, pairs in _counted(sys.argv[1:]):
        count, why = _found(path)
        print(f"| {path.relative_to(PAGES)} | {pairs} | {count} | {why} |", flush=True)
        expected, found = expected + pairs, found + min(count, pairs)
        extra += max(count - pairs, 0)
        exact, files = exact + (count == pairs), files + 1
    print(f"\n{found} of {expected} pairs, {extra} too many; {exact} of {files} files exactly.")


def _counted(parts: list[str]) -> Iterator[tuple[Path, int]]:
    """The files whose pairs were counted, and how many each has."""
    with (PAGES / "SOURCES.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["qa_pairs"] and (not parts or any(part in row["file"] for part in parts)):
                yield PAGES / row["file"], int(row["qa_pairs"])


def _found(path: Path) -> tuple[int, str]:
    try:
        reading = forms.read(Source(name=str(path), data=path.read_bytes()))
    except ContentError as error:
        return 0, error.what
    return sum(len(page.entries) for page in reading.pages), ""


if __name__ == "__main__":
    main()
