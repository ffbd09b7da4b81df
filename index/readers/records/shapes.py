"""The shapes that questions and answers take in nested maps and lists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from index.readers.records.naming import language_of, named, stem_of
from index.readers.records.record import scalar

Map: TypeAlias = Mapping[str, object]

LONGEST_HEADING: Final = 100
"""The most characters of a title that names what stands below it."""

ENDS: Final = ("?", "？", "؟")
"""How questions end."""

_MOST_LANGUAGES: Final = 40
# Keys that say that something is in them, but not what it is about.
_WRAPPERS: Final = frozenset(
    word
    for words in (
        "faq faqs data items questions answers entries qna qnas docs documents results content",
        "contents pages list lists records qapair qapairs root children metadata assets payload",
        "response value values rows main body sections categories topics groups fields attributes",
    )
    for word in words.split()
)
# Of a map that is a single text, the keys that the text is under, the richer first.
_TEXT_KEYS: Final = (
    *("markdown", "md", "html", "rendered", "text", "value", "content", "body", "para", "name"),
    *("title", "label"),
)


class Placed(dict[str, object]):
    """A map that knows its line, from 1, in the text that it was read from."""

    def __init__(self, items: Map, line: int) -> None:
        super().__init__(items)
        self.line = line


def texts_of(value: object) -> list[str] | None:
    """The texts that a value is: one, a list, or in maps that are single texts; None if it is more.

    A map is a single text if it has one under a usual key and holds no question and answer itself;
    maps of a `type` each, as editors write them, are the paragraphs of one text.
    """
    if isinstance(value, list):
        parts = [_text(part) for part in value]
        if None in parts:
            return None
        texts = [part for part in parts if part]
        return ["\n\n".join(texts)] if texts and _are_blocks(value) else texts
    text = _text(value)
    return None if text is None else [text]


def languages_of(value: Map) -> dict[str, str]:
    """Of a map from languages to the same in each, its keys with their tags; else empty."""
    if len(value) > _MOST_LANGUAGES:
        return {}
    tags = {key: tag for key in value if (tag := language_of(key))}
    others = [key for key in value if key not in tags]
    is_one = tags and len(others) <= len(tags) and not any(map(named, others))
    return tags if is_one and all(value[key] is not None for key in tags) else {}


def listed(value: object) -> object:
    """A map from 0, 1, 2 … to texts as the list that it is; anything else as it is."""
    is_list = isinstance(value, dict) and value and all(map(str.isdecimal, value))
    if is_list and isinstance(value, dict) and all(scalar(part) for part in value.values()):
        return list(value.values())
    return value


def stem_pairs(record: Map) -> dict[str, tuple[str, str]]:
    """Of keys such as `hours_q` and `hours_a`, or `q1` and `a1`, both of each stem, by the stem."""
    stems: dict[str, dict[str, str]] = {}
    for key, value in record.items():
        stem, held = stem_of(key)
        if held and texts_of(value) is not None:
            stems.setdefault(stem, {})[held] = key
    pairs = {stem: pair for stem, pair in stems.items() if len(pair) == 2}
    return {stem: (pair["question"], pair["answer"]) for stem, pair in pairs.items()}


def is_answers_by_question(record: Map) -> bool:
    """Whether the keys of a map are questions, by their ends, and the values texts."""
    return _are_asked(record) and all(texts_of(part) for part in record.values())


def pairs_of_texts(value: Sequence[object]) -> list[tuple[str, str]]:
    """A list of questions with answers, in lists of two, as pairs; else empty."""
    pairs: list[tuple[str, str]] = []
    for part in value:
        match part:
            case [str() as question, str() as answer]:
                pairs.append((question, answer))
            case _:
                return []
    if pairs and all(map(named, pairs[0])):  # a table's first row
        del pairs[0]
    return pairs if _are_asked([question for question, _ in pairs]) else []


def is_heading(key: str) -> bool:
    """Whether a key may name what the records under it are about."""
    is_word = any(map(str.isalpha, key)) and len(key) <= LONGEST_HEADING
    return is_word and key.lower() not in _WRAPPERS and not (named(key) and key.islower())


def value_at(value: object, path: Iterable[str]) -> object:
    """What is in maps at a path of keys; None if nothing is."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def _are_asked(texts: Iterable[str]) -> bool:
    """Whether half of the texts, or more, end as questions do."""
    ends = [text.rstrip().endswith(ENDS) for text in texts]
    return 0 < len(ends) <= 2 * sum(ends)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return None
    if not isinstance(value, dict):
        return scalar(value)
    kinds = [one for key in value if (one := named(key))]
    is_record = {"question", "answer"} <= {one.held for one in kinds}
    if is_record or any(one.held in ("question", "answer") for one in kinds if not one.is_weak):
        return None
    lower = {key.lower(): part for key, part in value.items()}
    texts = (_joined(lower[key]) for key in _TEXT_KEYS if key in lower)
    return next(filter(None, texts), None)


def _joined(value: object) -> str:
    parts = map(scalar, value) if isinstance(value, list) else [scalar(value)]
    return "\n\n".join(filter(None, parts))


def _are_blocks(value: Sequence[object]) -> bool:
    return all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in value)
