"""Which column of a table, or key of a record, holds what: by its name, or as a person said."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import groupby
from typing import Final, TypeAlias

from index.entry import Entry
from index.errors import ContentError
from index.formats.reading import quoted
from index.readers.records.naming import Named, is_for_editors, named, words_of
from index.readers.source import Options
from index.text import one_line

FIELDS: Final = tuple(one.name for one in fields(Entry) if one.name != "source")
"""What a person may map a column to: the fields of an entry."""

_LONGEST: Final = 40
_MOST: Final = 12

Groups: TypeAlias = tuple[tuple[int, ...], ...]
"""Columns that hold one thing, as indices: the better group first; several in a group are numbered,
as `question1` and `question2` are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Where a table or record holds what.

    groups: by what is held, as `Named.held` names it. language: the one that is read, empty if no
    name says; languages: the others that there are. unused: names that nothing is read from, but
    for what only editors need. missing: names that a person gave and that are not there. is_weak:
    whether question and answer were both told by names that may mean something else.
    """

    groups: Mapping[str, Groups]
    language: str = ""
    languages: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    is_weak: bool = False

    @property
    def has_question(self) -> bool:
        """Whether something holds questions."""
        return "question" in self.groups or "questions" in self.groups

    @property
    def has_pair(self) -> bool:
        """Whether there are both questions and answers."""
        return self.has_question and "answer" in self.groups


def columns_of(names: Sequence[str], options: Options, where: str) -> Columns:
    """Tell what each of the names holds; what a person mapped, only the column mapped holds.

    Raises ContentError if `options` maps what an entry does not have, or asks for a language that
    these columns, being in several, do not have.
    """
    told, missing = _told(names, options, where)
    mapped = {index: Named(held) for held, index in told.items()}
    guessed = {
        index: one
        for index, name in enumerate(names)
        if index not in mapped and (one := named(name)) and one.held not in options.columns
    }
    all_named = {**guessed, **mapped}
    language, languages = _language(all_named.values(), options.language, where)
    kept = {i: one for i, one in all_named.items() if one.language in ("", language)}
    groups, is_weak = _grouped(kept)
    used = {index for held in groups.values() for group in held for index in group}
    unused = (i for i, name in enumerate(names) if i not in used and not is_for_editors(name))
    return Columns(
        groups=groups,
        language=language,
        languages=languages,
        unused=tuple(names[i] for i in unused if i not in all_named or i in kept),
        missing=missing,
        is_weak=is_weak,
    )


def listed(names: Iterable[str]) -> str:
    """Names of columns in a message: at most 12 of them, and of each at most 40 characters."""
    told = [one_line(name) for name in names if name.strip()]
    cut = (f"{name[: _LONGEST - 1]}…" if len(name) > _LONGEST else name for name in told[:_MOST])
    more = [f"{len(told) - _MOST} more"] if len(told) > _MOST else []
    return ", ".join([*map(quoted, cut), *more])


def example(held: str, names: Iterable[str]) -> str:
    """How a person maps a column, the first of the names that is short enough to be one."""
    usable = (name.strip() for name in names if name.strip() and len(name.strip()) <= _LONGEST)
    name = next((name for name in usable if one_line(name) == name), "NAME")
    return f"--column {shlex.quote(f'{held}={name}')}"


def chosen_language(languages: Iterable[str], wanted: str) -> str:
    """Of several languages, the one wanted, or one like it (`pt-BR` for `pt`); empty if none is."""
    tags = list(languages)
    plain = wanted.replace("_", "-").casefold()
    same = [tag for tag in tags if tag.casefold() == plain]
    like = [tag for tag in tags if tag.casefold().partition("-")[0] == plain.partition("-")[0]]
    return next(iter(same + like), "")


def _told(
    names: Sequence[str], options: Options, where: str
) -> tuple[dict[str, int], tuple[str, ...]]:
    """What a person said: the index of a column by what it holds, and the columns not there."""
    told: dict[str, int] = {}
    missing: list[str] = []
    for held, name in options.columns.items():
        if held not in FIELDS:
            mend = f"Map one of: {', '.join(FIELDS)}."
            raise ContentError(f"an entry has no field {quoted(held)}.", where=where, mend=mend)
        index = _index(names, name)
        if index is not None:
            told[held] = index
        elif name:  # nothing after the = means that no column holds it
            missing.append(name)
    return told, tuple(missing)


def _index(names: Sequence[str], name: str) -> int | None:
    for form in (str, str.strip, lambda text: "".join(words_of(text))):
        wanted = form(name)
        for index, one in enumerate(names):
            if wanted and form(one) == wanted:
                return index
    return None


def _language(all_named: Iterable[Named], wanted: str, where: str) -> tuple[str, tuple[str, ...]]:
    """The language to read of those that questions and answers are in, and the others."""
    texts = [one for one in all_named if one.held in ("question", "questions", "answer")]
    languages = list(dict.fromkeys(one.language for one in texts))
    tags = [language for language in languages if language]
    if not tags:
        return "", ()
    chosen = chosen_language(tags, wanted) if wanted else languages[0]
    if wanted and not chosen:
        mend = f"There are: {', '.join(tags)}."
        raise ContentError(f"no column is in {quoted(wanted)}.", where=where, mend=mend)
    return chosen, tuple(tag for tag in tags if tag != chosen)


def _grouped(kept: Mapping[int, Named]) -> tuple[dict[str, Groups], bool]:
    """The groups by what they hold, weak ones only for want of better, and whether all are weak."""
    order = sorted(
        kept, key=lambda i: (kept[i].held, kept[i].rank, kept[i].language == "", kept[i].number, i)
    )
    has_plural = any(one.held == "questions" for one in kept.values())
    groups: dict[str, Groups] = {}
    weak: set[str] = set()
    for (held, _), indices in groupby(order, key=lambda i: (kept[i].held, kept[i].rank)):
        group = tuple(indices)
        if not kept[group[0]].is_weak:
            groups[held] = (*groups.get(held, ()), group)
        elif held not in groups and not (held == "question" and has_plural):
            groups[held] = (group,)
            weak.add(held)
    return groups, {"question", "answer"} <= weak
