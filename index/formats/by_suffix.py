"""Which reader a file of content needs is told by its suffix."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from index.errors import ContentError
from index.formats import jsonl, markdown, scraped
from index.formats.reading import Reading

READERS: Final[Mapping[str, Callable[[Path], Reading]]] = {
    ".md": markdown.read,
    ".markdown": markdown.read,
    ".txt": scraped.read,
    ".jsonl": jsonl.read,
    ".ndjson": jsonl.read,
}


def is_content(path: Path) -> bool:
    """Whether a file of this name can be read."""
    return path.suffix.lower() in READERS


def read_page_file(path: Path) -> Reading:
    """Read the pages of one file, together with everything that is wrong in it.

    Raises ContentError if nothing can be read: an unknown suffix, not a text file, no permission.
    """
    if not is_content(path):
        known = ", ".join(READERS)
        mend = f"Name a file that ends in one of: {known}."
        raise ContentError(f"cannot read a “{path.suffix}” file.", where=str(path), mend=mend)
    try:
        return READERS[path.suffix.lower()](path)
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}.", where=str(path)) from error
