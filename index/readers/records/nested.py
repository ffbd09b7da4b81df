"""Records in nested maps and lists, wherever they are: what a question and an answer stand in."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from index.entry import slug
from index.readers.records import qnabot, qnamaker
from index.readers.records.columns import Columns, chosen_language, columns_of
from index.readers.records.found import Found, Records, without_doubtful
from index.readers.records.naming import named
from index.readers.records.record import properties, said_by, scalar
from index.readers.records.shapes import (
    LONGEST_HEADING,
    Map,
    Placed,
    is_answers_by_question,
    is_heading,
    languages_of,
    listed,
    pairs_of_texts,
    stem_pairs,
    texts_of,
    value_at,
)
from index.readers.source import Options

_DEEPEST: Final = 200  # levels; people nest a handful
_MOST_KEYS: Final = 30  # of those seen, to tell in a message
_MOST_SHAPES: Final = 10_000  # of records, that columns are kept of; more is no regular source
_INHERITED: Final = ("page", "url", "language")


@dataclass(frozen=True, slots=True)
class _Spot:
    """A value, where it is, and what stands above it.

    key: the one that it is under, if that may name it: as id of a record, or category of several.
    is_top: whether nothing stands beside it.
    """

    value: object
    path: str
    depth: int = 0
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""
    is_top: bool = False

    @property
    def below(self) -> Mapping[str, tuple[str, ...]]:
        """What stands above the records in it."""
        return _headed(self.above, self.key)


def records_in(roots: Iterable[tuple[str, object]], options: Options, where: str) -> Records:
    """Find the records in values, each with the place of its root (a line), in their order.

    Those that have but a title and a text are records only where none has a question or an answer
    by name. Raises ContentError as `columns_of` does.
    """
    walk = _Walk(options, where)
    for place, value in roots:
        walk.through(_Spot(value, place, is_top=True))
    walk.records.found = without_doubtful(walk.records.found)
    return walk.records


class _Walk:
    """A walk through values, without recursion, in the order of the source."""

    def __init__(self, options: Options, where: str) -> None:
        self.records = Records()
        self._options = options
        self._where = where
        self._columns: dict[tuple[str, ...], Columns] = {}

    def through(self, root: _Spot) -> None:
        to_do = [root]
        while to_do:
            spot = to_do.pop()
            if spot.depth > _DEEPEST:
                self.records.is_too_deep = True
            elif isinstance(spot.value, dict):
                to_do += reversed(list(self._in_map(spot, spot.value)))
            elif isinstance(spot.value, list):
                to_do += reversed(list(self._in_list(spot, spot.value)))

    def _in_list(self, spot: _Spot, value: list[object]) -> Iterator[_Spot]:
        if pairs := pairs_of_texts(value):
            for index, (question, answer) in enumerate(pairs):
                self._add(
                    f"{spot.path}[{index}]", spot, {"question": [question], "answer": [answer]}
                )
            return
        for index, part in enumerate(value):
            if isinstance(part, dict | list):
                yield _Spot(part, f"{spot.path}[{index}]", spot.depth + 1, spot.below)

    def _in_map(self, spot: _Spot, value: Map) -> Iterator[_Spot]:
        """Note the records that a map is or holds; give what is to be looked into."""
        for key in value if len(self.records.keys) < _MOST_KEYS else ():
            self.records.keys.setdefault(key)
        if self._is_exported(spot, value):
            return
        if languages := languages_of(value):
            yield from self._in_one_language(spot, value, languages)
            return
        record = self._flat(value)
        columns = self._columns_of(tuple(record))
        pairs = stem_pairs(record)
        used: set[str] = set()
        if columns.has_pair and len(pairs) < 2 and (said := _said(columns, record)):
            used = self._note_record(spot, columns, record, said)
        elif pairs:
            used = self._note_pairs(spot, record, pairs)
        elif is_answers_by_question(record):
            for question, answer in record.items():
                said = {"question": [question], "answer": texts_of(answer) or []}
                self._add(_join(spot.path, question), spot, said)
            return
        yield from self._below(spot, value, used, is_record=bool(used) and not columns.is_weak)

    def _is_exported(self, spot: _Spot, value: Map) -> bool:
        """Whether a map is an item of a product's export, which is then kept as it is."""
        if self._options.columns:
            return False
        place, told = _place(spot), self._options.format
        if qnabot.is_item(value.keys(), told):
            self.records.qnabot.append((place, value))
            return True
        if qnamaker.is_pair(value.keys(), told):
            self.records.qnamaker.append((place, value))
            return True
        return False

    def _in_one_language(
        self, spot: _Spot, value: Map, languages: Mapping[str, str]
    ) -> Iterator[_Spot]:
        if key := self._chosen(languages):
            above = {**spot.below, "language": (languages[key],)}
            path = _join(spot.path, key)
            yield _Spot(value[key], path, spot.depth + 1, above, is_top=spot.is_top)

    def _chosen(self, languages: Mapping[str, str]) -> str:
        """The key of the language wanted, else of the first; empty if the one wanted is not there.

        The others are noted.
        """
        tags = list(languages.values())
        wanted = self._options.language
        chosen = chosen_language(tags, wanted) if wanted else tags[0]
        self.records.languages.update(dict.fromkeys(tag for tag in tags if tag != chosen))
        return next((key for key, tag in languages.items() if tag == chosen), "")

    def _flat(self, value: Map) -> dict[str, object]:
        """The map with one language of each value that is in several, and with mapped paths."""
        record = {key: listed(part) for key, part in value.items()}
        for key, part in value.items():
            if isinstance(part, dict) and (languages := languages_of(part)):
                one = self._chosen(languages)
                record[key] = part[one] if one else ""
                record.setdefault("language", languages.get(one, ""))
        for path in self._options.columns.values():
            if "." in path and path not in record:
                found = value_at(value, path.split("."))
                if found is not None:
                    record[path] = found
        return record

    def _columns_of(self, keys: tuple[str, ...]) -> Columns:
        columns = self._columns.get(keys)
        if columns is None:
            columns = columns_of(keys, self._options, self._where)
            if len(self._columns) < _MOST_SHAPES:
                self._columns[keys] = columns
        self.records.languages.update(dict.fromkeys(tag for tag in columns.languages if tag))
        return columns

    def _note_record(
        self, spot: _Spot, columns: Columns, record: dict[str, object], said: dict[str, list[str]]
    ) -> set[str]:
        """Note a record, or those in two lists of the same length; give the keys it is made of."""
        keys = list(record)
        questions, answers = said.get("question", []), said["answer"]
        several = [record[keys[group[0]]] for group in columns.groups.get("question", ())[:1]]
        if 1 < len(questions) == len(answers) and several and isinstance(several[0], list):
            for question, answer in zip(questions, answers, strict=True):
                self._add(_place(spot), spot, {"question": [question], "answer": [answer]})
        else:
            if spot.key:
                said.setdefault("id", [spot.key])
            self._add(_place(spot), spot, said, is_weak=columns.is_weak)
        return {keys[i] for groups in columns.groups.values() for group in groups for i in group}

    def _note_pairs(
        self, spot: _Spot, record: Map, pairs: Mapping[str, tuple[str, str]]
    ) -> set[str]:
        """Note the record of each stem; give the keys that they are made of."""
        for stem, (question, answer) in pairs.items():
            said = {
                "question": texts_of(record[question]) or [],
                "answer": texts_of(record[answer]) or [],
                "id": [] if stem.isdecimal() else [stem],
                "language": texts_of(record.get("language")) or [],
            }
            self._add(_place(spot, question), spot, said)
        return {key for pair in pairs.values() for key in pair}

    def _add(
        self, place: str, spot: _Spot, said: dict[str, list[str]], *, is_weak: bool = False
    ) -> None:
        """Note a record, with what it inherits."""
        said["category"] = [*spot.above.get("category", ()), *said.get("category", ())]
        for held in _INHERITED:
            if held in spot.above and not any(said.get(held, ())):
                said[held] = list(spot.above[held])
        self.records.found.append(Found(place, said, spot.path, is_weak))

    def _below(
        self, spot: _Spot, value: Map, used: set[str], *, is_record: bool
    ) -> Iterator[_Spot]:
        """What a map holds that is not part of its record, and so may hold others."""
        above = spot.below if is_record else self._above(spot, value)
        containers = {k: part for k, part in value.items() if isinstance(part, dict | list)}
        are_all = len(containers) == len(value) > 1
        for key, part in containers.items():
            if key in used and texts_of(part) is not None:
                continue
            name = key if are_all and is_heading(key) else ""
            is_top = spot.is_top and len(value) == 1
            yield _Spot(part, _join(spot.path, key), spot.depth + 1, above, name, is_top)

    def _above(self, spot: _Spot, value: Map) -> Mapping[str, tuple[str, ...]]:
        """What a map says of everything in it: its title, its address, its language."""
        above = dict(spot.below)
        for key, part in value.items():
            one, text = named(key), scalar(part).strip()
            if not one or not text or len(text) > LONGEST_HEADING:
                continue
            if one.held in _INHERITED:
                above[one.held] = (text,)
            elif one.held == "question" and one.is_weak and spot.is_top:
                self.records.title = self.records.title or text
            elif one.held == "category" or (one.held == "question" and one.is_weak):
                above = _headed(above, text)
        return above


def _headed(above: Mapping[str, tuple[str, ...]], heading: str) -> dict[str, tuple[str, ...]]:
    """What stands above, with one more heading; the last one gives way to what says the same."""
    headings = above.get("category", ())
    if not heading:
        return dict(above)
    if headings and slug(headings[-1]) == slug(heading):
        headings = headings[:-1]
    return {**above, "category": (*headings, heading)}


def _place(spot: _Spot, key: str = "") -> str:
    """The line of a map, or of what is in it under a key; where no line is known, the path."""
    value = spot.value
    part = value.get(key) if isinstance(value, dict) else None
    for one in (part, value):
        if isinstance(one, Placed):
            return str(one.line)
    return (_join(spot.path, key) if key else spot.path) or "1"


def _join(path: str, key: str) -> str:
    return f"{path}.{key[:60]}" if path else key[:60]


def _said(columns: Columns, record: dict[str, object]) -> dict[str, list[str]]:
    """The texts of a record; empty if it has no question or no answer that is a text."""
    keys = list(record)

    def value(index: int) -> str | list[str]:
        part = record[keys[index]]
        if isinstance(part, dict | list) and (one := named(keys[index])) and one.held == "metadata":
            return properties(part)
        texts = texts_of(part)
        return (texts or []) if isinstance(part, dict | list) else (texts or [""])[0]

    said = said_by(columns, value)
    is_whole = bool(said.get("question")) and bool(said.get("answer"))
    # One of the two is empty, and not because it is no text: a gap to tell of.
    groups = [
        g for held in ("question", "questions", "answer") for g in columns.groups.get(held, ())
    ]
    are_texts = all(texts_of(record[keys[i]]) is not None for group in groups for i in group)
    said.setdefault("answer", [])
    return said if is_whole or (are_texts and (said.get("question") or said["answer"])) else {}
