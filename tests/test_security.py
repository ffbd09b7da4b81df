"""docs/security.md says how each attack is stopped and which test holds it; those tests exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[tuple[str, str, str]]:
    """What is stopped, how, and the cell with the tests, of every table that names tests."""
    found: list[tuple[str, str, str]] = []
    is_inside = False
    for line in GUIDE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            is_inside = False
        elif cells[-1] == "which test":
            is_inside = True
        elif is_inside and not re.fullmatch("[-| ]+", line):
            what, how, tests = cells
            found.append((what, how, tests))
    return found


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_part_of_the_threat_model_has_its_rows() -> None:
    assert len(rows()) >= 40
    assert GUIDE.count("| which test |") == 6


@pytest.mark.parametrize(("what", "how", "tests"), rows(), ids=[what for what, *_ in rows()])
def test_what_is_said_to_be_stopped_is_held_by_tests_that_exist(
    what: str, how: str, tests: str
) -> None:
    assert what
    assert how
    named = _NAMED.findall(tests)
    assert named
    assert re.sub(r"[,\s]", "", _NAMED.sub("", tests)) == "", "nothing else stands in that cell"
    for path, function in named:
        assert function in functions(path), f"{path} has no {function}"
