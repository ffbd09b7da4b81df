"""Answering a file of questions: read, answer a chunk, write it, and so on to the end.

Rows are written in the order of the questions and as soon as a chunk is answered, so a run that
was stopped can be resumed and neither file is ever held as a whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from index.entry import Entry
from index.errors import InputError
from qa.answer import Answer
from qa.answer_files import (
    JSONL,
    AnsweredEntry,
    BatchAnswer,
    Kept,
    OutputFormat,
    already_written,
    format_of,
    opened,
)
from qa.question_files import STANDARD_INPUT, Question, read_questions

CHUNK: Final = 256
"""Questions answered together: enough to keep the encoder busy, few enough to see progress."""

FAULTS_KEPT: Final = 20
"""How many faults are kept word for word; beyond them they are counted."""

STANDARD_OUTPUT: Final = "-"
"""What stands for standard output where a path is expected."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A question that could not be asked: the line where it starts, and why."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run did. A question at fault has its row, so it counts as asked.

    `resumed` rows were there before and count as nothing else. `faults` are the first
    `FAULTS_KEPT` of `fault_count`, in order of line.
    """

    asked: int
    answered: int
    resumed: int
    faults: tuple[Fault, ...]
    fault_count: int


AnswerMany: TypeAlias = Callable[[Sequence[str], int], Sequence[BatchAnswer]]
"""Texts and k in; an answer for each out, in the same order, with at most k ranked entries."""

_UNASKED: Final = BatchAnswer(answered=False, confidence=0.0, answer=None, ranking=())


def run_batch(
    source: str,
    target: str = STANDARD_OUTPUT,
    *,
    answer_many: AnswerMany,
    problem_of: Callable[[str], str | None],
    k: int,
    stdin: BinaryIO,
    stdout: BinaryIO,
    resume: bool = False,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> BatchSummary:
    """Answer the questions of `source` and write a row for each to `target`, in the same order.

    `target` is a `.jsonl` or `.csv` file, or `-`: JSONL to `stdout`. `problem_of` says why a text
    cannot be asked; such a question gets an unanswered row and a fault. An output that is there
    already is overwritten, but not before the first questions could be read; with `resume` its
    complete rows are kept. `on_progress` is given the number of rows in the output.

    Raises InputError for what the user can mend, OSError if the output can no longer be written
    (disk full, pipe closed).
    """
    run = _Run(answer_many, problem_of, k, on_progress)
    questions = read_questions(source, stdin=stdin)
    if target != STANDARD_OUTPUT:
        _refuse_own_input(source, Path(target))
        _write_file(run, questions, Path(target), resume=resume)
    elif resume:
        what = "--resume needs the output of the earlier run."
        raise InputError(what, mend="Name it with -o FILE.")
    else:
        run.write(_chunks(questions), stdout, JSONL)
    return run.summary()


def _write_file(run: "_Run", questions: Iterator[Question], path: Path, *, resume: bool) -> None:
    kind = format_of(path)
    kept = already_written(path, questions) if resume else Kept()
    run.resumed = kept.rows
    chunks = _chunks(questions)
    first = next(chunks, [])  # a fault in the first questions must not cost an earlier output
    with opened(path, kept.size) as out:
        if not kept.size:
            out.write(kind.header)
        run.write(chain([first], chunks), out, kind)


def _chunks(questions: Iterator[Question]) -> Iterator[list[Question]]:
    while chunk := list(islice(questions, CHUNK)):
        yield chunk


@dataclass(slots=True)
class _Run:
    """One run and what it has counted so far."""

    answer_many: AnswerMany
    problem_of: Callable[[str], str | None]
    k: int
    on_progress: Callable[[int], None]
    resumed: int = 0
    asked: int = 0
    answered: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    def write(self, chunks: Iterator[list[Question]], out: BinaryIO, kind: OutputFormat) -> None:
        for chunk in chunks:
            answers = self._answers(chunk)
            out.write(b"".join(map(kind.row, chunk, answers)))
            out.flush()
            self.asked += len(chunk)
            self.answered += sum(answer.answered for answer in answers)
            self.on_progress(self.resumed + self.asked)

    def summary(self) -> BatchSummary:
        return BatchSummary(
            self.asked, self.answered, self.resumed, tuple(self.faults), self.fault_count
        )

    def _answers(self, chunk: Sequence[Question]) -> list[BatchAnswer]:
        problems = [self.problem_of(question.text) for question in chunk]
        pairs = list(zip(chunk, problems, strict=True))
        for question, problem in pairs:
            if problem is not None:
                self._note(Fault(question.line, problem))
        texts = [question.text for question, problem in pairs if problem is None]
        answers = iter(self._answer(texts))
        return [next(answers) if problem is None else _UNASKED for problem in problems]

    def _answer(self, texts: Sequence[str]) -> Sequence[BatchAnswer]:
        answers = self.answer_many(texts, self.k) if texts else ()
        if len(answers) != len(texts):
            raise ValueError(f"{len(texts)} questions, {len(answers)} answers")
        return answers

    def _note(self, fault: Fault) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(fault)


def _refuse_own_input(source: str, path: Path) -> None:
    if source == STANDARD_INPUT:
        return
    questions = Path(source)
    if questions.exists() and path.exists() and questions.samefile(path):
        what = "these are the questions; the answers would overwrite them."
        raise InputError(what, where=str(path), mend="Name another output.")


def answering(ask_many: Callable[[Sequence[str]], Sequence[Answer]]) -> AnswerMany:
    """Turn an answerer's answers into rows of a batch, with the k best entries of each."""
    return lambda questions, k: [_batch_answer(answer, k) for answer in ask_many(questions)]


def _batch_answer(answer: Answer, k: int) -> BatchAnswer:
    entry = answer.entry
    return BatchAnswer(
        answered=answer.answered,
        confidence=answer.confidence,
        answer=_answered_entry(entry) if entry else None,
        ranking=[(one.entry.id, round(one.score, 6)) for one in answer.ranking[:k]],
    )


def _answered_entry(entry: Entry) -> AnsweredEntry:
    return AnsweredEntry(entry.id, entry.question, entry.answer, entry.page, entry.url)
