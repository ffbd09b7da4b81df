"""What all formats share: the text of a file, what a reader gives back, and how it complains."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from index.entry import Page, slug
from index.errors import ContentError, UserError
from index.text import one_line

T = TypeVar("T")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTED_LENGTH = 80  # enough to recognise a question by, short enough for one line


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in content. An error keeps the content from being used, a warning does not; what is
    skipped is a part of a source, such as a row of a table, that does not become an entry. `check`
    is the short name of what found it; empty for what a reader says.
    """

    severity: Literal["error", "warning", "skipped"]
    where: str
    what: str
    mend: str = ""
    check: str = ""

    def __str__(self) -> str:
        """Tell it in one line: where, what, how to mend it."""
        return str(UserError(self.what, where=self.where, mend=self.mend))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: its pages, and everything that is wrong with it, in order of line."""

    pages: tuple[Page, ...] = ()
    findings: tuple[Finding, ...] = ()


class Faults:
    """Collects the faults of one file, so that a person can mend them all in one go."""

    def __init__(self, path: Path | str) -> None:
        """Begin with none; `path` is how messages name the file, or the address."""
        self.path = path
        self._found: list[tuple[int, Finding]] = []

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, in order of line."""
        return tuple(finding for _, finding in sorted(self._found, key=lambda found: found[0]))

    def place(self, line: int) -> str:
        """Name a line of the file, counted from 1."""
        return f"{self.path}:{line}"

    def error(self, line: int, what: str, mend: str = "") -> None:
        """Note what keeps the file from being used."""
        self._found.append((line, Finding("error", self.place(line), what, mend)))

    def warning(self, line: int, what: str, mend: str = "") -> None:
        """Note what the author surely did not mean."""
        self._found.append((line, Finding("warning", self.place(line), what, mend)))

    def parsed(self, text: str, parse: Callable[[str], T], default: T, *, key: str, line: int) -> T:
        """Parse the value of a key. One that is empty, or at fault (which is noted), is default."""
        if not text.strip():
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.error(line, f"{key} {error}, not {quoted(text)}.")
            return default


def read_text(path: Path) -> str:
    r"""Read a whole UTF-8 file, with or without byte order mark; every line ends in "\n".

    Raises ContentError if it is not text in UTF-8, OSError if it cannot be read.
    """
    return plain_newlines(_decoded(path.read_bytes().removeprefix(_BYTE_ORDER_MARK), path))


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Read a UTF-8 file line by line: the line's number, from 1, and its text.

    Raises ContentError if it is not text in UTF-8, OSError if it cannot be read.
    """
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            line = raw.removeprefix(_BYTE_ORDER_MARK) if number == 1 else raw
            yield number, _decoded(line, path, number)


def _decoded(raw: bytes, path: Path, first_line: int = 1) -> str:
    if b"\0" in raw:
        # UTF-16 ends here too: every second byte of English in it is zero.
        mend = "Save it as plain text in UTF-8."
        raise ContentError("this is not a text file.", where=str(path), mend=mend)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = first_line + raw.count(b"\n", 0, error.start)
        where, mend = f"{path}:{line}", "Save it as UTF-8."
        raise ContentError("this is not UTF-8.", where=where, mend=mend) from None


def plain_newlines(text: str) -> str:
    """Bring Windows and old Macintosh line ends to the plain one."""
    return re.sub(r"\r\n?", "\n", text)


def without_outer_blank_lines(lines: list[str]) -> str:
    """Join lines, word for word, leaving out the blank ones at either end."""
    filled = [row for row, line in enumerate(lines) if line.strip(" \t")]
    return "\n".join(lines[filled[0] : filled[-1] + 1]) if filled else ""


def quoted(text: str) -> str:
    """Quote a text in a message: on one line, and not at length."""
    line = one_line(text)
    return f"“{line}”" if len(line) <= _QUOTED_LENGTH else f"“{line[: _QUOTED_LENGTH - 1]}…”"


def is_hidden(path: Path, folder: Path) -> bool:
    """Whether a file or one of the folders on the way to it from `folder` is hidden: no content."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def page_name(path: Path | str) -> str:
    """Name the page in a file that does not name it itself."""
    return slug(Path(path).stem)


def title_of(name: str) -> str:
    """Make a name such as a file's stem readable: `drug-cooperation` is `Drug cooperation`.

    A name that was written for people, or is an address, stays as it is.
    """
    if not re.fullmatch(r"[\w-]*[^\W_][\w-]*", name):
        return name
    words = " ".join(re.findall(r"[^\W_]+", name))
    return words[:1].upper() + words[1:]
