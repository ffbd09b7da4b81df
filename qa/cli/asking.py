"""The commands that ask: `qa ask` one question, `qa batch` a file of them."""

import io
import sys
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from index.errors import InputError
from index.text import one_line
from qa.cli.console import Index, answerer_of, bar, err, out, reader_may_leave, settings_of

if TYPE_CHECKING:
    from qa.http.schemas import AskReply


def ask(
    question: Annotated[str, typer.Argument(help="What a person would ask.")],
    index: Index = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many alternatives.")] = 3,
    tag: Annotated[list[str] | None, typer.Option(help="Only entries with this tag.")] = None,
    page: Annotated[str, typer.Option(help="Only entries of this page.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print what the API returns.")] = False,
) -> None:
    """Answer a question in the terminal."""
    from qa.answerer import Scope, problem_of
    from qa.http.schemas import AskReply

    if problem := problem_of(question):
        raise InputError(f"{problem}.")
    answer = answerer_of(settings_of(index=index)).ask(
        question, scope=Scope(tags=tuple(tag or ()), page=page)
    )
    reply = AskReply.of(uuid4().hex, question.strip(), answer, k)
    if json:
        typer.echo(reply.model_dump_json(indent=2))
    else:
        _show(reply)


def batch(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help=".txt, .csv, .jsonl, or - for stdin.")
    ],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help=".jsonl or .csv; -: stdout.")
    ] = "-",
    index: Index = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="How many entries to rank.")] = 10,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a stop.")] = False,
) -> None:
    """Answer a file of questions, in order."""
    from qa.answerer import problem_of
    from qa.batch import answering, run_batch

    answerer = answerer_of(settings_of(index=index))
    with reader_may_leave(), bar() as shown:
        task = shown.add_task("questions", total=None)
        summary = run_batch(
            file,
            output,
            answer_many=answering(answerer.ask_many),
            problem_of=problem_of,
            k=k,
            # A service may be started without a standard input.
            stdin=sys.stdin.buffer if sys.stdin else io.BytesIO(),
            stdout=sys.stdout.buffer,
            resume=resume,
            on_progress=lambda done: shown.update(task, completed=done),
        )
    for fault in summary.faults:
        err(f"{file}:{fault.line}: {fault.what}; it was not asked.")
    if summary.fault_count > len(summary.faults):
        err(f"... and {summary.fault_count - len(summary.faults)} more that were not asked.")
    err(f"{summary.asked} questions, {summary.answered} answered.")


def _show(reply: "AskReply") -> None:
    if reply.answer:
        out(reply.answer.question or reply.answer.id, bold=True)
        # Not by `out`: the answer is shown word for word.
        typer.echo(f"\n{reply.answer.answer}\n")
        sure = f"{min(reply.confidence, 0.99):.0%} sure"
        place = [reply.answer.page, reply.answer.url, reply.answer.id]
        out(" · ".join(filter(None, [sure, _matched(reply), *place])), dim=True)
        return
    out(reply.message, bold=True)
    if reply.alternatives:
        out("Did you mean:")
    for alternative in reply.alternatives:
        out(f"  - {alternative.question}")


def _matched(reply: "AskReply") -> str:
    """The wording that the question came nearest to; empty where the heading says it already."""
    wording = reply.basis.wording if reply.basis else ""
    if not wording or (reply.answer and wording == reply.answer.question):
        return ""
    return f"matched “{one_line(wording)}”"
