"""Words that lead to two entries at once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from index.checks.finding import compete, place, warning
from index.entry import Entry
from index.formats.reading import Finding, quoted
from index.text import normalise


def shared(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find words, asked which word for word, two entries would have to be returned."""
    claims: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        wordings = {normalise(phrasing): phrasing for phrasing in entry.phrasings}
        wordings.pop("", None)  # nothing but punctuation
        for text, phrasing in wordings.items():
            earlier = next((other for other in claims[text] if compete(other, entry)), None)
            if earlier:
                what = f"{quoted(phrasing)} leads to another entry too, at {place(earlier)}."
                mend = "Leave it with one of the two."
                yield warning("shared-wording", entry, what, mend, earlier)
            claims[text].append(entry)


def contradicted(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Find wordings that an entry both answers to and says that it does not."""
    for entry in entries:
        own = {normalise(phrasing) for phrasing in entry.phrasings} - {""}
        for wording in entry.negatives:
            if normalise(wording) in own:
                what = f"{quoted(wording)} is both a wording of this entry and one that it is not."
                yield warning("shared-wording", entry, what, "Remove it from one of the lists.")
