"""For tests that need other entries than the ten, or the command line."""

import gc
import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.snapshot import Snapshot, open_snapshot
from qa.cli import main
from tests.conftest import MODEL, ROOT, provide_hashed

SnapshotOf = Callable[..., Snapshot]
"""Entries as they stand in a line of JSONL, in; their snapshot out."""


@pytest.fixture
def snapshot_of(tmp_path: Path) -> SnapshotOf:
    """Builds a snapshot of the entries it is given."""

    def make(*entries: dict[str, Any]) -> Snapshot:
        source = tmp_path / "made.jsonl"
        lines = (json.dumps({"id": f"e{n}", **entry}) for n, entry in enumerate(entries))
        source.write_text("".join(f"{line}\n" for line in lines))
        build([source], tmp_path / "made", model=MODEL, provide=provide_hashed)
        return open_snapshot(tmp_path / "made")[0]

    return make


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def qa(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Runs `qa` with arguments in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, stdin: str = "") -> Ran:
        monkeypatch.setattr(sys, "argv", ["qa", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code: object = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        gc.unfreeze()  # of this process little is to stay
        sys.stdout.flush()
        return Ran(int(str(code or 0)), *capfd.readouterr())

    return run


def process(*arguments: str | bytes, code: str = "", **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", f"{code}from qa.cli import main; main()", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, **pipes, **options)  # type: ignore[call-overload]


def the_line(ran: Ran) -> str:
    """The one line, but for progress, that tells of a fault; exit code 1, no output."""
    assert (ran.code, ran.out) == (1, "")
    (line,) = (line for line in ran.err.splitlines() if not line.endswith(" ..."))
    assert line.startswith("qa: ")
    return line.removeprefix("qa: ")
