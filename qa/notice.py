"""What keeps the newest content from being served: a file, for every process that serves to show.

Only `qa serve --watch` writes it, and only what that has started reads it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from index.formats.reading import Finding

FILE: Final = "faults.json"
"""Its name in the index's folder."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The faults in the content as it was saved last; none while what is served is the newest."""

    path: Path

    def put(self, faults: Sequence[Finding]) -> None:
        """Replace what it says, in one step for those who read. Raises OSError if it cannot."""
        if not faults:
            self.path.unlink(missing_ok=True)
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps([asdict(fault) for fault in faults]), encoding="utf-8")
        new.replace(self.path)

    def faults(self) -> tuple[Finding, ...]:
        """What it says; nothing where it cannot be read."""
        try:
            return tuple(Finding(**one) for one in json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return ()
