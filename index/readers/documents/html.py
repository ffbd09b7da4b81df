"""A FAQ on a web page: what it marks for machines, else what a visitor sees."""

import re
from typing import Final

from index.formats.reading import Reading
from index.readers.source import Options, Source

_CHARSET: Final = re.compile(rb"<meta\b[^<>]*?\bcharset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEAD: Final = 4096  # bytes; a page must declare its encoding early


def read(source: Source, options: Options) -> Reading:
    """Read a page. Questions in schema.org markup win; what is only shown is not added to them.

    Raises ContentError if the source is no text or has no question with an answer.
    """
    # What it needs takes long to load, and only a page in HTML needs it.
    from index.readers.documents.web_page import read_page

    declared = _CHARSET.search(source.data[:_HEAD])
    text = source.text(declared[1].decode("ascii", "ignore") if declared else "")
    options.progress(len(source.data))
    return read_page(source, text)
