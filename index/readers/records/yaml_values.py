"""YAML as nested maps, lists and texts."""

from dataclasses import dataclass
from typing import Final

from yaml import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    MarkedYAMLError,
    ScalarEvent,
    SequenceStartEvent,
    YAMLError,
    parse,
)

from index.errors import ContentError, first_line
from index.readers.records.shapes import Placed

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

_NULLS: Final = ("", "~", "null", "Null", "NULL")
_MERGE: Final = "<<"
_DEEPEST: Final = 500  # levels; people nest a handful
_TO_SPARE: Final = 10_000  # values that aliases may add to a small document


def values_of(text: str, where: str) -> list[object]:
    """Read the documents of a text; every scalar stays the text it is, but null is None.

    Raises ContentError if the text is not YAML, is nested too deeply, or if its aliases multiply:
    with what they stand for it may have as many values as it has characters, and some more.
    """
    values = _Values(len(text) + _TO_SPARE, where)
    try:
        # From the events: a loader would make `no` False and a date a date, would lose the lines,
        # and recurse in C until the process dies of a deep document.
        for event in parse(text, Loader):
            values.take(event)
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        what = f"this is not YAML: {error.problem or first_line(error)}."
        raise ContentError(what, where=f"{where}{line}", mend="Correct the line.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ContentError(f"this is not YAML: {first_line(error)}.", where=where) from None
    return values.documents


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not come. key: of a map, whose value comes next, if it is a text.

    size: the values in it, with those that aliases stand for.
    """

    value: Placed | list[object]
    anchor: str | None
    size: int = 1
    has_key: bool = False
    key: str | None = None


class _Values:
    """Builds values from events."""

    def __init__(self, budget: int, where: str) -> None:
        self.documents: list[object] = []
        self._budget = budget
        self._where = where
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[object, int]] = {}

    def take(self, event: Event) -> None:
        """Take the next event."""
        line = event.start_mark.line + 1 if event.start_mark else 0
        match event:
            case DocumentStartEvent():
                self._anchored.clear()
            case ScalarEvent():
                is_null = not event.style and event.value in _NULLS
                self._add(None if is_null else event.value, 1, event.anchor, line)
            case AliasEvent():
                if event.anchor not in self._anchored:
                    raise self._error(line, "this alias stands for nothing above it.")
                self._add(*self._anchored[event.anchor], None, line)
            case MappingStartEvent():
                self._begin(_Open(Placed({}, line), event.anchor), line)
            case SequenceStartEvent():
                self._begin(_Open([], event.anchor), line)
            case CollectionEndEvent():
                ended = self._open.pop()
                self._budget += ended.size - 1  # counted already, part by part
                self._add(_merged(ended.value), ended.size, ended.anchor, line)

    def _begin(self, begun: _Open, line: int) -> None:
        if len(self._open) == _DEEPEST:
            raise self._error(line, "this is nested too deeply.")
        self._open.append(begun)

    def _add(self, value: object, size: int, anchor: str | None, line: int) -> None:
        self._budget -= size
        if self._budget < 0:
            raise self._error(line, "aliases in this YAML stand for more than the file holds.")
        if anchor:
            self._anchored[anchor] = value, size
        if not self._open:
            self.documents.append(value)
            return
        around = self._open[-1]
        around.size += size
        if isinstance(around.value, list):
            around.value.append(value)
        elif not around.has_key:
            around.key = value if isinstance(value, str) else None
            around.has_key = True
        else:
            if around.key is not None:
                around.value[around.key] = value
            around.has_key = False

    def _error(self, line: int, what: str) -> ContentError:
        return ContentError(what, where=f"{self._where}:{line}")


def _merged(value: Placed | list[object]) -> Placed | list[object]:
    """A map with what it merges in (`<<`), where its own keys win, then the first merged."""
    if isinstance(value, list) or _MERGE not in value:
        return value
    own = {key: part for key, part in value.items() if key != _MERGE}
    told = value[_MERGE]
    maps = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict)]
    items: dict[str, object] = {}
    for one in (*reversed(maps), own):
        items |= one
    return Placed(items, value.line)
