"""How the findings of a check are told: to people, to programs, and to GitHub's workflows."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from index.checks.finding import EntryFinding, place
from index.formats.reading import Finding, quoted
from qa.asked import Asked, Outcome, SelfTest
from qa.checking import Checked, name_of
from qa.cli.console import count

_LINE: Final = re.compile(r"(.+):(\d+)")
_MOST_LINES: Final = 10
_COMMANDS: Final = {"error": "error", "warning": "warning", "skipped": "notice"}


def as_text(checked: Checked) -> Iterator[str]:
    """A line for each finding with the name of its check, then what it comes to."""
    for finding in checked.findings:
        yield f"{finding.severity}: {finding} [{name_of(finding)}]"
    yield from summary(checked)


def summary(checked: Checked) -> Iterator[str]:
    """What it comes to, in a few lines."""
    if checked.left_out:
        yield f"The checks with a model were left out: {checked.left_out}"
    if checked.self_test:
        yield from _self_test_lines(checked.self_test)
    pages, entries = len(checked.corpus.pages), len(checked.corpus.entries)
    errors, warnings = checked.count("error"), checked.count("warning")
    skipped = checked.count("skipped")
    more = f", {skipped} skipped" if skipped else ""
    yield (
        f"{count(pages, 'page')}, {count(entries, 'entry', 'entries')}: "
        f"{count(errors, 'error')}, {count(warnings, 'warning')}{more}."
    )


def _self_test_lines(test: SelfTest) -> Iterator[str]:
    several = {outcome: test.count(outcome) for outcome in Outcome}
    alone = {outcome: test.count(outcome, alone=True) for outcome in Outcome}
    if len(test.asked) < test.wordings:
        yield f"Self-test: {len(test.asked):,} of {test.wordings:,} wordings were drawn."
    if asked := sum(several.values()):
        yield (
            f"Self-test: of {asked:,} wordings, each left out and asked, "
            f"{several[Outcome.OWN]:,} find their entry, {several[Outcome.ANOTHER]:,} another, "
            f"{several[Outcome.NONE]:,} none."
        )
        yield from _lost_lines(test)
    if single := sum(alone.values()):
        what = "entries have" if single > 1 else "entry has"
        yield (
            f"{single:,} {what} no other wording; by the answer alone "
            f"{alone[Outcome.OWN]:,} would be found. Add how people ask for them."
        )


def _lost_lines(test: SelfTest) -> Iterator[str]:
    """The wordings that find none, an entry a line."""
    of_entry: defaultdict[str, list[Asked]] = defaultdict(list)
    for asked in test.lost:
        of_entry[asked.entry.id].append(asked)
    for some in list(of_entry.values())[:_MOST_LINES]:
        wordings = ", ".join(quoted(asked.wording) for asked in some)
        yield f"  none: {place(some[0].entry)}: {wordings}"
    if more := max(len(of_entry) - _MOST_LINES, 0):
        yield f"  none: wordings of {count(more, 'more entry', 'more entries')}; see --format json"


def as_json(checked: Checked) -> Iterator[str]:
    """One document, in one piece; docs/checking.md says what is in it."""
    test = checked.self_test
    document = {
        "findings": [_record(finding) for finding in checked.findings],
        "self_test": _figures(test) if test else None,
        "summary": {
            "pages": len(checked.corpus.pages),
            "entries": len(checked.corpus.entries),
            "errors": checked.count("error"),
            "warnings": checked.count("warning"),
            "skipped": checked.count("skipped"),
            "left_out": checked.left_out,
        },
    }
    yield json.dumps(document, ensure_ascii=False, indent=2)


def _record(finding: Finding) -> dict[str, object]:
    file, line = _file_and_line(finding.where)
    return {
        "severity": finding.severity,
        "check": name_of(finding),
        "where": finding.where,
        "file": file or None,
        "line": line,
        "what": finding.what,
        "mend": finding.mend,
        "entry": finding.entry or None if isinstance(finding, EntryFinding) else None,
        "other": finding.other or None if isinstance(finding, EntryFinding) else None,
    }


def _figures(test: SelfTest) -> dict[str, object]:
    return {
        "wordings": test.wordings,
        "asked": len(test.asked),
        "with_others": {outcome.value: test.count(outcome) for outcome in Outcome},
        "alone": {outcome.value: test.count(outcome, alone=True) for outcome in Outcome},
        "not_found": [
            {
                "entry": asked.entry.id,
                "where": place(asked.entry),
                "wording": asked.wording,
                "nearest": asked.found.id if asked.found else None,
            }
            for asked in test.lost
        ],
    }


def as_github(checked: Checked) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    for finding in checked.findings:
        file, line = _file_and_line(finding.where)
        said = {"file": file, "line": line, "title": name_of(finding)}
        properties = ",".join(
            f"{key}={_property(str(value))}" for key, value in said.items() if value
        )
        where = "" if file else f"{finding.where}: "
        message = _data(f"{where}{finding.what} {finding.mend}".strip())
        yield f"::{_COMMANDS[finding.severity]} {properties}::{message}"
    yield from map(_data, summary(checked))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _file_and_line(where: str) -> tuple[str, int | None]:
    """A place as a file and a line; neither, where it is the id of an entry."""
    if (found := _LINE.fullmatch(where)) and Path(found[1]).is_file():
        return found[1], int(found[2])
    return (where, None) if where and Path(where).is_file() else ("", None)
