"""What QnA Maker and custom question answering (Azure) export: as a table, or as JSON."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from index.entry import Entry
from index.formats.reading import quoted
from index.readers.records.gathered import Gathered
from index.readers.records.record import entry_of, is_true, plain, properties, scalar
from index.text import words

_OF_ROWS: Final = frozenset({"suggestedquestions", "iscontextonly", "qnaid"})
_OLD_NAMES: Final = ("question", "answer", "source", "metadata")
_OF_PAIRS: Final = frozenset(
    {
        "dialog",
        "context",
        "activelearningsuggestions",
        "alternatequestionclusters",
        "sourcedisplayname",
        "isdocumenttext",
    }
)
_INTERNAL: Final = "system_metadata"  # begins names of properties that the portal itself keeps
_FEWEST_WORDS: Final = 3  # of what a button says, to be a wording: “Yes” asks nothing by itself


@dataclass(slots=True, kw_only=True)
class _Pair:
    """An answer with its questions. number: the product's own, empty in the oldest exports."""

    place: str
    number: str
    answer: str
    source: str = ""
    questions: list[str] = field(default_factory=list)
    metadata: list[str] = field(default_factory=list)
    prompts: list["_Prompt"] = field(default_factory=list)
    is_context_only: bool = False


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A button under an answer: the number of the answer that it leads to, and what it says."""

    number: str
    text: str


def recognises(names: Sequence[str], told: str = "") -> bool:
    """Whether these are the names of an export's columns. told: the format that a person named."""
    lower = tuple(name.lower() for name in names)
    is_table = {"question", "answer"} <= set(lower)
    return is_table and (told == "qnamaker" or bool(_OF_ROWS & set(lower)) or lower == _OLD_NAMES)


def is_pair(keys: Collection[str], told: str = "") -> bool:
    """Whether an object with these keys is a pair of an export. told: as for `recognises`."""
    lower = {key.lower() for key in keys}
    if not {"questions", "answer"} <= lower:
        return False
    is_known = bool(_OF_PAIRS & lower) or {"id", "source", "metadata"} <= lower
    return is_known or told == "qnamaker"


def read_rows(
    names: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], gathered: Gathered
) -> None:
    r"""Read the rows of a table, each with its place; those with one number are one entry.

    In its cells a line break is written as `\n`.
    """
    keys = [name.lower() for name in names]
    pairs: dict[tuple[str, ...], _Pair] = {}
    for place, cells in rows:
        row = dict(zip(keys, cells, strict=False))
        number, answer = row.get("qnaid", "").strip(), _unescaped(row.get("answer", ""))
        unnumbered = () if number else (row.get("source", ""), row.get("metadata", ""))
        pair = pairs.get((number, answer, *unnumbered))
        if pair is None:
            pair = _pair_of_row(row, place, number, answer, gathered)
            pairs[(number, answer, *unnumbered)] = pair
        pair.questions.append(_unescaped(row.get("question", "")))
    _add(list(pairs.values()), gathered)


def read_pairs(pairs: Iterable[tuple[str, Mapping[str, object]]], gathered: Gathered) -> None:
    """Read pairs from JSON, each with its place."""
    found = [_pair_of_object(place, value, gathered) for place, value in pairs]
    _add([pair for pair in found if pair], gathered)


def _pair_of_row(
    row: Mapping[str, str], place: str, number: str, answer: str, gathered: Gathered
) -> _Pair:
    _count_suggestions(_json(row.get("suggestedquestions", "")), place, gathered)
    return _Pair(
        place=place,
        number=number,
        answer=answer,
        source=row.get("source", ""),
        metadata=properties(row.get("metadata", "")),
        prompts=_prompts(_json(row.get("prompts", "")), place, gathered),
        is_context_only=is_true(row.get("iscontextonly", "")),
    )


def _pair_of_object(place: str, value: Mapping[str, object], gathered: Gathered) -> _Pair | None:
    pair = _lower(value)
    if is_true(scalar(pair.get("isdocumenttext"))):
        gathered.drop(
            place, "passages of documents (isDocumentText) are no pairs; import the files"
        )
        return None
    dialog = _lower(pair.get("dialog") or pair.get("context"))
    for key in ("activelearningsuggestions", "alternatequestionclusters"):
        _count_suggestions(pair.get(key), place, gathered)
    questions = pair.get("questions")
    return _Pair(
        place=place,
        number=scalar(pair.get("id")),
        answer=scalar(pair.get("answer")),
        source=scalar(pair.get("source")),
        questions=[scalar(one) for one in questions] if isinstance(questions, list) else [],
        metadata=properties(pair.get("metadata")),
        prompts=_prompts(dialog.get("prompts"), place, gathered),
        is_context_only=is_true(scalar(dialog.get("iscontextonly"))),
    )


def _prompts(value: object, place: str, gathered: Gathered) -> list[_Prompt]:
    """The prompts in the order that they are shown in."""
    found: list[tuple[float, _Prompt]] = []
    for one in value if isinstance(value, list) else []:
        prompt = _lower(one)
        number = scalar(prompt.get("qnaid"))
        order = prompt.get("displayorder")
        if number:
            text = scalar(prompt.get("displaytext"))
            shown = order if isinstance(order, int | float) else 0
            found.append((shown, _Prompt(number, text)))
        else:
            gathered.drop(place, "prompts without the number of a pair (qnaId) lead nowhere")
    return [prompt for _, prompt in sorted(found, key=lambda one: one[0])]


def _count_suggestions(value: object, place: str, gathered: Gathered) -> None:
    if isinstance(value, list) and value:
        gathered.drop(
            place, "suggested questions (active learning) that nobody approved are left out"
        )


def _add(pairs: list[_Pair], gathered: Gathered) -> None:
    """Make entries of the pairs; what a button says becomes a wording of where it leads."""
    known = {pair.number for pair in pairs if pair.number}
    texts = _texts_of_buttons(pairs, known, gathered)
    for pair in pairs:
        said = {
            "id": [_id(pair.number, gathered)] if pair.number else [],
            "question": [text for text in pair.questions if text.strip()],
            "alternates": texts.get(pair.number, []),
            "answer": [pair.answer] if pair.answer.strip() else [],
            "url": [pair.source],
            "metadata": [one for one in pair.metadata if not one.startswith(_INTERNAL)],
            "prompts": [_id(one.number, gathered) for one in pair.prompts if one.number in known],
            "context_only": [str(pair.is_context_only)],
        }
        entry = entry_of(said, pair.place, gathered)
        if entry:
            _tell_source(pair, entry, gathered)
            gathered.add(entry)


def _texts_of_buttons(
    pairs: list[_Pair], known: set[str], gathered: Gathered
) -> dict[str, list[str]]:
    """What buttons say, by the number of the one pair that they lead to."""
    led: dict[str, set[str]] = {}
    for pair in pairs:
        for prompt in pair.prompts:
            if prompt.number in known:
                led.setdefault(plain(prompt.text), set()).add(prompt.number)
            else:
                what = f"prompts that lead to no pair of this export ({quoted(prompt.number)}, …)"
                gathered.drop(pair.place, f"{what} are left out")
    texts: dict[str, list[str]] = {}
    for text, numbers in led.items():
        if len(numbers) == 1 and len(words(text)) >= _FEWEST_WORDS:
            texts.setdefault(next(iter(numbers)), []).append(text)
    return texts


def _tell_source(pair: _Pair, entry: Entry, gathered: Gathered) -> None:
    if pair.source.strip() and not entry.url and pair.source.strip().lower() != "editorial":
        gathered.drop(pair.place, "names of sources that are no addresses are left out")


def _id(number: str, gathered: Gathered) -> str:
    """An id of the product's number, which begins at 1 in every knowledge base."""
    return f"{gathered.source.page}.{number}"


def _unescaped(cell: str) -> str:
    return re.sub(r"\\r\\n|\\n", "\n", cell).replace(r"\t", "\t")


def _json(cell: str) -> object:
    try:
        value: object = json.loads(cell) if cell.strip() else None
    except (ValueError, RecursionError):
        return None
    return value


def _lower(value: object) -> dict[str, object]:
    """A map with its keys in lower case: the API and the portal write them differently."""
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, Mapping) else {}
