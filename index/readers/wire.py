"""A source on its way to the process that reads it, and what is read on its way back.

A source is a line of JSON with its bytes behind it; what comes back is lines of JSON, each with one
key that says what it is. Never pickle: what reads a hostile file may be made to write anything.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import IO, Any, Final

from index.entry import Entry, Page, State
from index.errors import ContentError
from index.formats.reading import Finding, Reading
from index.readers.source import Options, Source

OUT_OF_MEMORY: Final = 71
"""The exit code of a reading process that had no more memory."""

_PROGRESS: Final = "progress"
_PAGE: Final = "page"
_ENTRY: Final = "entry"
_FINDING: Final = "finding"
_REFUSED: Final = "refused"
_DONE: Final = "done"

_TUPLES: Final = ("alternates", "tags", "negatives", "prompts")
_MOMENTS: Final = ("valid_from", "valid_until")

_UNTOLD: Final = ("data", "progress")


class GarbledError(Exception):
    """What came is nothing that is sent here, or breaks off."""


@dataclass(frozen=True, slots=True)
class Task:
    """A source to be read, and the seconds of processor time that it may take."""

    source: Source
    options: Options
    seconds: int


def send_source(to: IO[bytes], source: Source, options: Options, seconds: int) -> None:
    """Hand a source over, to be read within that processor time.

    Raises OSError if nobody takes it.
    """
    said = {"source": _told(source), "options": _told(options)}
    to.write(_line(said | {"size": len(source.data), "seconds": seconds}))
    to.write(source.data)
    to.flush()


def receive_source(come: IO[bytes], progress: Callable[[int], None]) -> Task | None:
    """Take the next source, with an `Options` that tells progress so; None if there is no more."""
    line = come.readline()
    if not line:
        return None
    said = json.loads(line)
    source = Source(**said["source"], data=come.read(said["size"]))
    return Task(source, Options(**said["options"], progress=progress), said["seconds"])


def send_progress(to: IO[bytes], done: int) -> None:
    """Tell that so many more bytes of the source have been read."""
    _send(to, [(_PROGRESS, done)])


def send_reading(to: IO[bytes], reading: Reading) -> None:
    """Hand over all that was read of a source."""
    _send(to, _parts(reading))


def send_refusal(to: IO[bytes], error: ContentError) -> None:
    """Hand over why nothing was read of a source."""
    _send(to, [(_REFUSED, [error.what, error.where, error.mend])])


def receive_reading(come: IO[bytes], progress: Callable[[int], None]) -> Reading:
    """Take what was read of a source; `progress` is told on the way.

    Raises:
        ContentError: nothing was read, as the reader says.
        GarbledError: it breaks off, or nobody here sends that.
    """
    pages: list[tuple[dict[str, Any], list[Entry]]] = []
    findings: list[Finding] = []
    try:
        for line in come:
            [(kind, value)] = json.loads(line).items()
            match kind:
                case "progress":
                    progress(int(value))
                case "page":
                    pages.append((value, []))
                case "entry":
                    pages[-1][1].append(_entry(value))
                case "finding":
                    findings.append(Finding(**value))
                case "refused":
                    what, where, mend = map(str, value)
                    raise ContentError(what, where=where, mend=mend)
                case "done":
                    whole = (Page(**{**page, "entries": tuple(own)}) for page, own in pages)
                    return Reading(tuple(whole), tuple(findings))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise GarbledError from error
    raise GarbledError


def _told(record: Source | Options) -> dict[str, object]:
    """What is said of a source, by the names that the record is made with."""
    names = (field.name for field in fields(record) if field.name not in _UNTOLD)
    return {name: getattr(record, name) for name in names}


def _parts(reading: Reading) -> Iterator[tuple[str, object]]:
    for page in reading.pages:
        yield _PAGE, asdict(replace(page, entries=()))
        for entry in page.entries:
            yield _ENTRY, asdict(entry)
    for finding in reading.findings:
        yield _FINDING, asdict(finding)
    yield _DONE, True


def _entry(value: dict[str, Any]) -> Entry:
    """The entry of these values; JSON has neither tuples nor moments."""
    value |= {name: tuple(value[name]) for name in _TUPLES}
    value |= {name: datetime.fromisoformat(value[name]) for name in _MOMENTS if value[name]}
    return Entry(**value | {"state": State(value["state"])})


def _send(to: IO[bytes], parts: Iterable[tuple[str, object]]) -> None:
    to.writelines(_line({kind: value}) for kind, value in parts)
    to.flush()


def _line(value: object) -> bytes:
    # In ASCII, as which half a character can be sent too: `together` takes it out.
    return json.dumps(value, default=datetime.isoformat).encode() + b"\n"
