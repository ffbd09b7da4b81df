"""Does an entry answer to its own wordings? Each is left out and asked.

Leaving out is real: for every part of the wordings an answerer is made of the rest, so that what is
asked has no vector in it, no exact form, no n-grams, and no share in what is learned. Of an entry
at most one wording is missing at a time (of one that has more than there are parts, a few).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from index.build import rows_of
from index.embedding import Watcher
from index.entry import Entry, Field
from index.text import normalise, one_line
from index.trial import Trial
from index.vectors import Vectors
from qa.answerer import PROMISED_ERROR, Answerer, problem_of
from qa.asked import LAST, Asked, Outcome, SelfTest

_PARTS: Final = 10
"""In each, a tenth of the wordings is missing: those that compete with an asked one are mostly
there, as they will be when visitors ask.
"""

_WORDINGS: Final = (Field.QUESTION, Field.ALTERNATE)
_SAYS: Final = (*_WORDINGS, Field.ANSWER, Field.PASSAGE)

_MOST_ASKED: Final = 20_000
_SAMPLE: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Held:
    """A wording to be left out: of which entry (by number), which of its normalised forms."""

    entry: int
    form: str
    wording: str


def self_test(
    entries: Sequence[Entry],
    trial: Trial,
    *,
    promised_error: float = PROMISED_ERROR,
    watcher: Watcher = Watcher(),  # noqa: B008 - it has no state
) -> SelfTest:
    """Ask every wording of the entries that visitors may see now; of very many, a fixed sample.

    Raises:
        ModelError: a package of the indexing step is not installed.
    """
    now, known = datetime.now(UTC), {entry.id: entry for entry in entries}
    every = list(_wordings(entries, now))
    parts = _parts(every)
    left = [_without(entries, part) for part in parts]
    texts = list(dict.fromkeys(row.text for some in left for row in rows_of(some)))
    vector_of = dict(zip(texts, trial.vectors(texts), strict=True))
    asked: dict[_Held, Asked] = {}
    with watcher.counting("Asking each wording without itself", sum(map(len, parts))) as progress:
        for part, some in zip(parts, left, strict=True):
            rows = list(rows_of(some))
            snapshot = trial.snapshot(some, rows, np.stack([vector_of[row.text] for row in rows]))
            answerer = Answerer(snapshot, promised_error=promised_error)
            for held, vector in zip(part, _encoded(answerer, part), strict=True):
                one = _ask(answerer, entries[held.entry], known, held.wording, vector, now)
                asked[held] = _compared(one, vector, vector_of)
                progress(1)
    return SelfTest(tuple(asked[held] for held in every if held in asked), len(every))


def _wordings(entries: Sequence[Entry], now: datetime) -> Iterator[_Held]:
    """What can be asked: what leaves nothing of its entry, or needs a context, is not."""
    for number, entry in enumerate(entries):
        if not entry.is_shown(now) or entry.context_only:
            continue
        forms: dict[str, str] = {}
        for wording in map(one_line, entry.phrasings):
            if problem_of(wording) is None:
                forms.setdefault(normalise(wording), wording)
        forms.pop("", None)
        if len(forms) > 1 or entry.answer.strip():
            yield from (_Held(number, form, wording) for form, wording in forms.items())


def _parts(every: Sequence[_Held]) -> list[list[_Held]]:
    generator = np.random.default_rng(0)
    of_entry: defaultdict[int, list[_Held]] = defaultdict(list)
    for number in generator.permutation(len(every)):
        of_entry[every[number].entry].append(every[number])
    if len(every) > _MOST_ASKED:
        return [[some[0] for some in of_entry.values()][:_SAMPLE]]
    parts: list[list[_Held]] = [[] for _ in range(_PARTS)]
    for some in of_entry.values():
        first = int(generator.integers(_PARTS))
        for number, held in enumerate(some, first):
            parts[number % _PARTS].append(held)
    return [part for part in parts if part]


def _without(entries: Sequence[Entry], part: Sequence[_Held]) -> list[Entry]:
    held: defaultdict[int, set[str]] = defaultdict(set)
    for one in part:
        held[one.entry].add(one.form)
    return [
        _stripped(entry, held[number]) if number in held else entry
        for number, entry in enumerate(entries)
    ]


def _stripped(entry: Entry, forms: set[str]) -> Entry:
    question = "" if normalise(entry.question) in forms else entry.question
    kept = tuple(wording for wording in entry.alternates if normalise(wording) not in forms)
    return replace(entry, question=question, alternates=kept)


def _encoded(answerer: Answerer, part: Sequence[_Held]) -> Vectors:
    return answerer.encode([held.wording for held in part])


def _ask(
    answerer: Answerer,
    entry: Entry,
    known: Mapping[str, Entry],
    wording: str,
    vector: Vectors,
    now: datetime,
) -> Asked:
    answer = answerer.answer(wording, vector, at=now)
    ids = [candidate.entry.id for candidate in answer.ranking[: LAST - 1]]
    outcome = Outcome.NONE
    if answer.answered:
        outcome = Outcome.OWN if ids[0] == entry.id else Outcome.ANOTHER
    return Asked(
        entry=entry,
        wording=wording,
        outcome=outcome,
        found=known[ids[0]] if ids else None,
        confidence=answer.confidence,
        place=ids.index(entry.id) + 1 if entry.id in ids else LAST,
        alone=len({normalise(wording) for wording in entry.phrasings}) == 1,
    )


def _compared(asked: Asked, vector: Vectors, vector_of: Mapping[str, Vectors]) -> Asked:
    """With how near it is to what was found, and to its own entry without it."""

    def nearness(entry: Entry, fields: Sequence[Field]) -> float:
        form = normalise(asked.wording)
        rows = (row for row in rows_of([entry]) if row.field in fields)
        texts = [row.text for row in rows if normalise(row.text) != form]
        cosines = (float(vector_of[text] @ vector) for text in texts if text in vector_of)
        return max(cosines, default=0.0)

    near = nearness(asked.found, _WORDINGS) if asked.found else 0.0
    return replace(asked, near=near, own=nearness(asked.entry, _SAYS))
