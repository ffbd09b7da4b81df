"""Rasa's training data and responses: an intent's examples are wordings, its response the answer.

Rasa keeps the two in files of their own. Each makes half an entry, without answer or without
question; both halves get the same id from the intent, so that they can be joined.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from index.entry import Entry
from index.errors import ContentError
from index.formats.reading import Reading, quoted, without_outer_blank_lines
from index.readers.records.gathered import Gathered
from index.readers.records.ids import usable_id
from index.readers.records.record import plain, scalar
from index.readers.records.shapes import Placed
from index.readers.source import Options, Source

_UTTER: Final = "utter_"
_KEYS: Final = ("nlu", "responses", "templates", "rasa_nlu_data")
# Entities: [Berlin](city), [Berlin](city:berlin), [Berlin]{"entity": "city"}.
_ENTITY: Final = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\})")
_HEADING: Final = re.compile(r"##\s*(intent|synonym|regex|lookup)\s*:\s*(.*?)\s*(?:<!--.*)?")
_RESPONSE: Final = re.compile(r"\*\s*([\w ]+/[\w ]+?)\s*")
_ITEM: Final = re.compile(r"\s*[-*+]\s+(.*)")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_SLOT: Final = re.compile(r"\{[a-z_][a-z0-9_]*\}")
_OTHER_DATA: Final = "synonyms, regular expressions and lookup tables are not kept"


@dataclass(slots=True)
class _Intent:
    """What is known of an intent: its place, its wordings, and its answer, if any."""

    place: str
    wordings: list[str] = field(default_factory=list)
    answer: str = ""


def recognises(values: Sequence[object], told: str = "") -> bool:
    """Whether these are documents of Rasa. told: the format that a person named."""
    keys = {key for value in values if isinstance(value, dict) for key in value}
    if told == "rasa":
        return bool(keys & set(_KEYS))
    return any(_is_rasa(value) for value in values if isinstance(value, dict))


def recognises_markdown(text: str) -> bool:
    """Whether a text is Rasa's Markdown of its first versions."""
    return re.search(r"^##\s*intent\s*:", text, re.MULTILINE) is not None


def read_values(values: Iterable[object], gathered: Gathered) -> None:
    """Read documents (training data, responses, or a domain) into halves of entries.

    Where a file has both, what has no other half is left out.
    """
    intents: dict[str, _Intent] = {}
    has_both = [False, False]
    for value in values:
        document = value if isinstance(value, dict) else {}
        for name, place, example in _examples(document, gathered):
            has_both[0] = True
            intents.setdefault(name, _Intent(place)).wordings.append(example)
        for name, place, variants in _responses(document):
            has_both[1] = True
            intent = intents.setdefault(name, _Intent(place))
            intent.answer = intent.answer or _answer(variants, place, gathered)
    _add(intents, gathered, whole_only=all(has_both))


def read_markdown(source: Source, options: Options) -> Reading:
    """Read Rasa's Markdown: intents with examples, and responses of retrieval intents.

    Raises ContentError if it has neither.
    """
    gathered = Gathered(source, options)
    text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source.text())
    options.progress(len(source.data))
    intents: dict[str, _Intent] = {}
    heading = response = ""
    for number, line in enumerate(text.split("\n"), start=1):
        item = _ITEM.fullmatch(line)
        if line.startswith("#"):
            heading, response = _intent_of(line, str(number), gathered), ""
        elif answering := _RESPONSE.fullmatch(line):
            response = answering[1]
        elif response and item and not item[1].startswith(("utter_", "action_")):
            intent = intents.setdefault(response, _Intent(str(number)))
            intent.answer = intent.answer or item[1].strip()
        elif heading and item:
            intents.setdefault(heading, _Intent(str(number))).wordings.append(item[1])
    if not intents:
        mend = "Training data have “## intent:…” above lists of examples."
        raise ContentError("this is no Markdown of Rasa.", where=source.name, mend=mend)
    _add(intents, gathered)
    return gathered.reading()


def _is_rasa(document: Mapping[str, object]) -> bool:
    nlu = document.get("nlu")
    if isinstance(nlu, list) and any(isinstance(one, dict) and "intent" in one for one in nlu):
        return True
    responses = [document.get("responses"), document.get("templates")]
    utters = [one for one in responses if isinstance(one, dict)]
    is_uttered = any(key.startswith(_UTTER) for one in utters for key in one)
    return is_uttered or "rasa_nlu_data" in document


def _examples(document: Mapping[str, object], gathered: Gathered) -> Iterator[tuple[str, str, str]]:
    """Intents with their places and one example each."""
    nlu = document.get("nlu")
    for part in nlu if isinstance(nlu, list) else []:
        place = _place(part)
        if not isinstance(part, dict) or "intent" not in part:
            gathered.drop(place, _OTHER_DATA)
            continue
        for example in _listed(part.get("examples")):
            yield scalar(part["intent"]).strip(), place, example
    old = document.get("rasa_nlu_data")
    examples = old.get("common_examples") if isinstance(old, dict) else None
    for index, one in enumerate(examples if isinstance(examples, list) else []):
        if isinstance(one, dict):
            place = f"rasa_nlu_data.common_examples[{index}]"
            yield scalar(one.get("intent")).strip(), place, scalar(one.get("text"))


def _listed(examples: object) -> Iterator[str]:
    """Examples of an intent: a text with an item a line, or a list."""
    if isinstance(examples, list):
        for one in examples:
            text = scalar(one.get("text") if isinstance(one, dict) else one)
            item = _ITEM.fullmatch(text.strip())
            yield item[1] if item else text.strip()
        return
    for line in scalar(examples).split("\n"):
        if item := _ITEM.fullmatch(line):
            yield item[1]


def _responses(document: Mapping[str, object]) -> Iterator[tuple[str, str, list[object]]]:
    """The names of responses, as intents are named, with their places and variants."""
    for key in ("responses", "templates"):
        responses = document.get(key)
        for name, variants in responses.items() if isinstance(responses, dict) else ():
            if isinstance(variants, list):
                place = _place(next(iter(variants), None), f"{key}.{name}")
                yield str(name).removeprefix(_UTTER), place, variants


def _answer(variants: list[object], place: str, gathered: Gathered) -> str:
    """The text of the first variant that has one and holds everywhere, with its image."""
    told = [one if isinstance(one, dict) else {"text": one} for one in variants]
    with_text = [one for one in told if scalar(one.get("text")).strip()]
    if not with_text:
        gathered.skip(place, "this response has no text.")
        return ""
    if len(with_text) > 1:
        gathered.drop(place, "further variants of a response are not kept: an answer is one text")
    first = min(with_text, key=lambda one: "condition" in one or "channel" in one)
    for key in ("buttons", "custom", "attachment", "elements", "quick_replies"):
        if first.get(key):
            gathered.drop(place, f"{key} of responses are not kept: they are for the dialogue")
    text = without_outer_blank_lines(scalar(first["text"]).split("\n"))
    if _SLOT.search(text):
        gathered.drop(place, "slots ({…}) in responses are shown as they are: edit them")
    image = scalar(first.get("image")).strip()
    return f"{text}\n\n![]({image})" if image.startswith(("http://", "https://")) else text


def _intent_of(line: str, place: str, gathered: Gathered) -> str:
    """The intent that a heading names; empty for other headings."""
    heading = _HEADING.fullmatch(line.rstrip())
    if heading and heading[1] != "intent":
        gathered.drop(place, _OTHER_DATA)
    return heading[2] if heading and heading[1] == "intent" else ""


def _add(intents: Mapping[str, _Intent], gathered: Gathered, *, whole_only: bool = False) -> None:
    for name, intent in intents.items():
        wordings = list(dict.fromkeys(map(_without_entities, intent.wordings)))
        wordings = [wording for wording in wordings if any(map(str.isalnum, wording))]
        if not wordings and not intent.answer:
            continue
        if whole_only and not (wordings and intent.answer):
            lacking = "response" if wordings else "examples"
            gathered.skip(intent.place, f"the intent {quoted(name)} has no {lacking}.")
            continue
        group, _, key = name.partition("/")
        gathered.add(
            Entry(
                id=usable_id(name.replace("/", ".")) or "intent",
                question=wordings[0] if wordings else "",
                answer=intent.answer,
                alternates=tuple(wordings[1:]),
                page=gathered.source.page,
                tags=(group,) if key else (),
                source=gathered.where(intent.place),
            )
        )


def _without_entities(example: str) -> str:
    return plain(_ENTITY.sub(r"\1", example))


def _place(part: object, path: str = "1") -> str:
    return str(part.line) if isinstance(part, Placed) else path
