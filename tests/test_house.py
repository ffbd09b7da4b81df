"""The house rules that a machine can hold: imports, exports, and docs that keep up."""

import ast
import re
from pathlib import Path

import pytest

from qa.cli.app import app
from qa.settings import Settings

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "index").rglob("*.py")) + sorted((ROOT / "qa").rglob("*.py"))
HEAVY = {"torch", "transformers", "sentence_transformers"}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> set[str]:
    """Modules that a file imports, wherever in it, also for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


GRAPH = {_name(path): _imports(path) for path in MODULES}


def test_index_knows_nothing_of_qa() -> None:
    for name, imports in GRAPH.items():
        if name.startswith("index"):
            assert not {one for one in imports if one.split(".")[0] == "qa"}, name


def test_torch_is_imported_in_one_file() -> None:
    importing = {n for n, imports in GRAPH.items() if {i.split(".")[0] for i in imports} & HEAVY}
    assert importing == {"index.export"}


def test_no_import_goes_in_a_circle() -> None:
    own = {name: {one for one in imports if one in GRAPH} for name, imports in GRAPH.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way, name))
        if name not in done:
            for other in sorted(own[name] - {name}):
                visit(other, (*way, name))
            done.add(name)

    for name in own:
        visit(name, ())


def test_the_core_knows_nothing_of_http_or_the_command_line() -> None:
    outer = ("qa.http", "qa.cli", "qa.serving", "fastapi", "typer", "uvicorn")
    files = ("qa.batch", "qa.question_files", "qa.text_files", "qa.answer_files")
    for name in ("answer", "answerer", "retriever", "ranking", "confidence", "suggest"):
        assert not [one for one in GRAPH[f"qa.{name}"] if one.startswith(outer + files)], name
    for name in (*files, *(name for name in GRAPH if name.startswith("qa.evaluation"))):
        assert not [one for one in GRAPH[name] if one.startswith(outer)], name


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`QA_{name.upper()}`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    names = [command.name for command in app.registered_commands]
    assert len(names) >= 6
    for name in names:
        assert f"`qa {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_functions_body_fits_a_screen() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                assert lines <= 60, f"{path}:{node.lineno} {node.name}: {lines} lines"


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_no_figure_is_left_to_be_filled_in(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"\b(?:TODO|TBD|XXX|[A-Z]{8,})\b(?!\.md)", text) == []
