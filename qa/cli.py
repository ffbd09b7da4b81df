"""The command `qa`. Each command parses, calls, and prints; the work is done elsewhere.

Exit codes: 0 done, 1 bad input, 2 bad usage. Results go to standard output, all else to standard
error.
"""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from index.errors import InputError, UserError
from qa.settings import Settings

if TYPE_CHECKING:
    from index.build import Watcher
    from qa.answerer import Answerer
    from qa.http.schemas import AskReply

app = typer.Typer(
    name="qa",
    help="Answers questions from a FAQ, word for word, or says that it has no answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)

Index = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Where the snapshots lie. [default: .qa/index]"),
]
Sources = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[SOURCE]...", help="Files and folders of content. [default: content]"),
]


def main() -> None:
    """Run the command line; a fault that the user can mend is one line and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name may hold bytes that are no text; a terminal may lack a character.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except UserError as error:
        _fail(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror or error}.")


@app.command()
def index(
    sources: Sources = None,
    index: Index = None,
    model: Annotated[
        str | None, typer.Option(help="A sentence-transformers model by name or path.")
    ] = None,
) -> None:
    """Build or update the snapshot; only what changed is embedded again."""
    from index.build import build
    from index.model import DEFAULT_MODEL, find_model

    settings = _settings(index=index, model=model)
    report = build(
        sources or [Path("content")],
        settings.index,
        model=find_model(settings.model),
        watcher=_watcher(),
    )
    for warning in report.warnings:
        err.print(f"warning: {warning}")
    if settings.model != DEFAULT_MODEL:
        err.print(
            f"warning: confidence was fitted for {DEFAULT_MODEL}; with another model it is a guess."
        )
    done = f"{report.embedded} embedded anew" if report.changed else "nothing changed"
    out.print(f"{report.entries} entries, {report.vectors} vectors, {done}: {report.name}")


@app.command()
def check(
    sources: Sources = None,
    index: Index = None,  # noqa: ARG001 - every command takes it, so that scripts need not choose
    strict: Annotated[bool, typer.Option("--strict", help="Count warnings as errors.")] = False,
) -> None:
    """Validate content without building; exit code 1 when there are errors."""
    from index.corpus import check as check_corpus
    from index.corpus import read_corpus

    corpus, findings = read_corpus(sources or [Path("content")])
    findings = [*findings, *check_corpus(corpus)]
    for finding in findings:
        out.print(f"{finding.severity}: {finding}")
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    out.print(
        f"{_count(len(corpus.pages), 'page')}, {_count(len(corpus.entries), 'entry', 'entries')}: "
        f"{_count(errors, 'error')}, {_count(warnings, 'warning')}."
    )
    if errors or (strict and warnings):
        raise typer.Exit(1)


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="What to import.")],
    index: Index = None,  # noqa: ARG001 - as above
    to: Annotated[
        Path, typer.Option(metavar="FOLDER|FILE.jsonl", help="Where the content is to go.")
    ] = Path("content"),
    title: Annotated[str, typer.Option(help="The page's title. [default: from its name]")] = "",
) -> None:
    """Turn other formats into content: Markdown pages, or one JSONL file."""
    from qa.importing import read_pages, write_pages

    pages, findings = read_pages(files, title)
    for finding in findings:
        err.print(f"{finding.severity}: {finding}")
    for written in write_pages(pages, to):
        done = "written" if written.changed else "unchanged"
        out.print(f"{written.path}: {written.entries} entries, {done}")


@app.command()
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
    answer = _answerer(_settings(index=index)).ask(
        question, scope=Scope(tags=tuple(tag or ()), page=page)
    )
    reply = AskReply.of(uuid4().hex, question.strip(), answer, k)
    if json:
        typer.echo(reply.model_dump_json(indent=2))
    else:
        _show(reply)


@app.command()
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

    answerer = _answerer(_settings(index=index))
    with _reader_may_leave(), _bar() as bar:
        task = bar.add_task("questions", total=None)
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
            on_progress=lambda done: bar.update(task, completed=done),
        )
    for fault in summary.faults:
        err.print(f"{file}:{fault.line}: {fault.what}; it was not asked.")
    if summary.fault_count > len(summary.faults):
        err.print(f"... and {summary.fault_count - len(summary.faults)} more that were not asked.")
    err.print(f"{summary.asked} questions, {summary.answered} answered.")


@app.command()
def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address. [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one. [default: 8000]")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes. [default: 1]")] = None,
) -> None:
    """Start the service."""
    from qa.serving import serve as run

    run(_settings(index=index, host=host, port=port, workers=workers), say=err.print)


def _settings(**options: object) -> Settings:
    """The settings of the environment; options that were given win."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        if name in given:
            hint = f"--{name}"
            raise typer.BadParameter(
                f"{first['msg']}, not {first['input']!r}.", param_hint=hint
            ) from error
        variable = f"QA_{name.upper()}"
        raise InputError(f"{first['msg']}, not {first['input']!r}.", where=variable) from error


def _answerer(settings: Settings) -> "Answerer":
    # Here and not above: `qa check --help` must not wait for the encoder's libraries.
    from index.snapshot import open_snapshot
    from qa.answerer import Answerer

    snapshot, problems = open_snapshot(settings.index, threads=settings.threads)
    for problem in problems:
        err.print(f"warning: {problem} An earlier snapshot is used.")
    return Answerer(snapshot)


def _show(reply: "AskReply") -> None:
    if reply.answer:
        out.print(reply.answer.question or reply.answer.id, style="bold")
        # Not through the console, which would expand tabs: the answer is shown word for word.
        typer.echo(f"\n{reply.answer.answer}\n")
        place = [reply.answer.page, reply.answer.url, reply.answer.id]
        sure = f"{min(reply.confidence, 0.99):.0%} sure"
        out.print(" · ".join([sure, *filter(None, place)]), style="dim")
        return
    out.print(reply.message, style="bold")
    if reply.alternatives:
        out.print("Did you mean:")
    for alternative in reply.alternatives:
        out.print(f"  - {alternative.question}")


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    """Whoever reads our output may have had enough (`| head`): nothing is wrong then."""
    try:
        yield
    except BrokenPipeError:
        # Here and not in `main`: typer would end with exit code 1 before.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        # Where nobody sees a bar, it would leave an empty line.
        disable=not err.is_terminal,
    )


def _watcher() -> "Watcher":
    from index.build import Watcher

    class Shown(Watcher):
        """Shows a build's steps, and a bar while it embeds."""

        def step(self, name: str) -> None:
            """Say what has begun."""
            err.print(f"{name} ...", style="dim")

        @contextmanager
        def embedding(self, total: int) -> Iterator[Callable[[int], None]]:
            """Show how many texts are embedded."""
            with _bar() as bar:
                task = bar.add_task("Embedding", total=total)
                yield lambda done: bar.advance(task, done)

    return Shown()


def _fail(message: str) -> None:
    err.print(f"qa: {message}", style="red")
    sys.exit(1)
