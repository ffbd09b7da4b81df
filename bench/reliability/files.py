"""What hostile files cost: whether twice the file takes more than twice the time.

    python -m bench.reliability.files [part of a name ...]

Each shape is a file that made some reader somewhere slow: nested, unclosed, or referring to itself
over and over. It is read at five sizes, each twice the one before. Fails where the time grows more
than 2.5-fold from one to the next, on average. A refusal counts as read.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from index.errors import ContentError
from index.readers import forms
from index.readers.source import Source

MOST: Final = 2.5
DOUBLINGS: Final = 4

_FIRST: Final = 8_000  # bytes of the smallest file
_TRIES: Final = 2  # the fastest counts
_PAIR: Final = "<h2>Why?</h2><p>Because.</p>"

SHAPES: Final[Mapping[str, Callable[[int], str]]] = {
    "nested.html": lambda n: _PAIR + "<div>" * (n // 5),
    "nested and closed.html": lambda n: _PAIR + "<b>" * (n // 7) + "</b>" * (n // 7),
    "nested and closed otherwise.html": lambda n: _PAIR + "<div>" * (n // 9) + "</x>" * (n // 9),
    "nested lists.html": lambda n: _PAIR + "<ul><li>" * (n // 8),
    "nested tables.html": lambda n: _PAIR + "<table><tr><td>" * (n // 15),
    "unclosed links.html": lambda n: _PAIR + "<a href=x>" * (n // 10),
    "misnested.html": lambda n: _PAIR + "<b><i></b><p>" * (n // 13),
    "attributes.html": lambda n: _PAIR + f"<p {' '.join(f'a{i}' for i in range(n // 7))}>x</p>",
    "unclosed comments.html": lambda n: _PAIR + "<!-" * (n // 3),
    "angles.html": lambda n: _PAIR + "<" * n,
    "headings.html": lambda n: "<h2>Why?</h2>" * (n // 13),
    "entries.html": lambda n: _PAIR * (n // len(_PAIR)),
    "quotes.md": lambda n: "## Why?\n" + ">" * n + " So.",
    "quoted lines.md": lambda n: "## Why?\n" + "> > > So.\n" * (n // 10),
    "nested lists.md": lambda n: (
        "## Why?\n" + "".join(f"{' ' * (i % 200)}- a\n" for i in range(n // 100))
    ),
    "brackets.md": lambda n: "## Why?\n" + "[" * n,
    "bracket pairs.md": lambda n: "## Why?\n" + "[a](" * (n // 4),
    "images.md": lambda n: "## Why?\n" + "![" * (n // 2),
    "stars.md": lambda n: "## Why?\n" + "*a **b " * (n // 7),
    "stars closed.md": lambda n: "## Why?\n" + "*" * (n // 2) + "a" + "*" * (n // 2),
    "backticks.md": lambda n: "## Why?\n" + "".join("`" * (i % 99) + " " for i in range(n // 50)),
    "definitions.md": lambda n: "## Why?\n" + "".join(f"[{i}]: /{i}\n" for i in range(n // 12)),
    "references.md": lambda n: "## Why?\n[a]: /x\n\n" + "[a] " * (n // 4),
    "tables.md": lambda n: "## Why?\n|a|\n|-|\n" + "|b|\n" * (n // 4),
    "html.md": lambda n: "## Why?\n" + "<div>" * (n // 5),
    "folded.md": lambda n: "## Why?\n" + "<details>\n" * (n // 10),
    "bold.txt": lambda n: "Why?\nSo.\n\n" * (n // 11),
    "nested.json": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "nested maps.json": lambda n: '{"a":' * (n // 6) + "1" + "}" * (n // 6),
    "records.json": lambda n: "[" + '{"q":"Why?","a":"So."},' * (n // 23) + "{}]",
    "nested.yaml": lambda n: "[" * n,
    "dashes.yaml": lambda n: "- " * (n // 2),
    "aliases.yaml": lambda n: "a: &a [x]\nb: [" + "*a, " * (n // 4) + "]",
    "merges.yaml": lambda n: "- &a {q: Why?, a: So.}\n" + "- {<<: *a}\n" * (n // 11),
    "nested.xml": lambda n: "<a>" * (n // 7) + "</a>" * (n // 7),
    "siblings.xml": lambda n: "<r>" + "<a>x</a>" * (n // 8) + "</r>",
    "attributes.xml": lambda n: "<r " + "".join(f"a{i}='x' " for i in range(n // 11)) + "/>",
    "quoted.csv": lambda n: 'q,a\n"' + '""' * (n // 2),
    "commas.csv": lambda n: "q,a\n" + "," * n,
    "rows.csv": lambda n: "q,a\n" + "Why?,So.\n" * (n // 9),
}
"""By file name, a text of some n characters."""

_LARGE: Final = {"attributes.xml": 128_000}
"""The smallest of those whose names a cache holds in smaller files, which are read the faster."""


def seconds(name: str, size: int) -> float:
    """The processor time that reading the shape takes at this size: the least of a few tries."""
    source = Source(name=name, data=SHAPES[name](size).encode())
    return min(_once(source) for _ in range(_TRIES))


def _once(source: Source) -> float:
    began = time.process_time()
    with suppress(ContentError):
        forms.read(source)
    return time.process_time() - began


def main() -> int:
    """Print a row for each shape; returns 1 if one grows too fast."""
    doublings = range(DOUBLINGS + 1)
    steps = " | ".join(f"× {1 << step}" for step in doublings)
    print(f"| file | kB | {steps} | at each doubling |")
    print(f"| --- |{' ---: |' * (DOUBLINGS + 3)}")
    over = 0
    for name in SHAPES:
        if len(sys.argv) > 1 and not any(part in name for part in sys.argv[1:]):
            continue
        first = _LARGE.get(name, _FIRST)
        taken = [seconds(name, first << step) for step in doublings]
        # From the second on: the first has what is loaded once in it.
        growth = (taken[-1] / taken[1]) ** (1 / (DOUBLINGS - 1))
        over += growth > MOST
        row = " | ".join(f"{one * 1000:.0f} ms" for one in taken)
        print(f"| {name} | {first // 1000} | {row} | × {growth:.2f} |", flush=True)
    print(f"\n{over} of these grow more than {MOST}-fold.")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
