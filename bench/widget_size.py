"""What the chat widget weighs, gzipped as servers send it, and whether that is within its budget.

    python -m bench.widget_size

Every visitor of a page pays for the loader; the panel comes on first opening.
"""

import gzip
import sys
from dataclasses import dataclass
from pathlib import Path

WIDGET = Path(__file__).parent.parent / "qa" / "widget"
BUDGETS = {"loader.js": 5_000, "panel.js": 25_000}
"""Bytes, gzipped. A kilobyte is 1,000 of them here: the stricter reading."""


@dataclass(frozen=True, slots=True)
class Size:
    """A built file. plain, gzipped, budget: bytes."""

    name: str
    plain: int
    gzipped: int
    budget: int

    @property
    def fits(self) -> bool:
        """Whether it is within its budget."""
        return self.gzipped <= self.budget


def sizes(folder: Path) -> list[Size]:
    """The sizes of the built files in a folder."""
    return [size(folder / name, budget) for name, budget in BUDGETS.items()]


def size(path: Path, budget: int) -> Size:
    """The size of one; level 9 without a time stamp, so that it is the same everywhere."""
    content = path.read_bytes()
    return Size(path.name, len(content), len(gzip.compress(content, 9, mtime=0)), budget)


def main(folder: Path = WIDGET) -> None:
    """Print the sizes; exit 1 when one is over its budget."""
    found = sizes(folder)
    for one in found:
        mark = "" if one.fits else "  OVER BUDGET"
        print(f"{one.name:<10} {one.gzipped:>7,} of {one.budget:>6,} bytes gzipped", end="")
        print(f"   ({one.plain:,} plain){mark}")
    if not all(one.fits for one in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
