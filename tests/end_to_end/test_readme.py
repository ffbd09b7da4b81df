"""The README's examples, run as they stand."""

import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from index.checks import check
from index.corpus import read_corpus
from tests.end_to_end.conftest import ROOT, Run

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = "".join(re.findall(r"```console\n(.*?)```", README, re.S))
EXAMPLES = re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", CONSOLE, re.M)
COMMANDS = [(command, said) for command, said in EXAMPLES if command.startswith("qa ")]
REQUESTS = [(command, said) for command, said in EXAMPLES if command.startswith("curl ")]


def test_the_readme_shows_an_answer_a_refusal_and_a_request() -> None:
    assert len(COMMANDS) >= 2
    assert len(REQUESTS) >= 1


@pytest.mark.parametrize(("command", "said"), COMMANDS, ids=[c for c, _ in COMMANDS])
def test_a_command_prints_what_the_readme_shows(command: str, said: str, qa: Run) -> None:
    run = qa(*shlex.split(command)[1:])
    assert run.returncode == 0
    assert run.stdout == said


@pytest.mark.parametrize(("command", "said"), REQUESTS, ids=[c for c, _ in REQUESTS])
def test_a_request_returns_what_the_readme_shows(command: str, said: str, server: str) -> None:
    address = shlex.split(command)[-1].replace("http://127.0.0.1:8000", server)
    reply, expected = httpx.get(address).json(), json.loads(said)
    assert len(reply.pop("id")) == len(expected.pop("id"))
    assert reply.pop("confidence") == pytest.approx(expected.pop("confidence"), abs=0.01)
    for shown, told in zip(reply["alternatives"], expected["alternatives"], strict=True):
        assert shown.pop("score") == pytest.approx(told.pop("score"), abs=0.01)
    assert reply == expected


def test_the_page_that_the_readme_shows_is_valid_content(tmp_path: Path) -> None:
    (page,) = re.findall(r"```markdown\n(.*?)```", README, re.S)
    (tmp_path / "shipping.md").write_text(page, encoding="utf-8")
    corpus, findings = read_corpus([tmp_path])
    assert [*findings, *check(corpus)] == []
    assert corpus.entries[0].id == "shipping.time"
    assert corpus.entries[0].alternates == ("when will my parcel arrive", "delivery time")
