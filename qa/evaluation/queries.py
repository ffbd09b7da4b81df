"""Labelled queries: what people ask, and which entries answer it.

Three forms are read: JSONL with `relevant`, a table with `entry_id`, and questions whose labels are
in a second file, the qrels.
"""

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from index.errors import InputError
from qa.evaluation.qrels import read_qrels
from qa.question_files import object_id, object_text, read_questions, text_column
from qa.text_files import Lines, Row, column_names, lines_of, objects, table, too_short

_ENTRY_COLUMN: Final = "entry_id"
_HEADER_MEND: Final = "Name the columns in the first line, as: question,entry_id"
_EXAMPLE: Final = '{"id": "7", "text": "…", "relevant": ["entry id"]}'
_RELEVANT_MEND: Final = (
    'Add "relevant": ["entry id"], or [] where the FAQ has no answer; labels in a file of their own'
    " are named with --qrels."
)
_SHOWN: Final = 200  # characters of a header in a message
_NAMED: Final = 3  # of several ids at fault, as many are named


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """A query and the ids of all entries that answer it; none means that the FAQ has no answer.

    `source` names the file and line, for messages; it is no part of the query.
    """

    id: str
    text: str
    relevant: tuple[str, ...]
    source: str = field(default="", compare=False)


def read_labelled(path: Path, qrels: Path | None = None) -> list[LabelledQuery]:
    """Read labelled queries in the order of the file; with `qrels`, `path` is a file of questions.

    A query that the qrels say nothing of has no answer.

    Raises InputError at whatever cannot be read, an id used twice, labels of a query that is not
    there, and when there is no query, or none that has an answer.
    """
    queries = _joined(path, qrels) if qrels else list(_refuse_same_id(_reader_of(path)(path)))
    _refuse_half_characters(queries)
    _refuse_nothing_to_measure(queries, qrels or path)
    return queries


def refuse_unknown(queries: Sequence[LabelledQuery], known: Collection[str]) -> None:
    """Raise InputError if a label names an entry that is not among the known ids."""
    sources: dict[str, str] = {}
    for query in queries:
        for id_ in query.relevant:
            if id_ not in known:
                sources.setdefault(id_, query.source)
    if not sources:
        return
    first = next(iter(sources))
    near = get_close_matches(first, known, n=1, cutoff=0.5)
    what = f"no entry has the id “{first}”{_and_others(list(sources)[1:])}."
    mend = f"Did you mean “{near[0]}”?" if near else "Index the content that the labels belong to."
    raise InputError(what, where=sources[first], mend=mend)


def _and_others(others: Sequence[str]) -> str:
    if not others:
        return ""
    named = ", ".join(f"“{id_}”" for id_ in others[: _NAMED - 1])
    more = f" and {len(others) - _NAMED + 1:,} more" if len(others) >= _NAMED else ""
    return f", nor any of {len(others):,} further ids in the labels: {named}{more}"


def _reader_of(path: Path) -> Callable[[Path], Iterator[LabelledQuery]]:
    found = _READERS.get(path.suffix.lower())
    if found is None and not path.is_dir():
        known = ", ".join(_READERS)
        what = "labelled queries cannot be read from this kind of file."
        mend = f"Give one of {known}, or a file of questions and its labels with --qrels."
        raise InputError(what, where=str(path), mend=mend)
    return found or _read_objects


def _read_objects(path: Path) -> Iterator[LabelledQuery]:
    with lines_of(path) as lines:
        for record in objects(lines, _EXAMPLE):
            yield LabelledQuery(
                object_id(record, lines),
                object_text(record, lines),
                _object_relevant(record, lines),
                lines.place(),
            )


def _object_relevant(record: dict[str, object], lines: Lines) -> tuple[str, ...]:
    if "relevant" not in record:
        raise lines.fault("this query has no labels.", _RELEVANT_MEND)
    given = record["relevant"]
    if not isinstance(given, list) or not all(isinstance(id_, str) and id_ for id_ in given):
        what = "relevant must be a list of entry ids."
        raise lines.fault(what, 'Write it as ["entry id"], or [] where the FAQ has no answer.')
    return tuple(dict.fromkeys(given))


def _read_table(path: Path) -> Iterator[LabelledQuery]:
    """Several rows of one query are several right entries: of one id, else of one question."""
    with lines_of(path, newline="") as lines:
        header, rows = table(lines, _has_columns, _HEADER_MEND)
        queries: dict[str, LabelledQuery] = {}
        for key, query in _cut(lines, header, rows):
            queries[key] = _merged(queries[key], query) if key in queries else query
    yield from queries.values()


def _has_columns(names: Sequence[str]) -> bool:
    return text_column(names) is not None and _ENTRY_COLUMN in names


def _cut(
    lines: Lines, header: Sequence[str], rows: Iterator[Row]
) -> Iterator[tuple[str, LabelledQuery]]:
    """Each row as a query, and what tells whether two rows are of the same one."""
    names = column_names(header)
    text = text_column(names)
    if text is None or _ENTRY_COLUMN not in names:
        missing = "question" if text is None else _ENTRY_COLUMN
        found = ", ".join(header)[:_SHOWN]
        raise lines.fault(f"no column is named {missing}, only: {found}.", _HEADER_MEND)
    entry, identity = names.index(_ENTRY_COLUMN), names.index("id") if "id" in names else None
    for line, row in rows:
        if len(row) <= text:
            raise too_short(len(header), (line, row), lines)
        id_ = _cell(row, identity)
        relevant = (_cell(row, entry),) if _cell(row, entry) else ()
        query = LabelledQuery(id_ or str(line), row[text], relevant, lines.place(line))
        yield f"id {id_}" if id_ else f"question {row[text].strip()}", query


def _cell(row: Sequence[str], column: int | None) -> str:
    return row[column].strip() if column is not None and column < len(row) else ""


def _merged(first: LabelledQuery, again: LabelledQuery) -> LabelledQuery:
    if first.text.strip() != again.text.strip():
        raise _same_id(first, again)
    if bool(first.relevant) != bool(again.relevant):
        what = f"this question has an answer here or in {first.source}, and none in the other row."
        raise InputError(what, where=again.source, mend="Leave one of the two rows out.")
    return replace(first, relevant=tuple(dict.fromkeys(first.relevant + again.relevant)))


def _refuse_same_id(queries: Iterator[LabelledQuery]) -> Iterator[LabelledQuery]:
    seen: dict[str, LabelledQuery] = {}
    for query in queries:
        if query.id in seen:
            raise _same_id(seen[query.id], query)
        seen[query.id] = query
        yield query


def _same_id(first: LabelledQuery, again: LabelledQuery) -> InputError:
    what = f"the id “{again.id}” is used already, in {first.source}."
    return InputError(what, where=again.source, mend="Give each query an id of its own.")


def _joined(path: Path, qrels: Path) -> list[LabelledQuery]:
    labels = read_qrels(qrels)
    questions = read_questions(str(path), stdin=io.BytesIO())
    bare = (LabelledQuery(q.id, q.text, (), f"{path}:{q.line}") for q in questions)
    queries = [
        replace(query, relevant=tuple(labels.relevant.get(query.id, ())))
        for query in _refuse_same_id(bare)
    ]
    strangers = labels.lines.keys() - {query.id for query in queries}
    if strangers and queries:
        first = min(strangers, key=lambda id_: labels.lines[id_])
        more = f" (nor {len(strangers) - 1:,} further ids)" if len(strangers) > 1 else ""
        what = f"no query in {path} has the id “{first}”{more}."
        mend = "Name the file of queries that these labels belong to, or take the lines out."
        raise InputError(what, where=f"{qrels}:{labels.lines[first]}", mend=mend)
    return queries


def _refuse_half_characters(queries: Sequence[LabelledQuery]) -> None:
    """JSON can escape half a surrogate pair, which can be neither asked nor written."""
    for query in queries:
        try:
            "".join((query.id, query.text, *query.relevant)).encode()
        except UnicodeEncodeError:
            what, mend = "this query is not valid Unicode text.", "Mend what follows \\ud in it."
            raise InputError(what, where=query.source, mend=mend) from None


def _refuse_nothing_to_measure(queries: Sequence[LabelledQuery], labels: Path) -> None:
    if not queries:
        mend = f"Write one query a line, as {_EXAMPLE}."
        raise InputError("there is no query in it.", where=str(labels), mend=mend)
    if not any(query.relevant for query in queries):
        what = "no query has an answer, so there is nothing to be right about."
        mend = "Label some queries with the ids of the entries that answer them."
        raise InputError(what, where=str(labels), mend=mend)


_READERS: Final = {
    ".jsonl": _read_objects,
    ".ndjson": _read_objects,
    ".csv": _read_table,
    ".tsv": _read_table,
}
