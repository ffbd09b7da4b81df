"""What a good editor would find in content, each kind of check in a module of its own.

`check` needs no model; what does is in `index.checks.meaning` and in `qa.self_test`.
"""

from itertools import chain

from index.checks.alike import near_duplicates
from index.checks.answers import placeholders, thin
from index.checks.fields import never_shown, unusable_addresses, without_text
from index.checks.finding import EntryFinding, has_text
from index.checks.identity import duplicate_ids, pages_in_two_files, unusual_ids
from index.checks.languages import mixed
from index.checks.links import dead
from index.checks.wordings import contradicted, shared
from index.corpus import Corpus
from index.formats.reading import Finding

__all__ = ["EntryFinding", "check"]


def check(corpus: Corpus) -> list[Finding]:
    """Find what is wrong across files and entries: the errors first, then the warnings.

    Errors: an entry without text, an id used twice or that cannot be read in one line, a page in
    two Markdown files. All else is a warning.
    """
    entries, pages = corpus.entries, corpus.pages
    findings = chain(
        without_text(entries),
        unusual_ids(entries),
        duplicate_ids(filter(has_text, entries)),
        pages_in_two_files(pages),
        never_shown(entries),
        unusable_addresses(entries),
        placeholders(entries),
        thin(entries),
        dead(pages, entries),
        mixed(entries),
        shared(entries),
        contradicted(entries),
        near_duplicates(entries),
    )
    return sorted(findings, key=lambda finding: finding.severity != "error")
