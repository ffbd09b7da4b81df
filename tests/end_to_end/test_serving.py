"""The service as an operator starts it."""

import json
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.conftest import Run, serving

QUESTIONS = [
    "why did bolivia let the DEA back in",
    "how do I bake sourdough bread",
    "?",
    "curl",
    "Tell me, at some length and with all that there is to know about it, " * 20,
    "Will traffickers just change their routes and methods?",
    "ist das auch auf deutsch möglich",
]


def test_a_start_neither_imports_nor_builds_what_no_answer_needs(content_index: Path) -> None:
    needless = (
        *("torch", "transformers", "sentence_transformers"),
        *("markdown_it", "rich", "jinja2", "filelock", "pydantic.v1", "qa.masking"),
    )
    code = (
        "import sys, pathlib\n"
        "import qa.cli.app, qa.serving\n"
        "from qa.settings import Settings\n"
        "from qa.http.app import create_app, load_service\n"
        "settings = Settings(index=pathlib.Path(sys.argv[1]))\n"
        "service = load_service(settings)\n"
        "create_app(settings, service)\n"
        "assert service.answerer.ask('is the DEA back in bolivia').answered\n"
        f"print([name for name in {needless} if name in sys.modules])\n"
        "from fastapi.openapi.models import OpenAPI, Operation, PathItem, Schema\n"
        "from qa.http.schemas import AskReply, AskRequest\n"
        "later = (OpenAPI, Operation, PathItem, Schema)\n"
        "print(*(model.__pydantic_complete__ for model in later))\n"
        "print(*(model.__pydantic_complete__ for model in (AskReply, AskRequest)))"
    )
    command = [sys.executable, "-c", code, str(content_index)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["[]", "False False False False", "True True"]


@pytest.mark.parametrize(("plugins", "looked_for"), [(None, False), ("", True)])
def test_plugins_of_pydantic_are_looked_for_only_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, plugins: str | None, looked_for: bool
) -> None:
    monkeypatch.delenv("PYDANTIC_DISABLE_PLUGINS", raising=False)
    if plugins is not None:
        monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", plugins)
    code = (
        "import sys; from qa.cli import main\n"
        "sys.argv = ['qa', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "from pydantic.plugin import _loader\n"
        "print(_loader._plugins is not None)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == str(looked_for)


def test_a_question_is_answered_word_for_word(server: str) -> None:
    reply = httpx.post(f"{server}/v1/ask", json={"question": QUESTIONS[0]}).json()
    page = (Path(__file__).parent.parent.parent / "content/drug-cooperation.md").read_text()
    assert reply["answered"]
    assert reply["answer"]["id"] in {"drug-cooperation.recent-changes", "drug-cooperation.why-now"}
    assert reply["answer"]["answer"] in page


def test_a_question_far_from_the_faq_gets_neither_answer_nor_alternatives(server: str) -> None:
    reply = httpx.get(f"{server}/v1/ask", params={"q": QUESTIONS[1]}).json()
    assert (reply["answered"], reply["answer"], reply["alternatives"]) == (False, None, [])


def test_alone_in_a_batch_over_http_and_in_the_terminal_the_answer_is_the_same(
    server: str, qa: Run, tmp_path: Path
) -> None:
    together = httpx.post(f"{server}/v1/ask/batch", json={"questions": QUESTIONS}, timeout=30)
    file = tmp_path / "questions.txt"
    file.write_text("\n".join(QUESTIONS), encoding="utf-8")
    batch = [json.loads(line) for line in qa("batch", str(file)).stdout.splitlines()]
    for question, one, row in zip(QUESTIONS, together.json()["answers"], batch, strict=True):
        alone = httpx.post(f"{server}/v1/ask", json={"question": question}).json()
        assert alone["answer"] == one["answer"]
        assert alone["confidence"] == pytest.approx(one["confidence"], abs=1e-4)
        assert row["confidence"] == pytest.approx(one["confidence"], abs=1e-4)
        assert (row["answer"] or {}).get("id") == (one["answer"] or {}).get("id")


def test_ready_means_that_questions_can_be_answered(server: str) -> None:
    assert httpx.get(f"{server}/readyz").json()["entries"] == 17
    assert httpx.get(f"{server}/healthz").status_code == 200


def test_a_stop_signal_ends_it_cleanly(content_index: Path) -> None:
    with serving(content_index) as (address, process):
        assert httpx.get(f"{address}/readyz").status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in {0, -signal.SIGTERM}


def test_several_workers_serve_the_same_port(content_index: Path) -> None:
    transport = httpx.HTTPTransport(retries=3)
    with serving(content_index, "--workers", "2") as (address, _):
        with httpx.Client(transport=transport, timeout=30) as client:
            replies = [client.get(f"{address}/v1/ask?q=curl").status_code for _ in range(8)]
        assert replies == [200] * 8


def test_a_busy_port_is_one_clear_line(qa: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        run = qa("serve", "--port", str(taken.getsockname()[1]))
    assert run.returncode == 1
    assert "the port is in use" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_without_a_snapshot_it_says_which_command_builds_one(qa: Run, tmp_path: Path) -> None:
    run = qa("serve", "--index", str(tmp_path / "none"))
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "qa index" in run.stderr


def test_a_link_of_100000_characters_is_a_problem_like_any_other(server: str) -> None:
    # httpx does not send one so long.
    connection = HTTPConnection(server.removeprefix("http://"), timeout=30)
    connection.request("GET", "/v1/ask?q=" + "x" * 100_000)
    reply = connection.getresponse()
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")
    assert "longer" in json.load(reply)["detail"]
    connection.close()
