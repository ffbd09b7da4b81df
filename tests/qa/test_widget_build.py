"""The widget's built files: that they are what the source builds, and within their budgets."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bench import widget_size

ROOT = Path(__file__).parent.parent.parent
SOURCE, BUILT = ROOT / "widget", ROOT / "qa" / "widget"
NAMES = ["loader.js", "manifest.json", "panel.js"]


@pytest.fixture(scope="module")
def node() -> str:
    """Node, with what the build needs. Without it the test is skipped, unless nothing may be."""
    path = shutil.which("node")
    missing = "Node is not installed" if path is None else ""
    if path and not (SOURCE / "node_modules").is_dir():
        missing = "widget/node_modules is not there (npm ci --prefix widget)"
    if missing and os.environ.get("QA_TEST_ALL"):
        pytest.fail(f"{missing}, and QA_TEST_ALL says that nothing may be skipped.")
    if path is None or missing:
        pytest.skip(f"{missing}: the widget's source was not tried.")
    return path


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_files_are_what_the_source_builds(node: str, tmp_path: Path) -> None:
    _run(node, "build.mjs", str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == NAMES
    for name in NAMES:
        same = (tmp_path / name).read_bytes() == (BUILT / name).read_bytes()
        assert same, f"qa/widget/{name} is not what the source builds; run: make widget"


def test_the_sources_types_hold(node: str) -> None:
    _run(node, "node_modules/typescript/bin/tsc", "--noEmit")


def test_the_sources_own_tests_pass(node: str) -> None:
    _run(node, "test.mjs")


def test_it_can_be_imported_where_there_is_no_page(node: str) -> None:
    load = "import(process.argv[1]).then(() => console.log(typeof globalThis.FaqChat))"
    for name in ("loader.js", "panel.js"):
        command = [node, "-e", load, (BUILT / name).as_uri()]
        done = subprocess.run(command, capture_output=True, text=True)
        assert (done.stdout, done.returncode) == ("undefined\n", 0), done.stderr


def test_the_loader_is_at_most_5_kb_and_the_panel_at_most_25_kb_gzipped() -> None:
    assert widget_size.BUDGETS == {"loader.js": 5_000, "panel.js": 25_000}
    for one in widget_size.sizes(BUILT):
        assert one.fits, f"{one.name}: {one.gzipped} bytes gzipped, of {one.budget}"


def test_a_file_over_its_budget_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loader.js").write_bytes(os.urandom(5_001))  # what cannot be made smaller
    (tmp_path / "panel.js").write_bytes(b"x" * 100_000)
    with pytest.raises(SystemExit) as stopped:
        widget_size.main(tmp_path)
    assert stopped.value.code == 1
    loader, panel = capsys.readouterr().out.splitlines()
    assert "OVER BUDGET" in loader
    assert "OVER BUDGET" not in panel


def test_the_manifest_tells_each_files_hash() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    for name, about in manifest["files"].items():
        digest = hashlib.sha384((BUILT / name).read_bytes()).digest()
        assert about["integrity"] == f"sha384-{base64.b64encode(digest).decode()}", name


def test_the_loader_names_the_panel_by_version_and_hash() -> None:
    manifest = json.loads((BUILT / "manifest.json").read_text(encoding="utf-8"))
    loader = (BUILT / "loader.js").read_text(encoding="utf-8")
    assert manifest["version"] in loader
    assert manifest["files"]["panel.js"]["integrity"] in loader


@pytest.mark.parametrize("name", ["loader.js", "panel.js"])
def test_nothing_in_it_makes_code_or_markup_of_text(name: str) -> None:
    script = (BUILT / name).read_text(encoding="utf-8")
    for forbidden in (
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "srcdoc",
        "eval(", "new Function", "trustedTypes", "document.cookie", "localStorage", ".style.",
    ):  # fmt: skip
        assert forbidden not in script, forbidden


def test_the_lock_file_names_no_place_to_install_from() -> None:
    lock = (SOURCE / "package-lock.json").read_text(encoding="utf-8")
    assert "http" not in lock
    assert '"integrity"' in lock


def test_the_sizes_are_printed_by_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.widget_size"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["loader.js", "panel.js"]
