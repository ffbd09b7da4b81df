"""Questions that a page marks for machines, in the words of schema.org.

They are in a script (JSON-LD), or in the attributes of what is shown (microdata and RDFa).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final, TypeAlias

from bs4 import BeautifulSoup, Tag

from index.readers.documents.answers import Pair
from index.readers.documents.blocks import Block, Kind
from index.readers.documents.markup import has_markup, to_markdown
from index.readers.documents.page_parts import visible
from index.readers.documents.soup import attribute, markdown_of
from index.readers.documents.wording import cleaned, has_words

Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | float | bool | None"

_QUESTION: Final = re.compile(r"(?:^|[/:#\s])Question$", re.IGNORECASE)
_ANSWERS: Final = ("acceptedAnswer", "suggestedAnswer")
# What people leave in JSON that has none: comments, and commas before a closing bracket.
_TOLERATED: Final = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL)
_WRAPPING: Final = re.compile(
    r"^\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\*/)?)\s*;?\s*$"
)


def marked_questions(soup: BeautifulSoup, base: str = "") -> tuple[Pair, ...]:
    """Give the pairs of the first of the three forms that has any, each question once, in order."""
    for read in (_from_scripts, _from_microdata, _from_rdfa):
        pairs = {pair.question.text: pair for pair in reversed(list(read(soup, base)))}
        if pairs:
            return tuple(reversed(pairs.values()))
    return ()


def _pair(question: str, answer: str, anchor: str = "") -> Iterator[Pair]:
    text = cleaned(question, markdown=False)
    if has_words(text) and has_words(answer):
        yield Pair(Block(kind=Kind.TERM, source="", text=text, anchor=anchor), answer)


def _from_scripts(soup: BeautifulSoup, base: str) -> Iterator[Pair]:
    scripts = soup.find_all("script", type=re.compile(r"^\s*application/ld\+json", re.IGNORECASE))
    found = [node for script in scripts for node in _nodes(_json(script.string or ""))]
    by_id = {name: node for node in found if isinstance(name := node.get("@id"), str)}
    for node in found:
        if any(_QUESTION.search(type_) for type_ in _texts(node.get("@type"))):
            question = next(iter([*_texts(node.get("name")), *_texts(node.get("text"))]), "")
            answer = _answer(node, by_id)
            yield from _pair(_plain(question), _markdown(answer, base), _fragment(node))


def _json(text: str) -> Json:
    """Read what should be JSON; None if it is nothing like it."""
    text = _WRAPPING.sub("", text)
    for attempt in (text, _TOLERATED.sub(lambda match: match[1] or "", text)):
        try:
            data: Json = json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
        return data
    return None


def _nodes(data: Json) -> Iterator[Mapping[str, Json]]:
    """All objects in it, in the order in which they are written."""
    open_ = [data]
    while open_:
        node = open_.pop()
        if isinstance(node, Mapping):
            yield node
            open_ += reversed(list(node.values()))
        elif isinstance(node, list):
            open_ += reversed(node)


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):  # a text with its language, or several
        return _texts(value.get("@value"))
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _answer(question: Mapping[str, Json], by_id: Mapping[str, Mapping[str, Json]]) -> str:
    """The accepted answer, else the one with most votes, else the first."""
    for key in _ANSWERS:
        value = question.get(key)
        answers = value if isinstance(value, list) else [value]
        nodes = [_resolved(node, by_id) for node in answers if isinstance(node, Mapping)]
        plain = [text for text in answers if isinstance(text, str)]
        texts = [(text, _votes(node)) for node in nodes for text in _texts(node.get("text"))[:1]]
        if best := max(texts, key=lambda text: text[1], default=None):
            return best[0]
        if plain:
            return plain[0]
    return ""


def _resolved(
    node: Mapping[str, Json], by_id: Mapping[str, Mapping[str, Json]]
) -> Mapping[str, Json]:
    name = node.get("@id")
    return by_id.get(name, node) if isinstance(name, str) and "text" not in node else node


def _votes(node: Mapping[str, Json]) -> float:
    votes = node.get("upvoteCount")
    return float(votes) if isinstance(votes, int | float) else 0.0


def _fragment(node: Mapping[str, Json]) -> str:
    address = next(iter([*_texts(node.get("url")), *_texts(node.get("@id"))]), "")
    return address.partition("#")[2]


def _plain(text: str) -> str:
    return to_markdown(text) if has_markup(text) else unescape(text)


def _markdown(text: str, base: str) -> str:
    """An answer may be plain, HTML, or HTML that was escaped once too often."""
    if not has_markup(text):
        return text.strip()
    once = unescape(text)
    return to_markdown(once if "<" not in text and has_markup(once) else text, base)


@dataclass(frozen=True, slots=True)
class _Attributes:
    """How a form of markup names the type of a thing, and what it is to the thing around it."""

    type: str
    role: str


def _from_microdata(soup: BeautifulSoup, base: str) -> Iterator[Pair]:
    return _from_attributes(soup, base, _Attributes("itemtype", "itemprop"))


def _from_rdfa(soup: BeautifulSoup, base: str) -> Iterator[Pair]:
    return _from_attributes(soup, base, _Attributes("typeof", "property"))


def _from_attributes(soup: BeautifulSoup, base: str, names: _Attributes) -> Iterator[Pair]:
    for tag in soup.find_all(None, {names.type: _QUESTION}):
        parts = tag.find_all(_having(names.role))
        question = next((part for part in parts if _is(part, names, "name")), None)
        answer = next((part for part in parts if _is(part, names, *_ANSWERS)), None)
        if question is not None and answer is not None:
            texts = answer.find_all(_having(names.role))
            text = next((part for part in texts if _is(part, names, "text")), answer)
            said = attribute(text, "content") or markdown_of(text, base)
            anchor = attribute(question, "id") or attribute(tag, "id")
            name = attribute(question, "content") or visible(question)
            yield from _pair(name, said, anchor)


def _having(role: str) -> Callable[[Tag], bool]:
    return lambda tag: tag.has_attr(role)


def _is(tag: Tag, names: _Attributes, *roles: str) -> bool:
    said = {
        role.rpartition(":")[2].rpartition("/")[2] for role in attribute(tag, names.role).split()
    }
    return any(role in said for role in roles)
