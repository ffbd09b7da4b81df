"""A build that is killed or refused something by the system, as `bench.reliability` does it at
every call; here at some of them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def strace() -> str:
    """Where strace is. Without it the test is skipped, unless nothing may be."""
    path = shutil.which("strace")
    usable = path and subprocess.run([path, "-o", os.devnull, "true"], capture_output=True)
    if path and usable and usable.returncode == 0:
        return path
    if os.environ.get("QA_TEST_ALL"):
        pytest.fail("strace cannot be used, and QA_TEST_ALL says that nothing may be skipped.")
    pytest.skip("strace is not installed or may not trace: no build was killed at a chosen call.")


def ran(module: str, *options: str) -> str:
    """What the benchmark printed; it must have found nothing wrong."""
    command = [sys.executable, "-m", f"bench.reliability.{module}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def times(table: str) -> int:
    """How often something was done, by the second column."""
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ")]
    return sum(int(row[2]) for row in rows if row[2].strip().isdigit())


def test_a_build_or_rollback_killed_at_any_call_leaves_the_old_or_the_new_one_in_force(
    strace: str,
) -> None:
    # Every call is too many for a test: the first of each kind, and once at random.
    table = ran("crash", "--step", "1000", "--kills", "1")
    assert "| index: rename |" in table
    assert "| rollback: rename |" in table
    assert times(table) >= 15


def test_what_the_system_refuses_is_said_in_one_line_and_the_old_one_stays_in_force(
    strace: str,
) -> None:
    table = ran("faults", "--step", "1000", "--calls", "write", "rename", "fsync")
    assert "| index: write ENOSPC |" in table
    assert "| rollback: rename EROFS |" in table
    assert times(table) >= 30


def test_damage_is_refused_before_anything_parses_it(tmp_path: Path) -> None:
    table = ran("damage", "--flips", "20", "--encoder", "stand-in", "--entries", "6")
    assert "| a byte flipped | 20 | 0 |" in table
    assert times(table) >= 100
