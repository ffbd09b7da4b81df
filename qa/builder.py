"""Building in a process of its own, so that the one that serves neither grows nor waits.

What is asked of it, and what it answers, are lines; the other end is `qa.cli.rebuilding`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.formats.reading import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a build came to. said: in a line, what was built. is_busy: another process is building,
    so that it must be tried again.
    """

    said: str = ""
    faults: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()
    is_busy: bool = False

    def to_json(self) -> str:
        """The outcome in one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Outcome":
        """Read what `to_json` wrote. Raises ValueError or TypeError if it is something else."""
        values = json.loads(text)
        faults = tuple(Finding(**one) for one in values.pop("faults"))
        return cls(faults=faults, warnings=tuple(values.pop("warnings")), **values)


@dataclass(slots=True)
class Builder:
    """Builds in a process of its own, which stays, as starting it takes longer than most builds; it
    ends when this one does.

    environment: the settings, as variables.
    """

    sources: Sequence[Path]
    environment: Mapping[str, str]
    _child: "subprocess.Popen[str] | None" = None

    def __call__(self) -> Outcome:
        """Build once."""
        if self._child is None:
            self._child = self._started()
        said = _asked(self._child)
        try:
            return Outcome.from_json(said)
        except (ValueError, TypeError, KeyError, AttributeError):
            code = self.close()
            what = f"the build ended without an outcome (exit code {code})."
            return Outcome(faults=(Finding("error", "", what, "Run qa index to see why."),))

    def stop(self) -> None:
        """End what is running. A build that is cut off has published nothing."""
        if self._child:
            self._child.terminate()

    def close(self) -> int | None:
        """End the process, when no other thread builds; returns its exit code."""
        if self._child is None:
            return None
        child, self._child = self._child, None
        child.terminate()
        child.communicate()
        return child.returncode

    def _started(self) -> "subprocess.Popen[str]":
        # -P: what lies in the working folder is content, not code.
        command = [sys.executable, "-P", "-m", "qa.cli.rebuilding", *map(str, self.sources)]
        return subprocess.Popen(  # noqa: S603 - our own module
            command,
            env={**os.environ, **self.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )


def _asked(child: "subprocess.Popen[str]") -> str:
    """Have it build; what it says of that, nothing when it has ended."""
    assert child.stdin  # noqa: S101 - it was started so
    assert child.stdout  # noqa: S101
    try:
        child.stdin.write("\n")
        child.stdin.flush()
        return child.stdout.readline()
    except OSError:
        return ""
