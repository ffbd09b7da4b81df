"""What a source of records gives, gathered as it is read: entries by page, and what is said."""

from index.entry import Entry, Page
from index.errors import ContentError
from index.formats.reading import Finding, Reading, title_of
from index.readers.source import Options, Source, skipped


class Gathered:
    """The entries of one source so far and the findings, each with its place in the source."""

    def __init__(self, source: Source, options: Options) -> None:
        """Begin with none; `options` is what a person said of the source."""
        self.source = source
        self.options = options
        self.title = source.title
        self._pages: dict[str, list[Entry]] = {}
        self._findings: list[Finding] = []
        self._dropped: dict[str, tuple[str, int]] = {}

    def add(self, entry: Entry) -> None:
        """Take an entry in, on its page."""
        self._pages.setdefault(entry.page, []).append(entry)

    def where(self, place: str) -> str:
        """Name a place in the source, for messages."""
        return f"{self.source.name}:{place}"

    def skip(self, place: str, what: str, mend: str = "") -> None:
        """Say what does not become an entry."""
        self._findings.append(skipped(self.source, place, what, mend))

    def warn(self, place: str, what: str, mend: str = "") -> None:
        """Say what surely was not meant."""
        self._findings.append(Finding("warning", self.where(place), what, mend))

    def note(self, error: ContentError) -> None:
        """Say why a part of the source, such as a sheet, has no entry."""
        self._findings.append(Finding("skipped", error.where, error.what, error.mend))

    def drop(self, place: str, what: str) -> None:
        """Count what is left out of entries; it is told once, with its first place."""
        first, count = self._dropped.get(what, (place, 0))
        self._dropped[what] = first, count + 1

    def reading(self) -> Reading:
        """The pages in the order they came in, and all findings.

        Raises ContentError if there is neither an entry nor a reason why there is none.
        """
        findings = self._findings + [
            skipped(self.source, place, f"{what}{f' ({count:,} times)' if count > 1 else ''}.")
            for what, (place, count) in self._dropped.items()
        ]
        if not self._pages and not findings:
            mend = "Name the columns or keys: --column question=… --column answer=…"
            what = "no question with an answer is found here."
            raise ContentError(what, where=self.source.name, mend=mend)
        return Reading(tuple(map(self._page, self._pages)), tuple(findings))

    def _page(self, name: str) -> Page:
        title = self.title if name == self.source.page else title_of(name)
        entries = tuple(self._pages[name])
        return Page(name=name, title=title, entries=entries, source=self.source.name)
