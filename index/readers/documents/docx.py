"""A FAQ in a Word document."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final
from xml.parsers.expat import ExpatError

from index.errors import ContentError
from index.formats.reading import Reading
from index.readers.source import Options, Source

LARGEST: Final = 200 * 1024 * 1024
"""The most bytes that a document may unpack to."""

_LARGEST_XML: Final = 48 * 1024 * 1024  # its text: held as a tree, it takes some thirty times that

_CHUNK: Final = 1 << 20
_OVERLAP: Final = 32  # bytes
# A page's title takes in everything; headings of level 1 are only the largest of its parts.
_STYLES: Final = "p[style-name='Title'] => h1[aria-level='0']:fresh"
_DAMAGES: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError),
    *(ValueError, OSError, EOFError, KeyError),
)
# Word writes none. One may name other files, or say over and over what makes a few bytes gigabytes.
_DOCTYPE: Final = re.compile(rb"<\0?!\0?D\0?O\0?C\0?T\0?Y\0?P\0?E", re.IGNORECASE)


def read(source: Source, options: Options) -> Reading:
    """Read a document; pictures are left out.

    Raises ContentError if it is no Word document, unpacks to too much, or has no question with an
    answer.
    """
    # What reads it takes long to load, and most sources are not Word documents.
    from index.readers.documents.web_page import read_page

    _check(source)
    options.progress(len(source.data))
    return read_page(source, _html(source))


def _check(source: Source) -> None:
    """Unpack a document once, piece by piece, for what a file says of its sizes may be a lie."""
    total = of_xml = 0
    try:
        with zipfile.ZipFile(BytesIO(source.data)) as archive:
            for member in archive.infolist():
                is_xml = member.filename.lower().endswith((".xml", ".rels"))
                for chunk in _chunks(archive, member):
                    total += len(chunk)
                    of_xml += len(chunk) if is_xml else 0
                    if total > LARGEST or of_xml > _LARGEST_XML:
                        raise _unusable(source, "it unpacks to too much")
                    if is_xml and _DOCTYPE.search(chunk):
                        raise _unusable(source, "it is not what a text processor writes")
    except _DAMAGES as error:
        raise _unusable(source, "it is damaged, or locked with a password") from error


def _chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The pieces of a member, each with the end of the one before, that a mark may lie across."""
    tail = b""
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]


def _html(source: Source) -> str:
    import mammoth  # type: ignore[import-untyped]

    pictures = mammoth.images.img_element(lambda _picture: {})  # their descriptions stay
    data = BytesIO(source.data)
    try:
        made = mammoth.convert_to_html(data, convert_image=pictures, style_map=_STYLES)
        return str(made.value)
    except (*_DAMAGES, ExpatError, AttributeError, TypeError, RecursionError) as error:
        raise _unusable(source, "it has no text where Word has it") from error


def _unusable(source: Source, why: str) -> ContentError:
    what = f"this Word document cannot be read: {why}."
    return ContentError(what, where=source.name, mend="Save it anew as .docx, or as a web page.")
