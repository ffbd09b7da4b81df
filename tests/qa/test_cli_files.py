"""The commands that read people's files: what is told of them, and what is left alone."""

import json
import os
from pathlib import Path

import pytest

from tests.conftest import MODEL
from tests.qa.conftest import Command, process, the_line

GIBBERISH = "x" * 40
WITH_HASHED = (
    "from index import loading; from tests.conftest import HashedEncoder;"
    "loading.LOADERS['hashed'] = lambda *_: HashedEncoder();"
)

BAD_CONTENT = {
    "json": ("faq.jsonl", b'{"question": "A?", "answer": "B."}\n{oops\n', 2, "not JSON"),
    "duplicate-id": (
        "faq.jsonl",
        b'{"id": "a", "question": "A?"}\n\n{"id": "a", "question": "B?"}\n',
        3,
        "id “a” is used already",
    ),
    "no-text": ("faq.jsonl", b'{"id": "a"}\n', 1, "neither question nor answer"),
    "empty-answer": ("faq.md", b"# T\n\n## A?\n\nYes.\n\n## B?\n", 7, "“B?” has no answer"),
    "bytes": ("faq.md", b"# T\n\n## A?\n\ncaf\xe9\n", 5, "UTF-8"),
}


class TestContent:
    @pytest.mark.parametrize(
        ("name", "content", "line", "what"), BAD_CONTENT.values(), ids=BAD_CONTENT
    )
    def test_an_error_is_told_with_its_file_and_line_and_nothing_is_built(
        self,
        qa: Command,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        content: bytes,
        line: int,
        what: str,
    ) -> None:
        monkeypatch.setattr("index.model.find_model", lambda *_: MODEL)
        Path(name).write_bytes(content)
        told = the_line(qa("index", name))
        assert told.startswith(f"{name}:{line}: ")
        assert what in told
        assert not Path(".qa").exists()
        checked = qa("check", name)
        assert checked.code == 1
        assert f"error: {name}:{line}: " in checked.out
        assert "Traceback" not in checked.err

    def test_a_warning_counts_only_when_strict(self, qa: Command) -> None:
        lines = [{"id": id_, "question": "Card?", "answer": f"It is {id_}."} for id_ in "ab"]
        Path("faq.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        lax = qa("check", "--quick", "faq.jsonl")
        strict = qa("check", "--quick", "--strict", "faq.jsonl")
        assert (lax.code, strict.code) == (0, 1)
        assert "warning: faq.jsonl:2: “Card?” leads to another entry too" in lax.out
        assert lax.out.endswith("1 page, 2 entries: 0 errors, 1 warning.\n")

    def test_content_without_fault_passes_strictly(self, qa: Command) -> None:
        Path("content").mkdir()
        Path("content/faq.md").write_text("# T\n\n## Card?\n\nYes, at the counter.\n")
        ran = qa("check", "--quick", "--strict")
        assert (ran.code, ran.out) == (0, "1 page, 1 entry: 0 errors, 0 warnings.\n")

    @pytest.mark.parametrize("command", ["check", "import", "index"])
    def test_a_source_that_is_not_there_is_named(
        self, qa: Command, command: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("index.model.find_model", lambda *_: MODEL)
        ran = qa(command, "missing.md")
        assert ran.code == 1
        assert "missing.md: " in (ran.out if command == "check" else the_line(ran))

    def test_a_scraped_page_is_imported_and_then_checks_out(self, qa: Command) -> None:
        Path("hours.txt").write_text("Intro.\n-\nWhen?\nAt nine.\n")
        first, again = qa("import", "hours.txt", "--title", "Hours"), qa("check", "--quick")
        assert first.out.endswith("content/hours.md: written\n1 entry: 1 new.\n")
        assert again.out == "1 page, 1 entry: 0 errors, 0 warnings.\n"
        Path("content/hours.md").write_text("# Mine\n")
        assert the_line(qa("import", "hours.txt")).startswith(
            "content/hours.md:1: this file has no"
        )

    def test_a_file_name_that_is_not_text_is_no_traceback(self, tmp_path: Path) -> None:
        (tmp_path / "caf\udce9.md").write_text("# T\n\n## A?\n")
        strict = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}
        running = process("check", bytes(tmp_path), env=strict)
        out, err = running.communicate()
        assert running.returncode == 1
        assert b"A?" in out
        assert b"Traceback" not in err


class TestBatch:
    def test_rows_come_in_the_order_of_the_questions(self, qa: Command, built: Path) -> None:
        ran = qa("batch", "-", "--index", built, "-k", 2, stdin=f"refund\n{GIBBERISH}\ngift\n")
        rows = [json.loads(line) for line in ran.out.splitlines()]
        assert [row["question"] for row in rows] == ["refund", GIBBERISH, "gift"]
        assert rows[0]["answer"]["id"] == "refund"
        assert {len(row["ranking"]) for row in rows} == {2}
        assert ran.err.splitlines()[-1].startswith("3 questions, ")

    def test_a_question_that_cannot_be_asked_is_told_of_with_its_line(
        self, qa: Command, built: Path
    ) -> None:
        Path("q.txt").write_text("refund\n" + "x" * 2001 + "\n")
        ran = qa("batch", "q.txt", "--index", built, "-o", "out.csv")
        assert (ran.code, ran.out) == (0, "")
        assert "q.txt:2: the question is longer than 2,000 characters" in ran.err
        rows = Path("out.csv").read_text().splitlines()
        assert rows[0] == "id,question,answered,confidence,answer_id,answer"
        assert rows[1].startswith("1,refund,")

    @pytest.mark.parametrize(
        ("file", "output"),
        [
            ("missing.txt", "-"),
            ("q.pdf", "-"),
            ("q.txt", "out.pdf"),
            ("q.csv", "-"),
            ("q.txt", "q.txt"),
        ],
        ids=["missing", "format", "output-format", "no-column", "itself"],
    )
    def test_a_file_that_cannot_be_used_is_named(
        self, qa: Command, built: Path, file: str, output: str
    ) -> None:
        for name in ("q.pdf", "q.txt", "q.csv"):
            Path(name).write_text("a\n")
        line = the_line(qa("batch", file, "-o", output, "--index", built))
        assert (output if output != "-" else file) in line
        assert Path("q.txt").read_text() == "a\n"

    def test_a_reader_that_has_had_enough_is_no_fault(self, built: Path, tmp_path: Path) -> None:
        questions = tmp_path / "q.txt"
        questions.write_text("opening hours\n" * 3000)
        running = process(
            "batch", str(questions), "--index", str(built), "-k", "10", code=WITH_HASHED
        )
        assert running.stdout and running.stderr
        first = running.stdout.readline()
        running.stdout.close()
        err = running.stderr.read().decode()
        assert json.loads(first)["answer"]["id"] == "hours"
        assert (running.wait(), err) == (0, "")
        running.stderr.close()
