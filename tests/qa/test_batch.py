"""Answering a file of questions, whole or after a stop."""

import csv
import io
import json
import os
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import InputError
from qa.answer_files import AnsweredEntry, BatchAnswer, already_written
from qa.batch import CHUNK, FAULTS_KEPT, AnswerMany, BatchSummary, Fault, run_batch
from qa.question_files import read_questions

PAY = AnsweredEntry(
    id="billing.pay",
    question="How do I pay?",
    answer='By card, or "à la carte":\r\n\n- **Visa** 😀\n',
    page="Billing",
    url="https://example.org/faq#pay",
)
HEADER = b"id,question,answered,confidence,answer_id,answer\r\n"


def answer_many(texts: Sequence[str], k: int) -> list[BatchAnswer]:
    """Know about paying, and nothing else."""
    ranking = [("billing.pay", 0.75), ("other", -0.5)][:k]
    known = BatchAnswer(answered=True, confidence=2 / 3, answer=PAY, ranking=ranking)
    unknown = BatchAnswer(answered=False, confidence=0.0625, answer=None, ranking=ranking)
    return [known if "pay" in text else unknown for text in texts]


def problem_of(text: str) -> str | None:
    if not text.strip():
        return "the question is empty."
    if len(text) > 2_000:
        return "the question is longer than 2,000 characters."
    if any("\ud800" <= char <= "\udfff" for char in text):
        return "the question holds half a character."
    return None


def run(
    source: Path | str,
    target: Path | str = "-",
    *,
    answer_many: AnswerMany = answer_many,
    k: int = 10,
    resume: bool = False,
    stdin: bytes = b"",
    stdout: io.BufferedIOBase | None = None,
    on_progress: Callable[[int], None] = lambda done: None,
) -> BatchSummary:
    return run_batch(
        str(source),
        str(target),
        answer_many=answer_many,
        problem_of=problem_of,
        k=k,
        stdin=io.BytesIO(stdin),
        stdout=stdout or io.BytesIO(),  # type: ignore[arg-type]  # a stream is a stream
        resume=resume,
        on_progress=on_progress,
    )


def printed(stdin: bytes) -> bytes:
    stdout = io.BytesIO()
    run("-", stdin=stdin, stdout=stdout)
    return stdout.getvalue()


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Five questions: known, unknown, empty, half a character, and one full of delimiters."""
    path = tmp_path / "questions.jsonl"
    texts = ["How to pay?", "Où?", " ", "\ud800", 'pay "now",\nor; \r\nlater']
    ids = ["a", "b", "b", 'c"\udc80', "ü,\r\n"]
    records = ({"id": id_, "text": text} for id_, text in zip(ids, texts, strict=True))
    path.write_text("\n".join(map(json.dumps, records)))
    return path


def numbered(path: Path, count: int) -> Path:
    path.write_text("".join(f"pay {number}\n" for number in range(1, count + 1)))
    return path


class TestFormats:
    def test_jsonl(self, questions: Path, tmp_path: Path) -> None:
        run(questions, tmp_path / "out.jsonl", k=1)
        answer = (
            '{"id": "billing.pay", "question": "How do I pay?",'
            ' "answer": "By card, or \\"à la carte\\":\\r\\n\\n- **Visa** 😀\\n",'
            ' "page": "Billing", "url": "https://example.org/faq#pay"}'
        )
        ranking = '"ranking": [{"id": "billing.pay", "score": 0.75}]}'
        fault = '"answered": false, "confidence": 0.0, "answer": null, "ranking": []}'
        assert (tmp_path / "out.jsonl").read_bytes().decode().split("\n") == [
            '{"id": "a", "question": "How to pay?", "answered": true, "confidence": 0.666667,'
            f' "answer": {answer}, {ranking}',
            '{"id": "b", "question": "Où?", "answered": false, "confidence": 0.0625,'
            f' "answer": null, {ranking}',
            f'{{"id": "b", "question": " ", {fault}',
            f'{{"id": "c\\"\\udc80", "question": "\\ud800", {fault}',
            '{"id": "ü,\\r\\n", "question": "pay \\"now\\",\\nor; \\r\\nlater", "answered": true,'
            f' "confidence": 0.666667, "answer": {answer}, {ranking}',
            "",
        ]

    def test_csv(self, questions: Path, tmp_path: Path) -> None:
        run(questions, tmp_path / "OUT.CSV")
        answer = 'billing.pay,"By card, or ""à la carte"":\r\n\n- **Visa** 😀\n"\r\n'
        assert (tmp_path / "OUT.CSV").read_bytes().decode() == (
            "id,question,answered,confidence,answer_id,answer\r\n"
            f"a,How to pay?,true,0.666667,{answer}"
            "b,Où?,false,0.0625,,\r\n"
            "b, ,false,0.0,,\r\n"
            '"c""\\udc80",\\ud800,false,0.0,,\r\n'
            f'"ü,\r\n","pay ""now"",\nor; \r\nlater",true,0.666667,{answer}'
        )

    def test_standard_output_is_jsonl_as_in_a_file(self, questions: Path, tmp_path: Path) -> None:
        run(questions, tmp_path / "out.jsonl")
        assert printed(questions.read_bytes()) == (tmp_path / "out.jsonl").read_bytes()

    @pytest.mark.parametrize(("name", "expected"), [("out.jsonl", b""), ("out.csv", HEADER)])
    def test_no_question_gives_no_row(self, tmp_path: Path, name: str, expected: bytes) -> None:
        summary = run("-", tmp_path / name)
        assert (tmp_path / name).read_bytes() == expected
        assert summary == BatchSummary(0, 0, 0, (), 0)

    def test_a_confidence_that_is_no_number_never_becomes_invalid_json(self) -> None:
        def broken(texts: Sequence[str], k: int) -> list[BatchAnswer]:
            return [BatchAnswer(False, float("nan"), None, ()) for _ in texts]

        with pytest.raises(ValueError, match="JSON"):
            run("-", stdin=b"a", answer_many=broken)

    @given(
        texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=6)
    )
    def test_any_question_reads_back_in_order(
        self, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
    ) -> None:
        source = "\n".join(json.dumps({"text": text}) for text in texts).encode()
        written = [json.loads(line)["question"] for line in printed(source).splitlines()]
        assert written == texts

        path = tmp_path_factory.getbasetemp() / "any.csv"
        run("-", path, stdin=source)
        with path.open(encoding="utf-8", newline="") as file:
            assert [row["question"] for row in csv.DictReader(file)] == texts
        answered = already_written(path, read_questions("-", stdin=io.BytesIO(source)))
        assert (answered.rows, answered.size) == (len(texts), path.stat().st_size)


class TestRun:
    def test_the_summary_counts_rows_answers_and_faults(self, questions: Path) -> None:
        assert run(questions) == BatchSummary(
            asked=5,
            answered=2,
            resumed=0,
            faults=(
                Fault(3, "the question is empty."),
                Fault(4, "the question holds half a character."),
            ),
            fault_count=2,
        )

    def test_faults_are_counted_beyond_those_kept(self) -> None:
        summary = run("-", stdin=b'{"text": ""}\n' * (FAULTS_KEPT + 5))
        assert [fault.line for fault in summary.faults] == list(range(1, FAULTS_KEPT + 1))
        assert (summary.fault_count, summary.asked) == (FAULTS_KEPT + 5, FAULTS_KEPT + 5)

    def test_a_long_question_is_a_fault_and_the_longest_allowed_is_not(self) -> None:
        summary = run("-", stdin=b"a" * 2_000 + b"\n" + b"a" * 2_001)
        assert summary.faults == (Fault(2, "the question is longer than 2,000 characters."),)

    def test_chunks_are_answered_and_flushed_in_order(self, tmp_path: Path) -> None:
        """What was answered is in the file before the next chunk is begun."""
        out = tmp_path / "out.jsonl"
        seen: list[tuple[int, int]] = []
        done: list[int] = []

        def watched(texts: Sequence[str], k: int) -> list[BatchAnswer]:
            seen.append((len(texts), out.read_bytes().count(b"\n")))
            return answer_many(texts, k)

        source = numbered(tmp_path / "q.txt", 2 * CHUNK + 10)
        run(source, out, answer_many=watched, on_progress=done.append)
        assert seen == [(CHUNK, 0), (CHUNK, CHUNK), (10, 2 * CHUNK)]
        assert done == [CHUNK, 2 * CHUNK, 2 * CHUNK + 10]
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert [row["question"] for row in rows] == source.read_text().splitlines()

    def test_k_is_handed_on_and_faults_are_not_asked(self, questions: Path) -> None:
        asked: list[tuple[list[str], int]] = []

        def watched(texts: Sequence[str], k: int) -> list[BatchAnswer]:
            asked.append((list(texts), k))
            return answer_many(texts, k)

        run(questions, answer_many=watched, k=3)
        run("-", stdin=b'{"text": ""}', answer_many=watched)
        assert asked == [(["How to pay?", "Où?", 'pay "now",\nor; \r\nlater'], 3)]

    @pytest.mark.parametrize("count", [0, 2])
    def test_an_answerer_that_loses_count_is_found_out(self, count: int) -> None:
        with pytest.raises(ValueError, match=f"1 questions, {count} answers"):
            run("-", stdin=b"a", answer_many=lambda texts, k: answer_many(["a"] * count, k))

    def test_an_earlier_output_is_written_anew(self, questions: Path, tmp_path: Path) -> None:
        out = tmp_path / "out.csv"
        out.write_bytes(b"x" * 10_000)
        run(questions, out)
        assert out.read_bytes().startswith(HEADER)
        assert b"x" not in out.read_bytes()

    def test_a_source_that_cannot_be_read_leaves_an_earlier_output(self, tmp_path: Path) -> None:
        out = tmp_path / "out.jsonl"
        out.write_bytes(b"earlier")
        for stdin in (b'{"text": "a"}\n{', b"\xff"):
            with pytest.raises(InputError, match="standard input:"):
                run("-", out, stdin=stdin)
        assert out.read_bytes() == b"earlier"

    def test_memory_does_not_grow_with_the_number_of_questions(self, tmp_path: Path) -> None:
        def peak(count: int) -> int:
            source = numbered(tmp_path / "q.txt", count)
            tracemalloc.start()
            try:
                run(source, tmp_path / "out.csv")
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        peak(CHUNK)  # what is made once, such as caches, is made here
        assert peak(5_000) < peak(500) + 50_000


class TestRefusals:
    def test_an_unknown_suffix(self, questions: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            run(questions, tmp_path / "out.xlsx")
        assert str(caught.value) == (
            f"{tmp_path}/out.xlsx: answers cannot be written as this kind of file."
            " Give one of .jsonl, .csv."
        )

    @pytest.mark.parametrize("resume", [False, True])
    def test_the_questions_themselves(self, questions: Path, tmp_path: Path, resume: bool) -> None:
        """By another name, too."""
        before = questions.read_bytes()
        link = tmp_path / "link.jsonl"
        link.symlink_to(questions)
        for target in (questions, link):
            with pytest.raises(InputError, match="these are the questions"):
                run(questions, target, resume=resume)
        assert questions.read_bytes() == before

    @pytest.mark.parametrize("resume", [False, True])
    def test_a_folder_that_is_not_there_or_no_folder(
        self, questions: Path, tmp_path: Path, resume: bool
    ) -> None:
        (tmp_path / "folder.csv").mkdir()
        reasons = {
            "none/out.csv": "No such file or directory",
            "folder.csv": "Is a directory",
            "questions.jsonl/out.csv": "Not a directory",
        }
        for name, reason in reasons.items():
            with pytest.raises(InputError) as caught:
                run(questions, tmp_path / name, resume=resume)
            assert str(caught.value) == (
                f"{tmp_path / name}: this output cannot be opened: {reason}."
                " Name a file in a folder that you may write to."
            )

    def test_resuming_without_a_file(self, questions: Path) -> None:
        with pytest.raises(InputError, match=r"Name it with -o FILE\.$"):
            run(questions, resume=True)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
    def test_a_full_disk_is_left_to_the_caller(self, questions: Path, tmp_path: Path) -> None:
        (tmp_path / "out.jsonl").symlink_to("/dev/full")
        with pytest.raises(OSError, match="No space left on device"):
            run(questions, tmp_path / "out.jsonl")

    def test_a_closed_pipe_is_left_to_the_caller(self, questions: Path) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with (
            open(writing, "wb", buffering=0) as stdout,  # noqa: PTH123 - a descriptor, not a path
            pytest.raises(BrokenPipeError),
        ):
            run(questions, stdout=stdout)  # type: ignore[arg-type]  # a stream is a stream


@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
class TestResume:
    def test_after_a_stop_at_any_byte_the_output_is_the_same(
        self, tmp_path: Path, name: str
    ) -> None:
        source, whole, cut = tmp_path / "q.jsonl", tmp_path / name, tmp_path / f"cut-{name}"
        texts = ['pay "ü",\r\n;😀', "", "\ud800"]
        source.write_text("".join(json.dumps({"id": "a\n", "text": text}) + "\n" for text in texts))

        def answer_briefly(texts: Sequence[str], k: int) -> list[BatchAnswer]:
            entry = AnsweredEntry(id="p", question="?", answer='"😀"\r\n', page="", url="")
            return [BatchAnswer(True, 0.5, entry, [("p", 0.5)]) for _ in texts]

        run(source, whole, answer_many=answer_briefly)
        expected = whole.read_bytes()
        for size in range(len(expected) + 1):
            cut.write_bytes(expected[:size])
            summary = run(source, cut, answer_many=answer_briefly, resume=True)
            assert cut.read_bytes() == expected, size
            assert summary.resumed + summary.asked == 3, size
        assert (summary.resumed, summary.faults) == (3, ())

    def test_after_a_fault_in_the_questions_was_mended(self, tmp_path: Path, name: str) -> None:
        """The chunks before the fault are kept."""
        source, out, whole = tmp_path / "q.txt", tmp_path / name, tmp_path / f"whole-{name}"
        mended = numbered(source, CHUNK + 3).read_bytes()
        source.write_bytes(mended + b"\xff")
        with pytest.raises(InputError, match=f"q.txt:{CHUNK + 4}: this is not UTF-8"):
            run(source, out)
        source.write_bytes(mended)
        summary = run(source, out, resume=True)
        run(source, whole)
        assert (summary.resumed, summary.asked) == (CHUNK, 3)
        assert out.read_bytes() == whole.read_bytes()

    def test_complete_rows_are_not_answered_again(
        self, questions: Path, tmp_path: Path, name: str
    ) -> None:
        out = tmp_path / name
        run(questions, out)
        asked: list[str] = []
        done: list[int] = []

        def watched(texts: Sequence[str], k: int) -> list[BatchAnswer]:
            asked.extend(texts)
            return answer_many(texts, k)

        out.write_bytes(out.read_bytes()[:-1])
        summary = run(questions, out, resume=True, answer_many=watched, on_progress=done.append)
        assert asked == ['pay "now",\nor; \r\nlater']
        assert summary == BatchSummary(asked=1, answered=1, resumed=4, faults=(), fault_count=0)
        assert done == [5]

    def test_questions_added_since_are_answered(self, tmp_path: Path, name: str) -> None:
        source, out, whole = tmp_path / "q.txt", tmp_path / name, tmp_path / f"whole-{name}"
        run(numbered(source, 2), out)
        summary = run(numbered(source, 5), out, resume=True)
        run(source, whole)
        assert (summary.resumed, summary.asked) == (2, 3)
        assert out.read_bytes() == whole.read_bytes()

    def test_without_an_output_yet_it_begins(
        self, questions: Path, tmp_path: Path, name: str
    ) -> None:
        assert run(questions, tmp_path / name, resume=True).asked == 5

    @pytest.mark.parametrize(
        ("asked_now", "row"),
        [("one\nTWO\nthree", 2), ("zero\none\ntwo", 1), ("one\ntwo", 3), ("\none\ntwo\nthree", 1)],
        ids=["another text", "moved", "shorter", "another id"],
    )
    def test_the_output_of_another_file_is_refused_and_left_as_it_is(
        self, tmp_path: Path, name: str, asked_now: str, row: int
    ) -> None:
        source, out = tmp_path / "q.txt", tmp_path / name
        source.write_text("one\ntwo\nthree")
        run(source, out)
        stopped = out.read_bytes() + b'{"id": "4'
        out.write_bytes(stopped)
        source.write_text(asked_now)
        with pytest.raises(InputError) as caught:
            run(source, out, resume=True)
        assert str(caught.value) == (
            f"{out}: this output belongs to another file: its row {row} is for another question."
            " Name another output, or leave out --resume to write this one anew."
        )
        assert out.read_bytes() == stopped

    @pytest.mark.parametrize("data", [b"n", b"notes\nof mine\n", b"id,question\n1,a\n", b"{}\n"])
    def test_a_file_of_another_kind_is_refused_and_left_as_it_is(
        self, questions: Path, tmp_path: Path, name: str, data: bytes
    ) -> None:
        out = tmp_path / name
        out.write_bytes(data)
        with pytest.raises(InputError, match=r"this was not written by qa batch\."):
            run(questions, out, resume=True)
        assert out.read_bytes() == data

    @pytest.mark.parametrize(
        "damage",
        [b'{"id": "b"}', b"{", b"[]", b"\xff", b'a,"b"c', b"a,b", b'{"id": "b", "question": }'],
    )
    def test_a_damaged_row_is_named(self, tmp_path: Path, name: str, damage: bytes) -> None:
        source, out = numbered(tmp_path / "q.txt", 2), tmp_path / name
        run(source, out)
        rows = out.read_bytes() + damage + b"\r\n"
        out.write_bytes(rows)
        with pytest.raises(InputError, match=r"its row 3 was not written by qa batch\."):
            run(source, out, resume=True)
        assert out.read_bytes() == rows
