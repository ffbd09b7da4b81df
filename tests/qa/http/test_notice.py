"""What the pages show of faults in the content while it is watched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.formats.reading import Finding
from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.notice import Notice
from qa.settings import Settings

FAULT = Finding("error", "content/a.md:12", "“<b>Why?</b>” has no answer.", "Write it.")
PAGES = ["/", "/faq", "/faq/visit"]


@pytest.fixture
def notice(tmp_path: Path) -> Notice:
    return Notice(tmp_path / "faults.json")


@pytest.fixture
def client(answerer: Answerer, notice: Notice) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), Service(answerer), notice=notice)) as client:
        yield client


@pytest.mark.parametrize("path", PAGES)
def test_a_fault_is_shown_with_its_place_and_its_mend_until_it_is_mended(
    client: TestClient, notice: Notice, path: str
) -> None:
    whole = client.get(path)
    assert "notice" not in whole.text
    notice.put([FAULT])
    shown = client.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    assert shown.status_code == 200
    assert (
        "<li><code>content/a.md:12</code>: “&lt;b&gt;Why?&lt;/b&gt;” has no answer. Write it.</li>"
    ) in shown.text
    assert "The answers from before are in force until this is mended" in shown.text
    notice.put([])
    assert client.get(path).text == whole.text


def test_of_very_many_faults_the_rest_is_counted(client: TestClient, notice: Notice) -> None:
    notice.put([Finding("error", f"a.md:{line}", "no answer.") for line in range(1, 124)])
    text = client.get("/faq").text
    assert text.count("no answer.") == 20
    assert "There are 103 more." in text


def test_without_watching_nothing_is_shown(answerer: Answerer, notice: Notice) -> None:
    notice.put([FAULT])
    with TestClient(create_app(Settings(index=notice.path.parent), Service(answerer))) as client:
        assert all("notice" not in client.get(path).text for path in PAGES)


@pytest.mark.parametrize("text", ["", "{", "[1]", '[{"other": 1}]', "\ud8ff"])
def test_a_notice_that_cannot_be_read_says_nothing(notice: Notice, text: str) -> None:
    notice.path.write_bytes(text.encode(errors="surrogatepass"))
    assert notice.faults() == ()
