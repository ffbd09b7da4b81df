"""What a reading holds, as the readers' tests look at it."""

from index.entry import Entry
from index.formats.reading import Reading


def entries(reading: Reading) -> tuple[Entry, ...]:
    return tuple(entry for page in reading.pages for entry in page.entries)


def pairs(reading: Reading) -> list[tuple[str, str]]:
    return [(entry.question, entry.answer) for entry in entries(reading)]


def told(reading: Reading) -> list[str]:
    return [str(finding) for finding in reading.findings]
