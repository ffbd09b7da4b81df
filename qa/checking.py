"""Content looked at as an editor would: the checks without a model, then those with one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from index.checks import check
from index.checks.finding import EntryFinding, has_text
from index.checks.languages import unknown_to
from index.corpus import Corpus, read_corpus
from index.entry import Entry
from index.errors import ModelError
from index.formats.reading import Finding
from qa.settings import Settings

if TYPE_CHECKING:
    from index.build import EncoderProvider
    from index.embedding import Watcher
    from qa.asked import SelfTest

READING: Final = "reading"
"""The check that a finding of a reader counts to."""

CHECKS: Final[Mapping[str, str]] = {
    READING: "a file, or a part of it, cannot be read",
    "no-text": "an entry without question and answer",
    "unusual-id": "an id that cannot be told, or holds unusual characters",
    "duplicate-id": "an id used twice",
    "duplicate-page": "a page in two files",
    "never-shown": "an entry that ends before it begins",
    "bad-address": "a source that cannot be a link",
    "placeholder": "what was to be filled in later",
    "no-answer": "a question without an answer",
    "thin-answer": "an answer of one word",
    "dead-link": "a link, picture or prompt that leads nowhere",
    "mixed-language": "an entry or wording in another language than its page",
    "unknown-language": "content in a language that the model does not know",
    "shared-wording": "words that two entries claim",
    "competing": "two entries that ask the same",
    "same-answer": "one answer under two related questions",
    "contradiction": "two answers about one thing with different figures",
    "stray-wording": "a wording that belongs to another entry",
    "self-test": "a wording that does not find its entry, once it is left out",
}
"""The checks by name, with what each finds."""

_SAMPLES: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was looked at and found, errors first. left_out: why no model was asked; empty if one
    was, or nobody wanted it. self_test: None where it was not made.
    """

    corpus: Corpus
    findings: tuple[Finding, ...]
    self_test: "SelfTest | None" = None
    left_out: str = ""

    def count(self, severity: str) -> int:
        """How many findings are of that severity."""
        return sum(finding.severity == severity for finding in self.findings)


def name_of(finding: Finding) -> str:
    """The name of the check that found it."""
    return finding.check or READING


def check_content(
    sources: Sequence[Path],
    settings: Settings,
    *,
    quick: bool = False,
    ignored: frozenset[str] = frozenset(),
    provide: "EncoderProvider | None" = None,
    watcher: "Watcher | None" = None,
) -> Checked:
    """Read content and find what is wrong with it; nothing is built, published or changed.

    quick: without a model. ignored: names in `CHECKS`. provide: what makes an encoder, where the
    snapshot in force has none of that model; as `index.build` does, when None.
    """
    corpus, findings = read_corpus(sources)
    findings += [*check(corpus), *unknown_to(settings.model, corpus.entries)]
    entries = _usable(corpus.entries)
    test, left_out = None, ""
    if not quick and entries:
        try:
            found, test = _with_model(entries, settings, ignored, provide, watcher)
            # What the letters seem to say, the model has judged by meaning.
            known = not any(finding.check == "unknown-language" for finding in findings)
            findings = [one for one in findings if one.check != "competing" or not known]
            findings += found
        except ModelError as error:
            left_out = str(error)
    kept = _once(finding for finding in findings if name_of(finding) not in ignored)
    ordered = sorted(kept, key=lambda finding: finding.severity != "error")
    return Checked(corpus=corpus, findings=tuple(ordered), self_test=test, left_out=left_out)


def _usable(entries: Sequence[Entry]) -> list[Entry]:
    """Those that can be told apart: what is wrong with the others has been said."""
    return list({entry.id: entry for entry in reversed(entries) if has_text(entry)}.values())[::-1]


def _once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Of two entries that compete it is said once, by letters or by meaning."""
    told: set[frozenset[str]] = set()
    for finding in findings:
        pair = _pair(finding) if finding.check == "competing" else frozenset()
        if not pair or pair not in told:
            yield finding
        told.add(pair)


def _pair(finding: Finding) -> frozenset[str]:
    if isinstance(finding, EntryFinding) and finding.other:
        return frozenset((finding.entry, finding.other))
    return frozenset()


def _with_model(
    entries: Sequence[Entry],
    settings: Settings,
    ignored: frozenset[str],
    provide: "EncoderProvider | None",
    watcher: "Watcher | None",
) -> "tuple[list[Finding], SelfTest | None]":
    # Here and not above: a quick check must not wait for the encoder's libraries.
    from index.build import export_encoder, rows_of
    from index.checks.contradictions import contradictions
    from index.checks.meaning import competing, same_answers
    from index.checks.pairs import near_pairs
    from index.checks.restated import restated
    from index.embedding import Watcher
    from index.model import find_model
    from index.trial import trial
    from qa.self_findings import SELF_TEST, STRAY
    from qa.self_findings import findings as findings_of
    from qa.self_test import self_test

    watcher = watcher or Watcher()
    rows = list(rows_of(entries))
    texts = [row.text for row in rows]
    samples = texts[:: max(1, len(texts) // _SAMPLES)][:_SAMPLES]
    model = find_model(settings.model, settings.precision)
    with trial(
        settings.index, model, samples, provide=provide or export_encoder, watcher=watcher
    ) as tried:
        watcher.step("Comparing the entries")
        pairs = near_pairs(entries, rows, tried.vectors(texts))
        found = [
            *competing(pairs),
            *same_answers(pairs),
            *restated(pairs, tried.vectors),
            *contradictions(pairs, tried.vectors),
        ]
        if {SELF_TEST, STRAY} <= ignored:
            return found, None
        test = self_test(entries, tried, promised_error=settings.promised_error, watcher=watcher)
    return [*found, *findings_of(test, set(map(_pair, found)))], test
