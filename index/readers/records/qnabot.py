"""What QnABot on AWS exports as JSON, and the workbooks that it imports."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from index.readers.records.gathered import Gathered
from index.readers.records.ids import usable_id
from index.readers.records.record import entry_of, plain, scalar

# What is left out, by key or column, and why. Keys that only steer the designer are not told of.
_DROPPED: Final = {
    "r": "response cards (r) are not kept: an answer is one text",
    "l": "Lambda hooks (l) are not kept: answers are stored, nothing is run",
    "kendraredirectquerytext": "redirects to Kendra are not kept: answers come from here",
    "conditionalchaining": "chaining rules are not kept: nothing is run",
    "elicitresponse": "questions back to the user (elicitResponse) are not kept",
    "botrouting": "routes to other bots (botRouting) are not kept",
    "clientfiltervalues": "client filters are not kept; tags can filter",
    "sa": "session attributes (sa) are not kept: nothing is remembered of a visitor",
    "slots": "slots are not kept: questions are matched as they are",
    "rp": "reprompts (rp) are not kept: they are for Alexa",
    "ssml": "answers for speech (alt.ssml) are not kept",
}
_COLUMNS: Final = {
    "cardtitle": "r",
    "cardsubtitle": "r",
    "imageurl": "r",
    "displaytext": "r",
    "buttonvalue": "r",
    "attributename": "sa",
    "attributevalue": "sa",
    "alt.ssml": "ssml",
    "alt.markdown": "markdown",
    "answer": "a",
    "topic": "t",
    "question": "q",
}
# One key of each type of item: a question, a slot type, a passage, a quiz.
_OF_ITEMS: Final = frozenset({"q", "slotTypeValues", "passage", "incorrectAnswers"})
_HANDLEBARS: Final = re.compile(r"\{\{[#/^]?\s*[A-Za-z]")


def recognises(names: Sequence[str], told: str = "") -> bool:
    """Whether these are the names of an import's columns. told: the format that a person named."""
    keys = {_key(name) for name in names}
    return {"q", "a"} <= keys and ("qid" in keys or told == "qnabot")


def is_item(keys: Collection[str], told: str = "") -> bool:
    """Whether an object with these keys is an item of an export. told: as for `recognises`."""
    if told == "qnabot" and {"q", "a"} <= set(keys):
        return True
    return "qid" in keys and bool(_OF_ITEMS & set(keys))


def read_rows(
    names: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], gathered: Gathered
) -> None:
    """Read the rows of a workbook, each with its place."""
    keys = [_key(name) for name in names]
    read_items(((place, _item(keys, cells)) for place, cells in rows), gathered)


def read_items(items: Iterable[tuple[str, Mapping[str, object]]], gathered: Gathered) -> None:
    """Read items, each with its place; what has no questions of its own is skipped."""
    kept = [(place, item) for place, item in items if _is_kept(place, item, gathered)]
    next_id = _next_id([item for _, item in kept])
    for place, item in kept:
        _tell_dropped(place, item, gathered)
        if entry := entry_of(_said(place, item, next_id, gathered), place, gathered):
            if _HANDLEBARS.search(entry.answer):
                what = "answers hold Handlebars ({{…}}), which are shown as they are: edit them"
                gathered.drop(place, what)
            gathered.add(entry)


def _said(
    place: str,
    item: Mapping[str, object],
    next_id: Callable[[str], str],
    gathered: Gathered,
) -> dict[str, list[str]]:
    alternatives = _map(item, "alt")
    answers = [scalar(one) for one in (alternatives.get("markdown"), item.get("markdown"))]
    follows = scalar(item.get("next"))
    prompt = next_id(follows) if follows.strip() else ""
    if follows.strip() and not prompt:
        gathered.drop(place, "next items that this export does not hold are left out")
    return {
        "id": [usable_id(scalar(item.get("qid")))],
        "question": [text for text in _questions(item) if text.strip()],
        "answer": [text for text in (*answers, scalar(item.get("a"))) if text.strip()][:1],
        "category": [scalar(item.get("t"))],
        # Tags are parted by spaces, and hold `_` for those within one.
        "tags": [tag.replace("_", " ") for tag in scalar(item.get("tags")).split()],
        "prompts": [prompt] if prompt else [],
    }


def _is_kept(place: str, item: Mapping[str, object], gathered: Gathered) -> bool:
    kind = scalar(item.get("type")) or "qna"
    if kind != "qna":
        gathered.drop(place, f"items of type {kind} have no question and answer")
    return kind == "qna"


def _questions(item: Mapping[str, object]) -> list[str]:
    questions = item.get("q")
    return [scalar(one) for one in (questions if isinstance(questions, list) else [questions])]


def _next_id(items: list[Mapping[str, object]]) -> Callable[[str], str]:
    """How to find the id that `next` means: it holds the qid of an item, or one of its questions.

    What means none of the items is empty.
    """
    ids = {qid: usable_id(qid) for item in items if (qid := scalar(item.get("qid")).strip())}
    by_question = {
        plain(question): usable_id(scalar(item.get("qid")))
        for item in reversed(items)
        for question in _questions(item)
    }
    return lambda told: ids.get(told.strip()) or by_question.get(plain(told), "")


def _tell_dropped(place: str, item: Mapping[str, object], gathered: Gathered) -> None:
    for key, value in {**item, **_map(item, "alt")}.items():
        why = _DROPPED.get(key.lower().partition(".")[0])
        if why and _says(value):
            gathered.drop(place, why)


def _says(value: object) -> bool:
    """Whether anything is in a value; an export holds empty cards and lists."""
    if isinstance(value, Mapping):
        return any(map(_says, value.values()))
    if isinstance(value, list):
        return any(map(_says, value))
    return bool(scalar(value).strip())


def _key(name: str) -> str:
    """The key that a column stands for: `q` for `question2`, `r` for `imageurl`."""
    name = name.strip()
    plain_name = name.lower().rstrip("0123456789")
    return _COLUMNS.get(plain_name, plain_name if name.lower() == plain_name else name.lower())


def _item(keys: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    item: dict[str, object] = {}
    questions: list[object] = []
    for key, cell in zip(keys, cells, strict=False):
        if key == "q":
            questions.append(cell)
        elif cell.strip():
            item[key] = cell
    return {**item, "q": questions}


def _map(item: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = item.get(key)
    return value if isinstance(value, Mapping) else {}
