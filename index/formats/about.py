"""The folded block that says about an entry, or a page, what is not for visitors to read.

It is read by its lines: Markdown in a phrasing means nothing, it is only what people type.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from index.formats.outline import Folded
from index.formats.reading import Faults, quoted
from index.text import one_line

T = TypeVar("T")

_CLOSING: Final = re.compile(r"^[ \t]*</details>", re.IGNORECASE | re.MULTILINE)
_BULLET: Final = re.compile(r"[ \t]*[-*+](?:[ \t]+(.*))?")
_SETTING: Final = re.compile(r"[ \t]*([A-Za-z]+)[ \t]*:(.*)")


@dataclass(frozen=True, slots=True)
class Kind:
    """A block as it may be written: what its summary says, and its keys."""

    summary: str
    keys: tuple[str, ...]

    def is_of(self, fold: Folded) -> bool:
        """Whether a folded block in a text is one of these."""
        return fold.summary.casefold() == self.summary.casefold()


NEGATIVES: Final = "Not"
"""The key under which wordings are listed that are not this answer; its value is a list."""

ENTRY_BLOCK: Final = Kind(
    "Also asked",
    (
        *("Id", "Tags", "Source", "Language", "State", "From", "Until", "Prompts", "Context"),
        NEGATIVES,
    ),
)
PAGE_BLOCK: Final = Kind("About this page", ("Name", "Source", "Language"))


@dataclass(frozen=True, slots=True)
class About:
    """What a block says, with the row of each thing; keys are spelt as their kind spells them."""

    alternates: tuple[tuple[int, str], ...]
    settings: Mapping[str, tuple[int, str]]
    negatives: tuple[tuple[int, str], ...] = ()

    def value(self, key: str) -> str:
        """Give what a key is set to, or an empty string."""
        return self.settings.get(key, (0, ""))[1]

    def values(self, key: str) -> tuple[str, ...]:
        """Give the values, parted by commas, that a key is set to."""
        return tuple(filter(None, map(str.strip, self.value(key).split(","))))

    def parsed(self, key: str, parse: Callable[[str], T], default: T, faults: Faults) -> T:
        """Parse what a key is set to; default if it is not set, or wrongly, which is noted."""
        row, text = self.settings.get(key, (0, ""))
        return faults.parsed(text, parse, default, key=key, line=row + 1)


def read_about(lines: Sequence[str], fold: Folded, end: int, kind: Kind, faults: Faults) -> About:
    """Read the block that begins at `fold`, which must reach to row `end`."""
    alternates: list[tuple[int, str]] = []
    negatives: list[tuple[int, str]] = []
    settings: dict[str, tuple[int, str]] = {}
    in_bullet = False
    for row, line in _inner_rows(lines, fold, end, faults):
        bullet, setting = _BULLET.fullmatch(line), _SETTING.fullmatch(line)
        continues = in_bullet and bool(line.strip()) and (line[0] in " \t" or not setting)
        wordings = negatives if NEGATIVES in settings else alternates
        if bullet:
            wordings.append((row, (bullet[1] or "").strip()))
        elif continues:
            first, start = wordings.pop()
            wordings.append((first, f"{start} {line.strip()}".strip()))
        elif setting:
            _note_setting(settings, setting, row, kind, faults)
        elif line.strip():
            mend = f"Write “- another phrasing”, or one of the keys {', '.join(kind.keys)}."
            faults.error(row + 1, f"{quoted(line)} is not understood here.", mend)
        in_bullet = bool(bullet) or continues
    return About(_filled(alternates), settings, _filled(negatives))


def _filled(wordings: Iterable[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    return tuple((row, text) for row, text in wordings if text)


def _inner_rows(
    lines: Sequence[str], fold: Folded, end: int, faults: Faults
) -> list[tuple[int, str]]:
    inner = "\n".join(lines[fold.start : end])[len(fold.opening) :]
    closing = _CLOSING.search(inner)
    if closing is None:
        what = f"the block “{fold.summary}” is not closed."
        faults.error(fold.start + 1, what, "End it with a line “</details>”.")
        return []
    if inner[closing.end() :].strip():
        what = f"the block “{fold.summary}” must be the last thing of its part."
        mend = "Move what follows above it; leave a blank line between “</details>” and a heading."
        faults.error(fold.start + 1, what, mend)
    first = fold.start + fold.opening.count("\n")
    return list(enumerate(inner[: closing.start()].split("\n"), start=first))


def _note_setting(
    settings: dict[str, tuple[int, str]],
    setting: re.Match[str],
    row: int,
    kind: Kind,
    faults: Faults,
) -> None:
    key = setting[1].capitalize()
    if key not in kind.keys:
        what = f"there is no key “{setting[1]}”."
        faults.error(row + 1, what, f"The keys are {', '.join(kind.keys)}.")
    elif key in settings:
        faults.error(row + 1, f"{key} is given twice.", "Remove one of the two.")
    elif key == NEGATIVES and setting[2].strip():
        mend = "Write each on a line of its own below, as “- a wording that is not this answer”."
        faults.error(row + 1, f"{key} is a list.", mend)
    else:
        settings[key] = (row, setting[2].strip())


def write_about(
    kind: Kind,
    alternates: Iterable[str],
    settings: Mapping[str, str],
    negatives: Iterable[str] = (),
) -> str:
    """Write a block; an empty string if there is nothing to say. Empty settings are left out."""
    rows = [f"{key}: {value}" for key, text in settings.items() if (value := one_line(text))]
    parts = [_list(alternates), *rows]
    if excluded := _list(negatives):  # last, for every wording after the key is one of them
        parts += [f"{NEGATIVES}:", excluded]
    if not any(parts):
        return ""
    opening = f"<details>\n<summary>{kind.summary}</summary>"
    return "\n\n".join(filter(None, [opening, *parts, "</details>"]))


def _list(wordings: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in map(one_line, wordings) if line)
