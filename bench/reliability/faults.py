"""Builds that are refused something by the system, at every call: each must say so in one line.

    python -m bench.reliability.faults [--encoder model] [--step 1]

`qa index` and `qa rollback` run with the disk full, without permission, on a disk that can only be
read, and with input and output that fail: at their first write, their second, and so on, once and
from then on for good; the same for every other call. Each time the command must either succeed all
the same, or end with exit code 1 and one line that names a path and the reason, with the snapshot
before still in force; and the next build must publish. Needs strace.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from errno import EACCES, EDQUOT, EIO, EMFILE, ENOSPC, EROFS, errorcode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.reliability.crash import NEW, OLD, Bench, bench_in
from bench.reliability.injected import (
    CHANGING,
    Ended,
    Forks,
    Site,
    calls_of,
    use_stand_in,
    use_stored_encoder,
    wrong_with,
)

FAULTS: Final[Mapping[str, Sequence[int]]] = {
    "write": (ENOSPC, EIO, EDQUOT),
    "openat": (ENOSPC, EACCES, EROFS, EMFILE),
    "mkdir": (ENOSPC, EACCES, EROFS),
    "rename": (ENOSPC, EACCES, EROFS, EIO),
    "fsync": (EIO, ENOSPC),
    "sendfile": (ENOSPC, EIO),
    "copy_file_range": (ENOSPC, EIO),
    "ftruncate": (EIO, EROFS),
    "unlink": (EACCES, EROFS),
    "unlinkat": (EACCES, EIO),
    "rmdir": (EACCES, EIO),
}
"""What each call may be refused for."""

ONCE, ALWAYS = "", "+"
_SAID: Final = "qa: "


@dataclass(slots=True)
class Tally:
    """What came of the runs of one kind."""

    what: str
    runs: int = 0
    told: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, site: Site, command: str, ended: Ended, fault: tuple[str, int, str]) -> None:
        """Judge a run. The site is used up."""
        call, error, how = fault
        self.runs += 1
        self.told += ended.code == 1
        problem = _wrong_end(site, ended, os.strerror(error), may_be_mute=call == "write" and how)
        problem = problem or wrong_with(site, {OLD if ended.code else NEW[command]})
        if problem:
            self.wrong.append(f"{self.what}{how}: {problem}")

    def row(self) -> str:
        """A line of the table."""
        return f"| {self.what} | {self.runs} | {self.told} | {len(self.wrong)} |"


def _wrong_end(site: Site, ended: Ended, reason: str, *, may_be_mute: object) -> str:
    lines = [line for line in ended.said.splitlines() if not line.endswith(" ...")]
    lines = [line for line in lines if not line.startswith("warning: ")]
    if ended.code == 0:
        return ""
    if may_be_mute and not lines:  # what could not be written was the line, too
        return ""
    is_clear = len(lines) == 1 and lines[0].startswith(_SAID)
    if ended.code != 1 or not is_clear:
        return f"exit code {ended.code}, said {ended.said[-300:]!r}"
    if str(site.folder) not in lines[0] or reason not in lines[0]:
        return f"said neither where nor why: {lines[0]!r}"
    return ""


def refused_at_every_call(
    bench: Bench, command: str, step: int, only: Sequence[str] = tuple(FAULTS)
) -> Iterator[Tally]:
    """Refuse each `step`-th call of each kind, for each reason, once and for good."""
    traced = bench.forks.run(*bench.fresh().command(command), trace=CHANGING)
    for call, numbers in sorted(calls_of(traced).items()):
        for error in FAULTS.get(call, ()) if call in only else ():
            tally = Tally(f"{command}: {call} {errorcode[error]}")
            for number in numbers[::step]:
                for how in (ONCE, ALWAYS):
                    site = bench.fresh()
                    inject = f"{call}:error={errorcode[error]}:when={number}{how}"
                    ended = bench.forks.run(*site.command(command), trace=[call], inject=inject)
                    tally.add(site, command, ended, (call, error, how))
                    _note(tally, number)
            yield tally


def _note(tally: Tally, number: int) -> None:
    """Let what was just found wrong say at which call."""
    if tally.wrong and not tally.wrong[-1].startswith("at "):
        tally.wrong[-1] = f"at {number}: {tally.wrong[-1]}"


def main() -> None:
    """Print the table; exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--encoder", choices=("stand-in", "model"), default="stand-in")
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--calls", nargs="+", choices=FAULTS, default=tuple(FAULTS))
    asked = parser.parse_args()
    stand_in = asked.encoder == "stand-in"
    (use_stand_in if stand_in else use_stored_encoder)()
    wrong: list[str] = []
    print("| refused in, and why | times | told | wrong |")
    print("| --- | --- | --- | --- |")
    with TemporaryDirectory() as name, Forks(Path(name), stand_in=stand_in) as forks:
        bench = bench_in(Path(name), forks)
        for command in NEW:
            for tally in refused_at_every_call(bench, command, asked.step, asked.calls):
                print(tally.row(), flush=True)
                wrong += tally.wrong
    print("\n".join(wrong))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
