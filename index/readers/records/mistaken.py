"""Files that are not what their names say."""

import re
from typing import Final

from index.errors import ContentError
from index.readers.source import Source

_LOOKED_AT: Final = 4096
_MARKS: Final = b"\xef\xbb\xbf\xff\xfe \t\r\n"
_PACKED: Final = b"PK\x03\x04"
_HTML: Final = re.compile(
    rb"(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)


def refuse_mistaken(source: Source, *, is_packed: bool = False) -> None:
    """Raise ContentError for an empty file, a page of HTML, or a packed file that should be text.

    is_packed: whether it should be packed, as workbooks are.
    """
    head = source.data[:_LOOKED_AT].replace(b"\0", b"").lstrip(_MARKS)
    if not head and not source.data.strip(_MARKS + b"\0"):
        raise ContentError("the file is empty.", where=source.name)
    if _HTML.match(head):
        mend = "Rename it .html, or add --format html."
        raise ContentError("this looks like HTML.", where=source.name, mend=mend)
    if head.startswith(_PACKED) and not is_packed:
        mend = "Rename it .xlsx, or add --format xlsx."
        what = "this is a workbook or another packed file."
        raise ContentError(what, where=source.name, mend=mend)
