"""What an entry says of itself that cannot be: no text at all, dates and addresses."""

from collections.abc import Iterator, Sequence

from index.checks.finding import error, has_text, warning
from index.entry import Entry, is_web_address
from index.formats.reading import Finding, quoted


def without_text(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find entries with neither question nor answer."""
    for entry in entries:
        if not has_text(entry):
            what = "this entry has neither question nor answer."
            yield error("no-text", entry, what, "Give it one of them, or remove it.")


def never_shown(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find entries that end before they begin."""
    for entry in entries:
        if entry.valid_from and entry.valid_until and entry.valid_until <= entry.valid_from:
            what = "this entry ends before it begins, so it is never shown."
            yield warning("never-shown", entry, what, "Exchange the two dates.")


def unusable_addresses(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find sources that cannot be a link."""
    for entry in entries:
        if entry.url and not is_web_address(entry.url):
            what = f"the source {quoted(entry.url)} cannot be a link."
            yield warning("bad-address", entry, what, "Give a whole address, https://….")
