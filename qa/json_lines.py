"""One file of JSON lines as the place where an import goes."""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from index.build import ContentFaultsError
from index.checks.identity import duplicate_ids
from index.entry import Entry, Page
from index.formats import jsonl
from index.formats.reading import Finding, read_lines
from qa.merging import Change, Outcome
from qa.targets import AS_IT_IS, Texts


class JsonLines:
    """One file of entries, one a line. Lines of which nothing changes stay as they are."""

    def __init__(self, path: Path) -> None:
        """Read what is there; the file need not be.

        Raises ContentFaultsError if that has errors.
        """
        self._path = path
        lines = list(read_lines(path)) if path.exists() and path.stat().st_size else []
        reading = jsonl.parse(lines, path) if lines else None
        entries = [entry for page in reading.pages for entry in page.entries] if reading else []
        faults = [f for f in reading.findings if f.severity == "error"] if reading else []
        if faults := [*faults, *duplicate_ids(entries)]:
            raise ContentFaultsError(faults)
        # `source` ends in the number of the line.
        self._entries = {entry.id: entry for entry in entries}
        self._id_at = {int(entry.source.rpartition(":")[2]): entry.id for entry in entries}
        self._lines = lines

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The entries of the file, by id."""
        return self._entries

    def held(self, page: Page) -> tuple[Page, list[Finding]]:
        """The page; all of an entry can be held."""
        return page, []

    def texts(
        self,
        changes: Sequence[Change],
        pages: Sequence[Page],  # noqa: ARG002 - as the protocol has it
        known: Set[str],  # noqa: ARG002
    ) -> Texts:
        """The lines that are there in their order, then those of new entries."""
        edits: dict[str, Entry | None] = {}
        for change in changes:
            if change.outcome not in AS_IT_IS:
                gone = change.outcome is Outcome.REMOVED
                edits[change.entry.id] = None if gone else change.entry
        added = [entry for id_, entry in edits.items() if entry and id_ not in self._entries]
        lines = [*self._edited(edits), *jsonl.write(added)]
        if lines == [raw.rstrip("\r\n") for _, raw in self._lines]:
            return {}
        return {self._path: "".join(f"{line}\n" for line in lines)}

    def _edited(self, edits: Mapping[str, Entry | None]) -> Iterator[str]:
        for number, raw in self._lines:
            line, id_ = raw.rstrip("\r\n"), self._id_at.get(number, "")
            entry = edits.get(id_, self._entries.get(id_))
            if entry == self._entries.get(id_):
                yield line
            elif entry:
                # Keys that are not ours are somebody's.
                others = {k: v for k, v in json.loads(line).items() if k not in jsonl.KEYS}
                (written,) = jsonl.write([entry])
                yield json.dumps(json.loads(written) | others, ensure_ascii=False)
