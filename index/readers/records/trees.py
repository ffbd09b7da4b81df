"""Nested records as text: JSON, also by the line, YAML, XML; and other products' exports."""

import json
from collections.abc import Iterator
from typing import Final, TypeAlias

from index.errors import ContentError
from index.formats import jsonl
from index.formats.reading import Reading, quoted
from index.readers.records import qnabot, qnamaker, rasa
from index.readers.records.columns import listed
from index.readers.records.found import Records
from index.readers.records.gathered import Gathered
from index.readers.records.mistaken import refuse_mistaken
from index.readers.records.nested import records_in
from index.readers.records.record import entry_of
from index.readers.source import Options, Source

_Roots: TypeAlias = list[tuple[str, object]] | Iterator[tuple[str, object]]
"""Values with the places that they begin in, where that is a line; one by one if they are many."""

_XML: Final = (".xml",)
_YAML: Final = (".yaml", ".yml")


def read(source: Source, options: Options) -> Reading:
    """Read the records of a tree, wherever they are in it.

    Raises ContentError if it is not what it seems to be, or holds no question with an answer.
    """
    refuse_mistaken(source)
    gathered = Gathered(source, options)
    roots: _Roots
    if _is_xml(source):
        roots = _xml(source)
    else:
        text = source.text()
        if _is_own(text, options):
            return jsonl.parse(_numbered(text.split("\n"), len(source.data), options), source.name)
        roots = _yaml(text, source) if _is_yaml(source, text) else _json(text, gathered)
    options.progress(len(source.data))
    values = [value for _, value in roots] if isinstance(roots, list) else []
    if not options.columns and rasa.recognises(values, options.format):
        rasa.read_values(values, gathered)
    else:
        _read(records_in(roots, options, source.name), gathered)
    return gathered.reading()


def _numbered(lines: list[str], size: int, options: Options) -> Iterator[tuple[int, str]]:
    """The lines with their numbers, from 1; tells after a thousandth part of them how far it is."""
    step = max(1, len(lines) // 1000)
    for number, line in enumerate(lines, start=1):
        yield number, line
        if number % step == 0:
            options.progress(size * step // len(lines))


def _read(records: Records, gathered: Gathered) -> None:
    gathered.title = records.title or gathered.title
    if records.is_too_deep:
        gathered.skip("1", "what is nested deeper than anybody writes is not read.")
    if records.languages:
        _tell_languages(records, gathered)
    if records.qnabot:
        qnabot.read_items(records.qnabot, gathered)
    elif records.qnamaker:
        qnamaker.read_pairs(records.qnamaker, gathered)
    elif not records.found and gathered.options.columns:
        raise _no_keys(records, gathered)
    for found in records.found if not records.qnabot + records.qnamaker else ():
        if entry := entry_of(found.said, found.place, gathered):
            gathered.add(entry)


def _tell_languages(records: Records, gathered: Gathered) -> None:
    others = ", ".join(records.languages)
    wanted = gathered.options.language
    if wanted and not records.found:
        what = f"nothing is in {quoted(wanted)}."
        raise ContentError(what, where=gathered.source.name, mend=f"There are: {others}.")
    if not wanted:
        what = f"there are texts in several languages: one is read, not {others}."
        gathered.warn("1", what, "Choose with --language.")


def _no_keys(records: Records, gathered: Gathered) -> ContentError:
    named, keys = listed(gathered.options.columns.values()), listed(records.keys)
    what = f"no record has the keys {named} with a question and an answer."
    return ContentError(what, where=gathered.source.name, mend=f"Keys here are: {keys}.")


def _is_own(text: str, options: Options) -> bool:
    """Whether this is our own JSONL, which has its own rules: its first line tells."""
    line = text.lstrip().partition("\n")[0]
    if options.columns or not line.startswith("{"):
        return False
    try:
        record: object = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(record, dict)
        and bool({"question", "answer"} & record.keys())
        and record.keys() <= set(jsonl.KEYS)
        and all(isinstance(record.get(key, ""), str) for key in ("question", "answer"))
    )


def _is_xml(source: Source) -> bool:
    is_named = source.suffix in _XML or source.media_type.endswith("xml")
    head = source.data[:200].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return is_named or head.startswith(b"<")


def _is_yaml(source: Source, text: str) -> bool:
    is_named = source.suffix in _YAML or source.media_type.endswith("yaml")
    return is_named or not text.lstrip().startswith(("{", "["))


def _xml(source: Source) -> list[tuple[str, object]]:
    from index.readers.records import xml_values

    text = source.text(xml_values.declared_encoding(source.data))
    return [("", xml_values.value_of(text, source.name))]


def _yaml(text: str, source: Source) -> list[tuple[str, object]]:
    # Loads a library that only this form needs.
    from index.readers.records import yaml_values

    return [("", value) for value in yaml_values.values_of(text, source.name)]


def _json(text: str, gathered: Gathered) -> _Roots:
    where = gathered.source.name
    try:
        return [("", json.loads(text))]
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" or _first_line_is_json(text):
            return _json_lines(text, gathered)
        what = f"this is not JSON: {error.msg}."
        place = f"{where}:{error.lineno}"
        raise ContentError(what, where=place, mend="Correct the line.") from None
    except (ValueError, RecursionError):
        what = "this JSON is nested too deeply, or has a number that is too long."
        raise ContentError(what, where=where) from None


def _first_line_is_json(text: str) -> bool:
    line, _, rest = text.strip().partition("\n")
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return bool(rest)


def _json_lines(text: str, gathered: Gathered) -> Iterator[tuple[str, object]]:
    """The values by line; a line that is none is skipped."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield str(number), json.loads(line)
            except (ValueError, RecursionError):
                gathered.skip(str(number), "this line is not JSON.", "Write one object a line.")
