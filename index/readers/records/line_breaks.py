"""The line breaks of plain texts, kept where Markdown is shown."""

import re
from itertools import pairwise
from typing import Final

_BREAK: Final = "  "
# Lists, headings, quotes, tables, fences, rules, code, tags: more than paragraphs.
_BLOCK: Final = re.compile(
    r"^[ \t]*(?:(?:[-*+]|[0-9]{1,9}[.)]|#{1,6})(?:[ \t]|$)|[>|]|```|~~~)"
    r"|^[ \t]*(?:[-=*_][-=*_ \t]*$|:?-+:?[ \t]*\|)"
    r"|^[^\S\n]*\n(?: {4}|\t)|\A(?: {4}|\t)|</?[A-Za-z]",
    re.MULTILINE,
)
_FEWEST, _MOST = 50, 110  # characters in a line of prose that a program has wrapped
_RAGGED: Final = 20  # characters that such lines differ by: the word that did not fit
_ENDS: Final = (".", "!", "?", ":", ";", "…", "。")


def with_breaks(text: str) -> str:
    """Make the line ends within paragraphs hard breaks, two spaces each, if all is plain text.

    A text with blocks of Markdown or HTML stays as it is, and so does a paragraph that was wrapped.
    """
    if "\n" not in text or _BLOCK.search(text):
        return text
    lines = text.split("\n")
    starts = [0, *(at for at, line in enumerate(lines, start=1) if not line.strip()), len(lines)]
    parts = (lines[start:end] for start, end in pairwise(starts))
    return "\n".join(line for part in parts for line in _broken(part))


def _broken(lines: list[str]) -> list[str]:
    """The lines of a paragraph, of which only the last may be blank."""
    if _is_wrapped([line for line in lines if line.strip()]):
        return lines
    return [
        line.rstrip(" \t") + _BREAK if _is_meant(line, after.lstrip()) else line
        for line, after in zip(lines, [*lines[1:], ""], strict=False)
    ]


def _is_meant(line: str, after: str) -> bool:
    """Whether a break between two lines is meant, and not only where a long sentence goes on."""
    goes_on = len(line) > _FEWEST and after[:1].islower()
    return bool(after) and not line.endswith("\\") and not goes_on


def _is_wrapped(lines: list[str]) -> bool:
    """Whether most lines but the last are about equally long, and end within a sentence."""
    lengths = [len(line.rstrip()) for line in lines[:-1]]
    longest = max(lengths, default=0)
    wrapped = sum(
        length > max(_FEWEST, longest - _RAGGED) and not line.rstrip().endswith(_ENDS)
        for line, length in zip(lines, lengths, strict=False)
    )
    return longest <= _MOST and 2 * wrapped > len(lengths)
