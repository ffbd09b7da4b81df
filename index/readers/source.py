"""What a reader is given: a source as it came from a disk or an address, and what a person said."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

import webencodings
from charset_normalizer import from_bytes

from index.entry import slug
from index.errors import ContentError
from index.formats.reading import Finding, Reading, plain_newlines, title_of

LARGEST: Final = 256 * 1024 * 1024
"""The most bytes of a source. What is read of it is held in memory, so this bounds that too."""

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_LOOKED_AT: Final = 1 << 20  # bytes that an encoding is guessed from


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source. name: its path or address, as messages name it. media_type, charset: what a
    server said of it, in lower case; empty for a file. folder: the one that was named, for a file
    found in it. called: the page that a person wants it to be; empty for one called after the
    source.
    """

    name: str
    data: bytes = field(repr=False)
    media_type: str = ""
    charset: str = ""
    folder: str = ""
    called: str = ""

    @property
    def stem(self) -> str:
        """The name without folders and suffix: `faq` for `https://example.org/help/faq.html?a=b`.

        An address without a path is called after its host.
        """
        parts = urlsplit(self.name) if self.is_address else None
        path = unquote(parts.path) if parts else self.name.replace("\\", "/")
        return PurePosixPath(path).stem or (parts.hostname if parts else "") or "page"

    @property
    def suffix(self) -> str:
        """The end of the name with its dot, in lower case; empty if it has none."""
        path = urlsplit(self.name).path if self.is_address else self.name
        return PurePosixPath(path).suffix.lower()

    @property
    def is_address(self) -> bool:
        """Whether it came over HTTP."""
        return self.name.startswith(("http://", "https://"))

    @property
    def page(self) -> str:
        """The name of the page that it makes: for a file its stem, and the way to it, where many
        may have one stem: in a folder, or on a site (`/de/help/faq.html` is `de-help-faq`).
        """
        return slug(self.called or self._way or self.stem)

    @property
    def _way(self) -> str:
        if self.is_address:
            parts = urlsplit(self.name)
            path = PurePosixPath(unquote(parts.path).strip("/"))
            return f"{path.parent / path.stem} {unquote(parts.query)}".strip("./ ")
        if self.folder:
            return str(Path(self.name).relative_to(self.folder).with_suffix(""))
        return ""

    @property
    def title(self) -> str:
        """The title of that page, where the source has none."""
        return title_of(self.called or self.stem)

    def text(self, declared: str = "") -> str:
        r"""Decode it; every line ends in "\n".

        In this order: a byte order mark, what the server said (Latin-1 after UTF-8), UTF-8, what
        the source says of itself (`declared`), a guess by charset-normalizer. Raises ContentError
        if it is no text.
        """
        for mark, encoding in _MARKS:
            if self.data.startswith(mark):
                return self._checked(self.data[len(mark) :].decode(encoding, errors="replace"))
        # Those that browsers know: of Python's, some take for ever and some run escapes.
        encodings = map(webencodings.lookup, (self.charset, "utf-8", self.charset, declared))
        for place, encoding in enumerate(encodings):
            # Latin-1 is what many servers say without a look, and anything can be read as it.
            if encoding and (place or encoding.name != "windows-1252"):
                with suppress(UnicodeError):
                    return self._checked(encoding.codec_info.decode(self.data)[0])
        guess = from_bytes(self.data[:_LOOKED_AT]).best()
        if guess is None:
            raise self._no_text()
        return self._checked(self.data.decode(guess.encoding, errors="replace"))

    def _checked(self, text: str) -> str:
        if "\0" in text:
            raise self._no_text()
        return plain_newlines(text)

    def _no_text(self) -> ContentError:
        mend = "Save it as plain text in UTF-8, or import the file that it was made from."
        return ContentError("this is not a text file.", where=self.name, mend=mend)


def _ignore(_done: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person says about a source.

    format: which reader reads it, when that is not to be found out. columns: by the names of an
    entry's fields (`question`, `answer`, `alternates`, `id`, ...), the column or key that holds it.
    language: of a source in several, the one to read, as a tag such as `fr`. progress: told how
    many of the source's bytes have been read since it was last told.
    """

    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    progress: Callable[[int], None] = _ignore


Reader: TypeAlias = Callable[[Source, Options], Reading]
"""Reads the pages of a source. What does not become an entry is among the findings, as `skipped`,
with its place and the reason. Raises ContentError if nothing can be read at all."""


def skipped(source: Source, place: object, what: str, mend: str = "") -> Finding:
    """Say what of a source does not become an entry. place: a line, a row, or a path in it."""
    return Finding("skipped", f"{source.name}:{place}", what, mend)
