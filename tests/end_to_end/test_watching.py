"""Save and see: the real server, the real model, a page that is edited."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tests.end_to_end.conftest import QA, _environment

PAGE = """# Visiting

## When are you open?

We open at nine.

## Where can I park my car?

Behind the house.
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "visiting.md").write_text(PAGE)
    return folder


@contextmanager
def watching(content: Path, index: Path, workers: int) -> Iterator[tuple[str, list[str]]]:
    """`qa serve --watch`: its address, once it answers, and what it says in the terminal."""
    process = subprocess.Popen(
        [QA, "serve", "--watch", content, "--index", index, "--port", "0", f"--workers={workers}"],
        env=_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    said: list[str] = []
    reading = Thread(target=said.extend, args=(process.stderr,), daemon=True)
    reading.start()
    try:
        wait_for(lambda: "http://" in "".join(said) or process.poll() is not None, said)
        found = re.search(r"http://[\d.]+:\d+", "".join(said))
        assert found, said
        yield found.group(), said
    finally:
        process.terminate()
        process.wait(30)
        reading.join(30)
        process.stderr.close()


def wait_for(happened: Callable[[], bool], said: list[str]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.2)
    pytest.fail(f"it did not happen in two minutes; it said: {said}")


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_saved_is_answered_and_what_is_broken_is_shown_until_it_is_mended(
    content_index: Path, content: Path, tmp_path: Path, workers: int
) -> None:
    index, page = tmp_path / "index", content / "visiting.md"
    # With its encoder there is none to be made.
    shutil.copytree(content_index, index)

    with (
        watching(content, index, workers) as (address, said),
        # A connection for each request, so that every worker has some.
        httpx.Client(
            base_url=address,
            timeout=60,
            transport=httpx.HTTPTransport(
                retries=3, limits=httpx.Limits(max_connections=1, max_keepalive_connections=0)
            ),
        ) as client,
    ):

        def always(holds: Callable[[], bool]) -> bool:
            return all(holds() for _ in range(1 if workers == 1 else 12))

        def answer() -> str:
            reply = client.get("/v1/ask", params={"q": "when are you open"}).json()
            return str(reply["answer"] and reply["answer"]["answer"])

        def notice(path: str = "/") -> bool:
            return "has no answer. Write it" in client.get(path).text

        # Before it was served, it was built: the index held other content.
        assert answer() == "We open at nine."
        assert not notice()

        page.write_text(PAGE.replace("nine", "ten"))
        wait_for(lambda: always(lambda: answer() == "We open at ten."), said)
        assert "We open at ten." in client.get("/faq/visiting").text

        page.write_text(PAGE.replace("nine", "eleven") + "\n## Is there <i>lunch</i>?\n")
        wait_for(lambda: always(notice), said)
        assert notice("/faq")
        assert notice("/faq/visiting")
        assert "<i>lunch" not in client.get("/faq").text
        assert answer() == "We open at ten."
        wait_for(lambda: any("visiting.md:11: the question" in line for line in said), said)

        page.write_text(PAGE.replace("nine", "twelve") + "\n## Is there lunch?\n\nAt noon.\n")
        wait_for(lambda: always(lambda: answer() == "We open at twelve."), said)
        wait_for(lambda: always(lambda: not notice()), said)


def test_without_a_snapshot_faults_in_the_content_are_told_and_it_ends(
    content: Path, tmp_path: Path
) -> None:
    (content / "visiting.md").write_text("## When are you open?\n")
    run = subprocess.run(
        [QA, "serve", "--watch", content, "--index", tmp_path / "index", "--port", "0"],
        env=_environment(),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1
    assert "visiting.md:1: the question “When are you open?” has no answer." in run.stderr
    assert run.stderr.strip().endswith("without a first build there is nothing to serve.")
    assert "Traceback" not in run.stderr


def test_sources_without_watching_are_a_wrong_use(content: Path) -> None:
    run = subprocess.run([QA, "serve", content], env=_environment(), capture_output=True, text=True)
    assert run.returncode == 2
    assert "only --watch reads content" in run.stderr
