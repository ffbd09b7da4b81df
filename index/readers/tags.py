"""Tags with more attributes than anybody writes: parsers take longer for each than for the last."""

import re
from typing import Final

from index.errors import ContentError

MOST_ATTRIBUTES: Final = 1_000

# Nothing is read twice: each part begins with what no other does, and gives nothing back.
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_TAG: Final = re.compile(rf"<[A-Za-z](?:[^\"'<>]++|{_QUOTED.pattern})*+")
# So many attributes need so many characters.
_SHORTEST: Final = 2 * MOST_ATTRIBUTES


def refuse_crowded(markup: str, where: str) -> None:
    """Raise ContentError if a tag of HTML or XML has more than `MOST_ATTRIBUTES`."""
    for tag in _TAG.finditer(markup):
        if len(tag[0]) > _SHORTEST and _attributes(tag[0]) > MOST_ATTRIBUTES:
            line = markup.count("\n", 0, tag.start()) + 1
            what = f"a tag has more than {MOST_ATTRIBUTES:,} attributes."
            raise ContentError(what, where=f"{where}:{line}" if where else "", mend="Shorten it.")


def _attributes(tag: str) -> int:
    return len(_QUOTED.sub(" ", tag).replace("/", " ").split()) - 1
