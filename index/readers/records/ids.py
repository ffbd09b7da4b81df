"""The ids that entries have where they come from, made fit to be kept here."""

import re
from typing import Final

from index.entry import ID_PATTERN, slug

# A row's number, as most tables have, or as short: many sources have the same.
_TINY: Final = re.compile(r"[A-Za-z]?[0-9]{1,20}|.{1,3}")


def usable_id(text: str) -> str:
    """An id with `-` for what ids may not have; empty for one that has nothing else."""
    cleaned = re.sub(r"[^A-Za-z0-9_.:-]+", "-", text.strip()).strip("-")
    if text.isascii() and (not cleaned or ID_PATTERN.fullmatch(cleaned)):
        return cleaned
    return slug(text) if text.strip() else ""


def id_on(page: str, text: str) -> str:
    """The usable id; after the page if it is a mere number or has fewer than 4 characters."""
    usable = usable_id(text)
    is_tiny = _TINY.fullmatch(usable) and not usable.startswith(f"{page}.")
    return f"{page}.{usable}" if is_tiny else usable
