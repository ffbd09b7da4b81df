"""Which form a source has, and the reader for it.

An address's form is told by what the server says, a file's by its suffix, and else by how the
source begins.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.documents import docx, html, markdown, plain
from index.readers.records import rasa, tables, trees, xlsx
from index.readers.source import Options, Reader, Source

SUFFIXES: Final[Mapping[str, str]] = {
    **dict.fromkeys((".md", ".markdown", ".mdx"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".txt", ".text"), "text"),
    ".docx": "docx",
    **dict.fromkeys((".csv", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".xlsx", ".xlsm"), "xlsx"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson", ".jsonld"), "json"),
    **dict.fromkeys((".yaml", ".yml"), "yaml"),
    ".xml": "xml",
}
"""Which form a file of that suffix, in lower case, has."""

_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/csv": "csv",
    "application/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/json": "json",
    "application/jsonl": "json",
    "application/x-ndjson": "json",
    "application/ld+json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_ZIP: Final = b"PK\x03\x04"
_HEAD: Final = 4096


def read(source: Source, options: Options = Options()) -> Reading:  # noqa: B008 - it is frozen
    """Read the pages of one source.

    Raises ContentError if nothing can be read: a form that is not known, no text, no entry.
    """
    return _reader(source, options)(source, options)


def _reader(source: Source, options: Options) -> Reader:
    name = options.format or _form(source)
    if name not in FORMATS:
        mend = f"It must be one of: {', '.join(FORMATS)}."
        raise ContentError(f"there is no format “{name}”.", where=source.name, mend=mend)
    return FORMATS[name]


def _form(source: Source) -> str:
    """What a server says counts before a suffix: `/faq.php` is HTML, `/export.md` may be."""
    said = _MEDIA_TYPES.get(source.media_type) or SUFFIXES.get(source.suffix)
    return said or _form_by_beginning(source)


def _form_by_beginning(source: Source) -> str:
    head = source.data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(_ZIP):
        return "docx" if b"word/" in source.data else "xlsx"
    if head.startswith(b"<"):
        return "xml" if head.startswith(b"<?xml") and b"<html" not in head.lower() else "html"
    return "json" if head.startswith((b"{", b"[")) else "markdown"


def _export(source: Source, options: Options) -> Reading:
    """Read an export of a product that has several forms; its reader knows it by `format`."""
    form = SUFFIXES.get(source.suffix) or _form_by_beginning(source)
    if form == "markdown" and options.format == "rasa":
        return rasa.read_markdown(source, options)
    reader = FORMATS[form] if form in {"xlsx", "json", "yaml", "xml"} else tables.read
    return reader(source, options)


def _markdown(source: Source, options: Options) -> Reading:
    if rasa.recognises_markdown(source.text()):
        return rasa.read_markdown(source, options)
    return markdown.read(source, options)


def _text(source: Source, options: Options) -> Reading:
    """Text whose lines have tabs is a table that somebody saved so."""
    lines = source.text().split("\n", 2)[:2]
    if len(lines) == 2 and all("\t" in line for line in lines):
        return tables.read(source, options)
    return plain.read(source, options)


def _json(source: Source, options: Options) -> Reading:
    """JSON-LD on its own is what a page has in a script."""
    if source.suffix == ".jsonld" or source.media_type == "application/ld+json":
        page = b"<script type='application/ld+json'>%s</script>" % source.data
        return html.read(replace(source, data=page), options)
    return trees.read(source, options)


FORMATS: Final[Mapping[str, Reader]] = {
    "markdown": _markdown,
    "html": html.read,
    "text": _text,
    "docx": docx.read,
    "csv": tables.read,
    "xlsx": xlsx.read,
    "json": _json,
    "yaml": trees.read,
    "xml": trees.read,
    **dict.fromkeys(("qnabot", "qnamaker", "dialogflow", "rasa"), _export),
}
"""The readers by name, as `Options.format` names them."""
