"""Where an import goes; `markdown_folder` and `json_lines` are such places."""

from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from index.entry import Entry, Page
from index.formats.reading import Finding
from qa.merging import Change, Outcome

Texts: TypeAlias = dict[Path, str | None]
"""The whole text of each file that is to be written; None for one that is to go."""

AS_IT_IS: Final = frozenset({Outcome.UNCHANGED, Outcome.EDITED, Outcome.VANISHED, Outcome.DELETED})
"""What stays as it stands in its file, and what is not put into one."""


class Target(Protocol):
    """What an import writes to."""

    @property
    def entries(self) -> Mapping[str, Entry]:
        """What is there, by id."""

    def held(self, page: Page) -> tuple[Page, list[Finding]]:
        """The page as the target would give it back, and what of it cannot be held."""

    def texts(self, changes: Sequence[Change], pages: Sequence[Page], known: Set[str]) -> Texts:
        """Put changes into effect: each content file that would be written.

        pages: those of the import. known: ids that were imported before.
        Raises ContentError if a file is in the way.
        """
