"""The only place that cuts text: normalised forms, words, character n-grams, plain text."""

import re
import unicodedata
from functools import cache, lru_cache
from html import unescape
from typing import TYPE_CHECKING

import nh3
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


def words(text: str) -> list[str]:
    """The words of a text, in order, case folded, without apostrophes.

    Letters with their marks (without them, Hindi or Thai words fall apart), digits, and the
    symbols that tell C from C++ and C#, or 5 from 5 %, make words; all else is between them.
    """
    if text.isascii():
        return text.casefold().translate(_ASCII).split()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(map(_kept, folded)).split()


@lru_cache(maxsize=4096)  # as many characters as are in use; visitors must not make it grow
def _kept(character: str) -> str:
    if character in "'’":
        return ""
    category = unicodedata.category(character)
    if category[0] in "LMN" or category in {"Sc", "Sm", "So"} or character in "#%&":
        return character
    return " "


# Of these nothing needs to be normalised, and a table is faster than a call for each.
_ASCII = {code: _kept(chr(code)) or None for code in range(128)}


def normalise(text: str) -> str:
    """The form in which two wordings count as the same: their words, one space between."""
    return " ".join(words(text))


def one_line(text: str) -> str:
    """Put a text on one line: every line break becomes a space, the words stay as they are."""
    return " ".join(part for part in map(str.strip, text.splitlines()) if part)


def spaced(text: str) -> npt.NDArray[np.uint32]:
    """The characters of a text's words as code points, each word with a space on either side.

    So n-grams that do not cross two spaces see where a word begins and ends (scikit-learn's
    `char_wb`).
    """
    padded = "  ".join(["", *words(text), ""])[1:-1]
    return np.frombuffer(padded.encode("utf-32-le"), np.uint32)


@cache
def markdown_parser(*, passes_html: bool) -> "MarkdownIt":
    """What reads answers, and renders them. passes_html: raw HTML stays what it is; else it is
    text.
    """
    # Here and not above: it takes a thirtieth of a start, and few answers are shown so soon.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": passes_html}).enable(["table", "strikethrough"])


@lru_cache(maxsize=1)
def parsed(markdown: str, *, passes_html: bool) -> "list[Token]":
    """What a Markdown text consists of. Rendering sets images' `alt` to what it is already; nobody
    may change anything else.

    What came last is kept: an answer is rendered, and its passages are cut right after that.
    """
    return markdown_parser(passes_html=passes_html).parse(markdown)


def plain(markdown: str) -> str:
    """The words of a Markdown text as a reader sees them: no marks, no link targets, no HTML."""
    return " ".join(" ".join(_visible(parsed(markdown, passes_html=True))).split())


_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*")
# Some three sentences: short enough to be read at a glance, long enough to say something.
_PASSAGE_WORDS = 60
_WORD_LENGTH = 8


def passages(text: str) -> list[str]:
    """Cut a plain text into runs of whole sentences of up to 60 words, in order.

    A longer sentence is a passage by itself. Joined with spaces they are the text again, except
    where sentences were not spaced.
    """
    kept: list[list[str]] = []
    room = 0
    for sentence in filter(None, _SENTENCE_END.split(text)):
        # Not every script puts spaces between words.
        length = max(len(sentence.split()), len(sentence) // _WORD_LENGTH)
        if not kept or length > room:
            kept.append([])
            room = _PASSAGE_WORDS
        kept[-1].append(sentence)
        room -= length
    return [" ".join(sentences) for sentences in kept]


def _visible(tokens: "list[Token]") -> list[str]:
    pieces: list[str] = []
    for token in tokens:
        if token.children:
            pieces.append("".join(_inline(child) for child in token.children))
        elif token.type in {"fence", "code_block"}:
            pieces.append(token.content)
        elif token.type == "html_block":
            pieces.append(unescape(nh3.clean(token.content, tags=set())))
    return pieces


def _inline(token: "Token") -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    return token.content if token.type in {"text", "code_inline", "image"} else ""
