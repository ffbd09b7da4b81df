"""The command line as a user meets it: what is printed where, and the exit code."""

import json
import re
import shutil
import socket
from pathlib import Path

import pytest
import uvicorn

from qa.http.schemas import AskReply
from tests.conftest import ENTRIES, MODEL
from tests.qa.conftest import Command, SnapshotOf, process, the_line

GIBBERISH = "x" * 40


def snapshot_folder(built: Path) -> Path:
    return built / "snapshots" / (built / "current").read_text().strip()


class TestAsk:
    def test_prints_the_stored_answer_and_where_it_is_from(self, qa: Command, built: Path) -> None:
        ran = qa("ask", "--index", built, "opening hours")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == (
            "When are you open?\n\nWe are open from **9 to 17**, Monday to Friday.\n\n"
            "99% sure · matched “opening hours” · visit · https://example.org/visit · hours\n"
        )

    def test_the_wording_is_not_repeated_where_it_is_the_heading(
        self, qa: Command, built: Path
    ) -> None:
        said = qa("ask", "--index", built, "Can I delete my account?").out
        assert said == "Can I delete my account?\n\nYes.\n\n99% sure · account · delete\n"

    def test_no_wording_is_shown_of_an_entry_that_has_none(self, qa: Command, built: Path) -> None:
        said = qa("ask", "--index", built, "All our paper is recycled and made in Finland.").out
        assert re.fullmatch(r"\d\d% sure · visit · wordless", said.splitlines()[-1])

    def test_the_matched_wording_stays_on_its_line_as_it_was_written(
        self, qa: Command, snapshot_of: SnapshotOf
    ) -> None:
        wording = "[bold]is it[/bold] :warning:\nsafe " + "really " * 40 + "?"
        snapshot_of({"question": "May I go in?", "answer": "Yes.", "alternates": [wording]})
        shown = qa("ask", "--index", "made", wording).out.splitlines()[-1]
        assert shown == f"99% sure · matched “{wording.replace(chr(10), ' ')}” · made · e0"

    def test_prints_an_answer_word_for_word_whatever_is_in_it(
        self, qa: Command, snapshot_of: SnapshotOf
    ) -> None:
        answer = ":warning: [bold]Mind[/bold] the\tgap: `a[0]`, 🎉 " + "long " * 60 + "line."
        snapshot_of({"question": "Is it safe?", "answer": answer})
        assert f"\n\n{answer}\n\n" in qa("ask", "--index", "made", "is it safe").out

    def test_says_so_when_there_is_no_answer(self, qa: Command, built: Path) -> None:
        ran = qa("ask", "--index", built, GIBBERISH)
        assert ran.code == 0
        assert ran.out.startswith("The FAQ has no answer to this.\n")

    def test_prints_as_json_what_the_api_returns(self, qa: Command, built: Path) -> None:
        reply = json.loads(qa("ask", "--index", built, "--json", "-k", 2, " refund ").out)
        assert list(reply) == list(AskReply.model_fields)
        assert (reply["question"], reply["answered"]) == ("refund", True)
        assert reply["answer"]["id"] == "refund"
        assert reply["answer"]["html"] == "<p>Write to us within 30 days and we refund you.</p>"
        assert len(reply["alternatives"]) == 2

    def test_asks_only_entries_in_scope(self, qa: Command, built: Path) -> None:
        scope = ["--tag", "visit", "--tag", "car", "--page", "visit"]
        assert "north gate" in qa("ask", "--index", built, *scope, "Is there a car park?").out
        scoped = qa("ask", "--index", built, "--page", "orders", "Is there a car park?")
        assert "north gate" not in scoped.out

    @pytest.mark.parametrize(
        ("question", "problem"),
        [
            ("", "the question is empty."),
            (" \n", "the question is empty."),
            ("x" * 100_000, "the question is longer than 2,000 characters."),
            ("caf\udce9", "the question is not valid Unicode text."),
        ],
        ids=["empty", "blank", "100000", "bytes"],
    )
    def test_tells_why_a_question_cannot_be_asked(
        self, qa: Command, question: str, problem: str
    ) -> None:
        assert the_line(qa("ask", question)) == problem

    def test_bytes_that_are_not_text_are_told_of_in_one_line(self) -> None:
        out, err = process("ask", b"caf\xe9").communicate()
        assert (out, err) == (b"", b"qa: the question is not valid Unicode text.\n")


class TestSnapshots:
    def test_without_a_snapshot_the_command_to_build_it_is_named(self, qa: Command) -> None:
        line = the_line(qa("ask", "Where?"))
        assert line == ".qa/index: there is no snapshot here. Build it with: qa index."

    @pytest.mark.parametrize("command", ["ask", "serve"])
    def test_a_half_deleted_snapshot_is_refused_by_the_file_that_is_missing(
        self, qa: Command, built: Path, command: str
    ) -> None:
        gone = snapshot_folder(built) / "entries.jsonl"
        gone.unlink()
        question = ["Where?"] if command == "ask" else []
        line = the_line(qa(command, "--index", built, *question))
        assert line.startswith(f"{gone}: ")
        assert line.endswith("Build it with: qa index.")

    def test_an_earlier_snapshot_answers_for_one_that_is_damaged(
        self, qa: Command, built: Path, corpus_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("index.model.find_model", lambda *_: MODEL)
        corpus_file.write_text(json.dumps(ENTRIES[0]) + "\n")
        assert qa("index", "--index", built, corpus_file).out.startswith("1 entries, ")
        shutil.rmtree(snapshot_folder(built) / "encoder")
        ran = qa("ask", "--index", built, "refund")
        assert "we refund you" in ran.out
        assert ran.err.startswith(f"warning: {snapshot_folder(built)}")
        assert ran.err.endswith("An earlier snapshot is used.\n")

    def test_the_option_wins_over_the_environment(
        self, qa: Command, built: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QA_INDEX", "nowhere")
        assert the_line(qa("ask", "refund")).startswith("nowhere: ")
        assert qa("ask", "--index", built, "refund").code == 0

    def test_unchanged_content_is_not_indexed_again(
        self, qa: Command, built: Path, corpus_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("index.model.find_model", lambda *_: MODEL)
        before = snapshot_folder(built)
        ran = qa("index", "--index", built, corpus_file)
        assert ran.code == 0
        assert "nothing changed" in ran.out
        assert snapshot_folder(built) == before


class TestServe:
    @pytest.fixture(autouse=True)
    def never_serve(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A server that would start after all must not hold up the tests."""
        monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: pytest.fail("it serves"))

    def test_a_busy_port_is_named_with_what_to_do(self, qa: Command, built: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port = busy.getsockname()[1]
            line = the_line(qa("serve", "--index", built, "--port", port))
        assert line.startswith(f"127.0.0.1:{port}: the port is in use.")
        assert "qa serve --port" in line

    def test_an_address_of_another_machine_is_refused(self, qa: Command, built: Path) -> None:
        # 192.0.2.0/24 belongs to nobody (RFC 5737).
        line = the_line(qa("serve", "--index", built, "--host", "192.0.2.1", "--port", 0))
        assert line.startswith("192.0.2.1:0: cannot listen there")

    @pytest.mark.parametrize("value", ["http", "65536", "-1", ""])
    def test_a_bad_port_in_the_environment_is_named(
        self, qa: Command, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        monkeypatch.setenv("QA_PORT", value)
        line = the_line(qa("serve"))
        assert line.startswith("QA_PORT: ")
        assert repr(value) in line

    def test_a_port_on_the_command_line_wins_over_a_bad_one_in_the_environment(
        self, qa: Command, built: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QA_PORT", "http")
        with socket.create_server(("127.0.0.1", 0)) as busy:
            port = busy.getsockname()[1]
            line = the_line(qa("serve", "--index", built, "--port", port))
        assert line.startswith(f"127.0.0.1:{port}: the port is in use.")


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["ask", "--wrong", "Where?"],
            ["wrong"],
            ["ask"],
            ["ask", "-k", "0", "Where?"],
            ["ask", "-k", "51", "Where?"],
            ["ask", "-k", "many", "Where?"],
            ["serve", "--port", "http"],
            ["serve", "--port", "65536"],
            ["serve", "--workers", "0"],
            ["batch"],
            ["import"],
        ],
        ids=" ".join,
    )
    def test_bad_usage_exits_with_2_and_says_what_is_wrong(
        self, qa: Command, arguments: list[str]
    ) -> None:
        ran = qa(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "Usage: " in ran.err
        assert "Traceback" not in ran.err

    @pytest.mark.parametrize(("option", "value"), [("--port", "65536"), ("--workers", "0")])
    def test_an_option_that_cannot_be_used_is_named(
        self, qa: Command, option: str, value: str
    ) -> None:
        said = qa("serve", option, value).err
        assert option in said
        assert value in said

    @pytest.mark.parametrize("command", ["index", "check", "import", "ask", "batch", "serve"])
    def test_every_command_has_help(self, qa: Command, command: str) -> None:
        for option in ("--help", "-h"):
            ran = qa(command, option)
            assert (ran.code, ran.err) == (0, "")
            assert f"qa {command} [" in ran.out
