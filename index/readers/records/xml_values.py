"""XML as nested maps, lists and texts."""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, tostring

from index.errors import ContentError, first_line

_DECLARED: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
# Elements of HTML within a text. `q` and `a` are not among them: they are names of fields too.
_HTML: Final = frozenset(
    tag
    for tags in (
        "p br b i em strong u s span div ul ol li dl dt dd table thead tbody tr td th blockquote",
        "h1 h2 h3 h4 h5 h6 pre code img hr sub sup small",
    )
    for tag in tags.split()
)


def declared_encoding(data: bytes) -> str:
    """The encoding that XML says it is in; empty if it does not say."""
    found = _DECLARED.search(data[:400])
    return found[1].decode("ascii") if found else ""


def value_of(text: str, where: str) -> object:
    """Read a document. An element is a map of its attributes and of what is in it, or a text.

    What is there several times is a list. An element with nothing but text is that text, its
    attributes are then the map's around it; one with HTML in it is that HTML. Raises ContentError
    if the text is not XML, or declares a document type: that can stand for any amount of text.
    """
    root = _parsed(text, where)
    values: dict[Element, object] = {}
    for element in reversed(list(_elements(root))):  # what is inside first
        values[element] = _value(element, values, where)
        for child in element:
            values.pop(child, None)
    return {root.tag: values[root]}


def _parsed(text: str, where: str) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except ParseError as error:
        line, _ = error.position
        what = f"this is not XML: {first_line(error)}."
        raise ContentError(what, where=f"{where}:{line}", mend="Correct the line.") from None
    except DefusedXmlException:
        what = "this XML declares a document type or entities, which are not read."
        mend = "Remove the declaration <!DOCTYPE …>."
        raise ContentError(what, where=where, mend=mend) from None
    except ValueError as error:
        raise ContentError(f"this is not XML: {first_line(error)}.", where=where) from None
    return root


def _elements(root: Element) -> Iterator[Element]:
    """All elements, those around others first; names lose their namespaces on the way."""
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
            yield element


def _value(element: Element, values: dict[Element, object], where: str) -> object:
    children = [child for child in element if child in values]
    text = (element.text or "").strip()
    if not children:
        return text if text or not element.attrib else _attributes(element)
    if _is_html(element, children):
        return _inner(element, where)
    found: dict[str, object] = dict(_attributes(element))
    for child in children:
        _add(found, child.tag, values[child])
        if isinstance(values[child], str):
            for name, value in _attributes(child).items():
                found.setdefault(name, value)
    return found


def _add(found: dict[str, object], name: str, value: object) -> None:
    earlier = found.get(name)
    if isinstance(earlier, _Several):
        earlier.append(value)
    else:
        found[name] = value if name not in found else _Several([earlier, value])


class _Several(list[object]):
    """What an element holds under one name, as told from a list that is one value."""


def _attributes(element: Element) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def _is_html(element: Element, children: list[Element]) -> bool:
    """Whether this is a text with markup in it, rather than fields."""
    tails = any((child.tail or "").strip() for child in children)
    links = all(child.tag.lower() in _HTML or "href" in child.attrib for child in children)
    return links or (tails and bool((element.text or "").strip()))


def _inner(element: Element, where: str) -> str:
    try:
        parts = [tostring(child, encoding="unicode", method="html") for child in element]
    except RecursionError:
        what = "elements in this XML are nested too deeply to be a text."
        raise ContentError(what, where=where) from None
    return (element.text or "") + "".join(parts)
