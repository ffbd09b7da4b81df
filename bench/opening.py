"""How soon a snapshot is ready, and what memory it takes: 1,000, 16,407 and 1,000,000 entries.

    python -m bench.opening

The first two are MedQuAD's entries, indexed as they are. The million are runs of six words from its
answers, one vector each, on a hundred pages, with a tag each; they are made once, which takes about
half an hour, and kept. A stand-in encoder makes the vectors, since what they say does not change
what it takes to read them; loading a real one adds what bench.speed says. Each size is opened three
times, in a new process each time; medians. Verifying comes first and reads every file, so what
follows finds them in the page cache, as it does after a restart. Own memory is the process's alone
(Python and libraries included); mapped memory is shared by all processes that serve the snapshot,
and the system may take it back at any time.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile

import numpy as np

from bench.overhead import DIMENSION, Known, StandIn, entries, provide, questions_for
from bench.sets import DATA, INDEXES
from index import arrays, loading
from index.build import Row, build, write
from index.corpus import Corpus
from index.entry import Entry, Field, Page
from index.errors import SnapshotError
from index.manifest import FORMAT, Layout, Manifest, verify
from index.model import Model
from index.shelf import building, folder_of, name_in_force, publish, seal
from index.snapshot import open_snapshot, read
from index.text import normalise
from index.vectors import Vectors
from qa.answerer import Answerer
from qa.fitting import finish
from qa.learned import Learned
from qa.suggest import Suggester

MILLION, A_PAGE, WORDS, STEP = 1_000_000, 10_000, 6, 2
CHUNK, TIMES, ASKED = 10_000, 3, 1_000
MODEL = Model("stand-in", Path("nowhere"), "0" * 64)

TYPED = ("w", "what", "what is the", "treatment of", "diabtes in childen")
"""What is typed for a suggestion: from one letter to misspelt words."""


def medquad(count: int, root: Path) -> None:
    """Index so many of MedQuAD's entries."""
    source = root / "faqs.jsonl"
    lines = (f"{json.dumps(entry)}\n" for entry in islice(entries(), count))
    source.write_text("".join(lines), encoding="utf-8")
    build([source], root, model=MODEL, provide=provide, finish=finish)


def million(root: Path) -> None:
    """Publish the million, past what a build does with content: comparing each question with all
    others takes hours. What is learned from texts with one wording is nothing.
    """
    pages = [_page(number) for number in range(MILLION // A_PAGE)]
    texts = islice(_runs(), MILLION)
    filled = tuple(
        replace(page, entries=tuple(_entry(text, page) for text in islice(texts, A_PAGE)))
        for page in pages
    )
    corpus = Corpus(filled)
    rows = [
        Row(entry=number, field=Field.QUESTION, text=entry.question)
        for number, entry in enumerate(corpus.entries)
    ]
    with building(root) as folder:
        layout = Layout(folder)
        layout.encoder.mkdir()
        said, _ = provide(MODEL, layout.encoder, [])
        search = write(layout, corpus, rows, _encoded([row.text for row in rows]))
        ones = np.ones(len(rows), np.float32)
        nothing = np.empty((0, DIMENSION), np.float32), np.empty(0, np.float32)
        learned = Learned(np.eye(DIMENSION, dtype=np.float32), ones, ones, *nothing)
        arrays.save(layout.learned, learned.arrays())
        counts = {"pages": len(pages), "entries": len(rows), "vectors": len(rows)}
        manifest = Manifest(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            software="bench",
            model=said,
            counts=counts,
            search=search,
            content="",
            files={},
        )
        seal(folder, manifest)
        publish(root, folder)


SIZES: dict[str, Callable[[Path], None]] = {
    "1,000": lambda root: medquad(1_000, root),
    "16,407": lambda root: medquad(16_407, root),
    "1,000,000": million,
}


def _page(number: int) -> Page:
    return Page(name=f"page-{number}", title=f"Page {number}")


def _entry(text: str, page: Page) -> Entry:
    tag = f"tag-{len(text)}"
    return Entry(id=normalise(text).replace(" ", "-"), question=text, page=page.name, tags=(tag,))


def _runs() -> Iterator[str]:
    """Runs of words from MedQuAD's answers, each of which normalises to something else."""
    known: set[str] = set()
    for entry in entries():
        words = entry["answer"].split()
        for start in range(0, len(words) - WORDS, STEP):
            text = " ".join(words[start : start + WORDS])
            if (key := normalise(text)) not in known:
                known.add(key)
                yield text


def _encoded(texts: list[str]) -> Vectors:
    """The vectors of the texts, in a file without a name, so that they take no memory."""
    with TemporaryFile(dir=INDEXES) as file:
        shape = len(texts), DIMENSION
        vectors = np.memmap(file, np.float32, "w+", shape=shape)
    for start in range(0, len(texts), CHUNK):
        vectors[start : start + CHUNK] = StandIn().encode_queries(texts[start : start + CHUNK])
    return vectors


def made(size: str) -> Path:
    """The folder of the snapshot of that size; made now unless it is there."""
    root = INDEXES / "opening" / size.replace(",", "")
    root.mkdir(parents=True, exist_ok=True)
    try:
        open_snapshot(root)
    except SnapshotError:
        SIZES[size](root)
    return folder_of(root, name_in_force(root))


def memory() -> tuple[float, float]:
    """Megabytes of this process's own, and mapped."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = dict(line.split(":") for line in status)
    own, mapped = (int(sizes[key].split()[0]) / 1024 for key in ("RssAnon", "RssFile"))
    return own, mapped


def measure(folder: Path) -> dict[str, float]:
    """Open a snapshot in this process: seconds, and megabytes."""
    began = time.perf_counter()
    manifest = verify(Layout(folder))
    verified = time.perf_counter()
    snapshot = read(folder, manifest)
    opened = time.perf_counter()
    suggester, answerer = Suggester(snapshot), Answerer(snapshot)
    ready = time.perf_counter()
    own, mapped = memory()
    suggester.suggest(TYPED[1], 5)
    first = time.perf_counter() - ready
    times = [_seconds(partial(suggester.suggest, text, 5)) for text in TYPED]
    questions = questions_for(snapshot)
    asking = Answerer(replace(snapshot, encoder=Known(questions)))
    del answerer
    for number in range(ASKED):
        asking.ask(questions[number % len(questions)])
    own_after, mapped_after = memory()
    return {
        "verify": verified - began,
        "open": opened - verified,
        "ready": ready - verified,
        "own": own,
        "mapped": mapped,
        "first": first * 1000,
        "suggest": max(times) * 1000,
        "own_after": own_after,
        "mapped_after": mapped_after,
    }


def _seconds(work: Callable[[], object]) -> float:
    work()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(size: str) -> str:
    """A row of the table."""
    folder = made(size)
    command = [sys.executable, "-m", "bench.opening", str(folder)]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(TIMES)]
    of = {key: median(run[key] for run in runs) for key in runs[0]}
    megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    return (
        f"| {size} | {megabytes:,.0f} MB | {of['verify']:.2f} s | {of['open']:.3f} s "
        f"| {of['ready']:.3f} s | {of['own']:.0f} + {of['mapped']:.0f} MB "
        f"| {of['own_after']:.0f} + {of['mapped_after']:.0f} MB "
        f"| {of['first']:.1f} ms | {of['suggest']:.1f} ms |"
    )


def main() -> None:
    """Print a row for each size, or measure the snapshot in the folder that is named."""
    loading.LOADERS["stand-in"] = lambda *_: StandIn()
    if len(sys.argv) > 1:
        print(json.dumps(measure(Path(sys.argv[1]))))
        return
    if not (DATA / "medquad").is_dir():
        sys.exit(f"no medquad in {DATA}: set QA_DATA to the folder that holds the sets.")
    print(
        "| entries | files | verifying | opening | ready to answer | memory then, own + mapped "
        "| after 1,000 questions | first suggestion | slowest of five, again |"
    )
    print("| --- " * 9 + "|", flush=True)
    for size in SIZES:
        print(row(size), flush=True)


if __name__ == "__main__":
    main()
