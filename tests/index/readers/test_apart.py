"""Readers that run wild or die, in the process that reads; it is the real one."""

import io
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.entry import Entry, Page, State
from index.errors import ContentError
from index.formats.reading import Finding, Reading
from index.readers import forms, wire
from index.readers.apart import Allowance, Apart
from index.readers.source import Options, Source
from index.readers.sources import Asked, read_all
from tests.readings import entries, pairs

TABLE = Source(name="faq.csv", data=b"q,a\nHow?,So.\n,\nWhy?,\n")


@pytest.fixture
def reader() -> Iterator[Apart]:
    with Apart(Allowance()) as reader:
        yield reader


def children() -> set[int]:
    """The processes that this one started and that are there still."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return set(map(int, listed))


def started(before: set[int]) -> int:
    (child,) = children() - before
    return child


def test_what_is_read_apart_is_what_is_read_here(reader: Apart) -> None:
    assert reader.read(TABLE, Options()) == forms.read(TABLE, Options())
    columns = Options(columns={"question": "a", "answer": "q"}, language="de")
    assert reader.read(TABLE, columns) == forms.read(TABLE, columns)


def test_progress_is_told_as_it_is_here(reader: Apart) -> None:
    here: list[int] = []
    apart: list[int] = []
    forms.read(TABLE, Options(progress=here.append))
    reader.read(TABLE, Options(progress=apart.append))
    assert apart == here
    assert sum(apart) == len(TABLE.data)


def test_a_refusal_is_the_same_line_and_the_next_source_is_read(reader: Apart) -> None:
    wrong = Source(name="faq.yaml", data=b"a: [")
    with pytest.raises(ContentError) as here:
        forms.read(wrong, Options())
    with pytest.raises(ContentError) as apart:
        reader.read(wrong, Options())
    assert (apart.value.what, apart.value.where, apart.value.mend) == (
        here.value.what,
        here.value.where,
        here.value.mend,
    )
    assert pairs(reader.read(TABLE, Options())) == [("How?", "So.")]


def test_one_process_reads_all_and_ends_with_the_last() -> None:
    before = children()
    with Apart(Allowance()) as reader:
        assert children() == before  # nothing was asked for
        reader.read(TABLE, Options())
        first = started(before)
        reader.read(TABLE, Options())
        assert started(before) == first
    assert children() == before


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_reader_that_dies_is_one_line_and_the_next_source_is_read(
    reader: Apart, end: signal.Signals
) -> None:
    before = children()
    reader.read(TABLE, Options())
    os.kill(started(before), end)
    with pytest.raises(ContentError) as raised:
        reader.read(TABLE, Options())
    assert str(raised.value) == (
        f"faq.csv: what reads this has failed ({end.name}). "
        "Save it in another form, and import that."
    )
    assert pairs(reader.read(TABLE, Options())) == [("How?", "So.")]


def large(size: int) -> Source:
    row = b"How do I pay for it?,With a card.\n"
    return Source(name="large.csv", data=b"q,a\n" + row * (size // len(row)))


def test_a_source_that_takes_too_much_memory_is_one_line() -> None:
    with Apart(Allowance(memory=48 << 20)) as reader:
        with pytest.raises(ContentError) as raised:
            reader.read(large(40 << 20), Options())
        assert str(raised.value) == (
            "large.csv: reading this takes more than 0.0503 GB. Import it in parts."
        )
        assert pairs(reader.read(TABLE, Options())) == [("How?", "So.")]


def test_a_source_that_takes_too_long_is_one_line() -> None:
    with Apart(Allowance(seconds=1)) as reader:
        with pytest.raises(ContentError) as raised:
            reader.read(large(16 << 20), Options())
        assert str(raised.value) == (
            "large.csv: reading this takes more than 2 s of processor time. Import it in parts."
        )
        assert pairs(reader.read(TABLE, Options())) == [("How?", "So.")]


def test_a_large_source_may_take_longer() -> None:
    allowance = Allowance(seconds=300)
    assert allowance.seconds_for(TABLE) == 300
    assert allowance.seconds_for(Source(name="x", data=bytes(20_000_000))) == 900


def test_the_limits_hold_in_the_process_and_cannot_be_lifted(reader: Apart) -> None:
    before = children()
    reader.read(TABLE, Options())
    child = started(before)
    limits = {kind: resource.prlimit(child, kind) for kind in (resource.RLIMIT_AS,)}
    soft, hard = limits[resource.RLIMIT_AS]
    assert soft == hard
    assert 2 << 30 < soft < 4 << 30
    assert resource.prlimit(child, resource.RLIMIT_CORE) == (0, 0)
    assert resource.prlimit(child, resource.RLIMIT_FSIZE) == (0, 0)
    assert resource.prlimit(child, resource.RLIMIT_CPU)[0] < 400


def test_of_a_folder_all_is_read_but_what_makes_the_reader_fail(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TABLE.data)
    (tmp_path / "b.csv").write_bytes(large(40 << 20).data)
    (tmp_path / "c.csv").write_bytes(b"q,a\nWhen?,Now.\n")
    read = read_all([str(tmp_path)], Asked(allowance=Allowance(memory=48 << 20)))
    assert [entry.question for entry in entries(read.reading)] == ["How?", "When?"]
    (finding,) = (one for one in read.reading.findings if one.where.endswith("b.csv"))
    assert finding.severity == "skipped"
    assert finding.what.startswith("reading this takes more than")


def test_the_folder_that_one_is_in_is_not_looked_in_for_code(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    for name in ("json.py", "resource.py", "index/__init__.py"):
        (tmp_path / name).write_text("open('was-run', 'w').close()\n")
    (tmp_path / "faq.csv").write_bytes(TABLE.data)
    code = (
        "from index.readers.sources import Asked, read_all\n"
        "print(len(read_all(['faq.csv'], Asked()).reading.pages))"
    )
    command = [sys.executable, "-P", "-c", code]
    root = str(Path(wire.__file__).parent.parent.parent)
    ran = subprocess.run(
        command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": root}, capture_output=True
    )
    assert (ran.stdout, ran.stderr) == (b"1\n", b"")
    assert not (tmp_path / "was-run").exists()


# What goes between the two

WHOLE = Reading(
    (
        Page(
            name="p",
            title="T",
            introduction="I",
            url="/p",
            source="s",
            entries=(
                Entry(id="e", question="\ud800?", answer="ä", source="s:1"),
                Entry(
                    id="f",
                    answer="A.",
                    alternates=("x", "y"),
                    tags=("t",),
                    negatives=("n",),
                    prompts=("e",),
                    context_only=True,
                    state=State.DRAFT,
                    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
                    valid_until=datetime(2027, 1, 1, tzinfo=UTC),
                ),
            ),
        ),
        Page(name="empty", title=""),
    ),
    (Finding("warning", "s:2", "what", "mend", "check"),),
)


def test_a_reading_comes_as_it_was_sent() -> None:
    sent = io.BytesIO()
    wire.send_reading(sent, WHOLE)
    sent.seek(0)
    received = wire.receive_reading(sent, print)
    assert received == WHOLE
    assert isinstance(received.pages[0].entries[1].state, State)
    assert [page.source for page in received.pages] == ["s", ""]
    assert received.pages[0].entries[0].source == "s:1"


def test_a_reading_that_breaks_off_is_none() -> None:
    sent = io.BytesIO()
    wire.send_reading(sent, WHOLE)
    for length in range(len(sent.getvalue()) - 1):
        with pytest.raises(wire.GarbledError):
            wire.receive_reading(io.BytesIO(sent.getvalue()[:length]), print)


@given(
    st.binary()
    | st.sampled_from([b'{"page": 1}\n', b'{"entry": {}}\n', b'["done"]\n', b"[" * 9999])
)
def test_whatever_comes_is_a_reading_or_garbled(data: bytes) -> None:
    with suppress(wire.GarbledError):
        assert isinstance(wire.receive_reading(io.BytesIO(data), print), Reading)
