"""Containers that Markdown itself does not know, but its dialects do: each by its first line.

??? question "Title"      with indented text below (MkDocs)
:::details Title          up to a line of colons (Docusaurus, VuePress)
Term                      with lines below that begin with a colon
:   Its definition
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.readers.documents.blocks import Kind
from index.readers.documents.wording import is_question

_ADMONITION: Final = re.compile(r"(\?\?\?\+?|!!!)[ \t]+([\w-]+)[^\"\n]{0,80}[ \t]+\"(.*)\"[ \t]*$")
_DIRECTIVE: Final = re.compile(r"(:{3,})[ \t]*([\w-]+)[ \t]*(?:\[(.*)\]|(.*?))[ \t]*$")
_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})")
_DEFINITION: Final = re.compile(r" {0,3}:[ \t]+\S")
_ASKS: Final = frozenset({"question", "faq", "help", "details"})
_FURTHEST: Final = 3  # a list of definitions may have a blank line between the two


@dataclass(frozen=True, slots=True)
class Container:
    """Rows of a text, from 0: `start` is its title's, content is in `first` up to before `last`,
    and it ends before `stop`.
    """

    kind: Kind
    title: str
    start: int
    first: int
    last: int
    stop: int
    is_indented: bool


def containers(lines: Sequence[str]) -> Iterator[Container]:
    """Find the outermost containers, in order."""
    row, fence = 0, ""
    while row < len(lines):
        mark = _FENCE.match(lines[row])
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        found = None if fence or mark else _container(lines, row)
        if found:
            yield found
        row = found.stop if found else row + 1


def _container(lines: Sequence[str], row: int) -> Container | None:
    line = lines[row].rstrip("\n")
    if match := _ADMONITION.match(line):
        if match[1] != "!!!" or match[2] in _ASKS or is_question(match[3]):
            return _indented(lines, row, row + 1, Kind.FOLD, match[3])
    elif match := _DIRECTIVE.match(line):
        title = match[3] or match[4] or ""
        if title and (match[2] in _ASKS or is_question(title)):
            return _fenced(lines, row, match[1], title)
    elif line[:1].strip() and line[0] not in ":#>|-*+`~":
        return _defined(lines, row)
    return None


def _indented(lines: Sequence[str], start: int, first: int, kind: Kind, title: str) -> Container:
    stop = row = first
    while row < len(lines) and (not lines[row].strip() or lines[row].startswith(("  ", "\t"))):
        row += 1
        stop = row if lines[row - 1].strip() else stop
    return Container(kind, title, start, first, stop, stop, is_indented=True)


def _fenced(lines: Sequence[str], start: int, colons: str, title: str) -> Container:
    """Up to the line of as many colons, or the end; containers inside have fewer, or end before."""
    depth = 1
    for row in range(start + 1, len(lines)):
        line = lines[row].strip()
        if line.startswith(":::"):
            opens = line.strip(":") != ""
            depth += 1 if opens else -1
            if depth == 0 or line == colons:
                return Container(Kind.FOLD, title, start, start + 1, row, row + 1, False)
    return Container(Kind.FOLD, title, start, start + 1, len(lines), len(lines), False)


def _defined(lines: Sequence[str], row: int) -> Container | None:
    rows = range(row + 1, min(row + _FURTHEST, len(lines)))
    first = next((at for at in rows if lines[at].strip()), None)
    if first is None or not _DEFINITION.match(lines[first]):
        return None
    below = _indented(lines, row, first + 1, Kind.TERM, lines[row])
    stop = below.stop
    while stop < len(lines) and lines[stop].strip() and lines[stop][0] != "\n":
        more = _DEFINITION.match(lines[stop]) or stop == first + 1
        if not more:
            break
        stop = _indented(lines, row, stop + 1, Kind.TERM, "").stop
    return Container(Kind.TERM, lines[row], row, first, stop, stop, is_indented=True)
