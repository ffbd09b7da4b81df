"""`qa snapshots` and `qa rollback`, as an operator uses them."""

import json
import os
from pathlib import Path

import pytest

from index.build import build
from index.history import kept
from index.snapshot import open_snapshot
from tests.conftest import ENTRIES, MODEL, provide_hashed
from tests.qa.conftest import Command, the_line


@pytest.fixture
def names(built: Path) -> list[str]:
    """Three snapshots, the newest first, the last of which lacks the first entry."""
    for left_out in (1, 2):
        source = built.parent / "faq.jsonl"
        source.write_text("".join(json.dumps(entry) + "\n" for entry in ENTRIES[left_out:]))
        build([source], built, model=MODEL, provide=provide_hashed)
    return [one.name for one in kept(built)]


def test_those_kept_are_listed_newest_first_with_what_they_hold(
    qa: Command, built: Path, names: list[str]
) -> None:
    ran = qa("snapshots", "--index", built)
    lines = ran.out.splitlines()
    assert (ran.code, ran.err, len(lines)) == (0, "", 3)
    for line, name, entries in zip(lines, names, (8, 9, 10), strict=True):
        assert line.startswith(f"{name}  {name[:4]}-{name[4:6]}-{name[6:8]} ")
        assert f" {entries} entries  " in line
        assert line.count("  3 pages  ") == 1
        assert ("in force" in line) == (name == names[0])
        assert "whole" not in line


def test_all_checksums_are_compared_when_asked_and_damage_is_exit_code_1(
    qa: Command, built: Path, names: list[str]
) -> None:
    ran = qa("snapshots", "--index", built, "--verify")
    assert (ran.code, ran.out.count("  whole"), ran.err) == (0, 3, "")
    damaged = built / "snapshots" / names[1] / "vectors.npy"
    os.truncate(damaged, 100)
    assert qa("snapshots", "--index", built).code == 0
    ran = qa("snapshots", "--index", built, "--verify")
    assert (ran.code, ran.out.count("  whole"), ran.out.count("  unusable")) == (1, 2, 1)
    assert ran.err.startswith(f"warning: {damaged}: the file is damaged.")
    assert ran.err.count("\n") == 1


def test_one_whose_manifest_cannot_be_read_is_listed_all_the_same(
    qa: Command, built: Path, names: list[str]
) -> None:
    (built / "snapshots" / names[2] / "manifest.json").unlink()
    ran = qa("snapshots", "--index", built)
    assert ran.code == 1
    assert ran.out.splitlines()[2].split()[4:6] == ["?", "?"]


def test_as_json_everything_is_there(qa: Command, built: Path, names: list[str]) -> None:
    found = json.loads(qa("snapshots", "--index", built, "--json").out)
    assert [one["name"] for one in found] == names
    assert [one["is_in_force"] for one in found] == [True, False, False]
    assert [one["entries"] for one in found] == [8, 9, 10]
    assert {one["pages"] for one in found} == {3}
    assert all(one["size"] > 1_000 and one["problem"] == "" for one in found)
    assert found[0]["made"] > found[1]["made"]


def test_the_one_before_is_put_in_force_or_one_that_is_named(
    qa: Command, built: Path, names: list[str]
) -> None:
    ran = qa("rollback", "--index", built)
    assert ran.code == 0
    assert ran.out.startswith(f"{names[1]} is in force: 9 entries, published ")
    assert open_snapshot(built)[0].name == names[1]
    assert qa("rollback", names[2][:-2], "--index", built).code == 0
    assert open_snapshot(built)[0].name == names[2]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("none before", "there is no snapshot before the one in force."),
        ("unknown", "no snapshot's name begins with “1999”."),
        ("several", "3 snapshots' names begin with “20”."),
        ("damaged", "the file is damaged."),
        ("no index", "there is no snapshot here."),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_changes(
    qa: Command, built: Path, names: list[str], what: str, told: str
) -> None:
    in_force, root = names[0], built
    arguments = {"unknown": ["1999"], "several": ["20"]}.get(what, [])
    if what == "none before":
        qa("rollback", names[2], "--index", built)
        in_force = names[2]
    elif what == "damaged":
        os.truncate(built / "snapshots" / names[1] / "vectors.npy", 100)
    elif what == "no index":
        root = built.parent / "none"
    line = the_line(qa("rollback", *arguments, "--index", root))
    assert line.startswith(str(root))
    assert told in line
    assert open_snapshot(built)[0].name == in_force
