"""The real model, the real server, a real browser."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parent.parent.parent
QA = str(Path(sys.executable).parent / "qa")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def content_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own content, indexed with the real model by `qa index`; made once for all
    processes that test at the same time.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    index = folder / "content-index"
    with FileLock(folder / "content-index.lock"):
        if not (index / "current").exists():
            command = [QA, "index", str(ROOT / "content"), "--index", str(index)]
            subprocess.run(command, check=True, env=_environment())
    return index


@pytest.fixture(scope="session")
def qa(content_index: Path) -> Run:
    """Runs `qa` in the project's folder over its own content; nothing is raised on failure."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = _environment() | {"QA_INDEX": str(content_index)}
        return subprocess.run(
            [QA, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )

    return run


@contextmanager
def serving(
    index: Path, *options: str, port: int = 0, **settings: str
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """`qa serve` on a free port, or on one that is named: its address, once it answers, and its
    process.
    """
    process = subprocess.Popen(
        [QA, "serve", "--index", str(index), "--port", str(port), *options],
        env=_environment() | settings,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://[\d.]+:\d+", said)
        assert found, said + process.stderr.read()
        yield found.group(), process
    finally:
        process.terminate()
        process.wait(30)
        if process.stderr:
            process.stderr.close()


@pytest.fixture(scope="session")
def server(content_index: Path) -> Iterator[str]:
    """The address of a server over the project's own content."""
    with serving(content_index) as (address, _):
        yield address


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is. Without it the test is skipped, unless nothing may be."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("QA_TEST_ALL"):
        pytest.fail("Chromium is not installed, and QA_TEST_ALL says that nothing may be skipped.")
    if path is None:
        pytest.skip("Chromium is not installed: the page was not tried in a browser.")
    return path


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    return kept | {"HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}
