import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from index import arrays, loading
from index.build import BuildReport, ContentFaultsError, amend, build, rows_of
from index.embedding import Journal, Watcher
from index.encoder import Progress
from index.entry import Entry, Field, Page, State
from index.errors import BusyError, InputError, ModelError, SnapshotError
from index.manifest import Layout
from index.model import Model
from index.shelf import building
from index.snapshot import Snapshot, load, open_snapshot
from index.vectors import Vectors
from tests.conftest import ENTRIES, MODEL, HashedEncoder, provide_hashed

Q, ALT, A, QA = Field.QUESTION, Field.ALTERNATE, Field.ANSWER, Field.QUESTION_ANSWER
PART = Field.PASSAGE
# Twelve words four times are 48; the thirteen words after them begin another passage.
FIRST = "Pay at the *desk* by card or in cash when you leave. " * 4
SECOND = "Whoever has lost the ticket that the machine gave them pays ten euros."
PLAIN = FIRST.replace("*", "").strip()
NEW_MODEL = Model("other", Path("nowhere"), "f" * 64)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            Entry(id="e", question="Pay how?", answer="By *card*.", alternates=("payment", "cash")),
            [
                (Q, "Pay how?"),
                (ALT, "payment"),
                (ALT, "cash"),
                (A, "By card."),
                (QA, "Pay how? By card."),
            ],
        ),
        (
            Entry(id="e", question="Pay how?", answer="[Card](x)"),
            [(Q, "Pay how?"), (A, "Card"), (QA, "Pay how? Card")],
        ),
        (Entry(id="e", answer="By card."), [(A, "By card.")]),
        (Entry(id="e", question="Pay how?"), [(Q, "Pay how?")]),
        (
            Entry(id="e", answer="By card.", alternates=("payment",)),
            [(ALT, "payment"), (A, "By card."), (QA, "payment By card.")],
        ),
        (
            Entry(id="e", question="Pay\nhow?", answer="![](picture.png)", alternates=("a\nb",)),
            [(Q, "Pay how?"), (ALT, "a b")],
        ),
        (
            Entry(id="e", question="Pay how?", answer=f"{FIRST}\n\n**{SECOND}**"),
            [
                (Q, "Pay how?"),
                (A, f"{PLAIN} {SECOND}"),
                (QA, f"Pay how? {PLAIN} {SECOND}"),
                (PART, PLAIN),
                (PART, SECOND),
            ],
        ),
        (
            Entry(id="e", answer=f"{FIRST}{SECOND}"),
            [(A, f"{PLAIN} {SECOND}"), (PART, PLAIN), (PART, SECOND)],
        ),
        # One passage would say what the whole answer says.
        (Entry(id="e", answer=FIRST), [(A, PLAIN)]),
        (Entry(id="e", answer="so " * 99 + "on."), [(A, "so " * 99 + "on.")]),
    ],
    ids=[
        "all",
        "no alternates",
        "answer only",
        "question only",
        "no question",
        "picture",
        "two passages",
        "passages only",
        "one passage",
        "one long sentence",
    ],
)
def test_what_gets_a_vector(entry: Entry, expected: list[tuple[Field, str]]) -> None:
    assert [(row.field, row.text) for row in rows_of([entry])] == expected
    assert {row.entry for row in rows_of([entry])} == {0}
    assert {row.entry for row in rows_of([Entry(id="first", answer="x"), entry])} == {0, 1}


class CountingEncoder(HashedEncoder):
    """Remembers the texts that it had to embed."""

    embedded: list[str]

    def __init__(self) -> None:
        self.embedded = []

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of what the FAQ holds."""
        self.embedded += texts
        return super().encode_documents(texts, progress)


class Workshop:
    """A content file, the index built from it, and what each build did."""

    def __init__(self, folder: Path) -> None:
        self.source, self.root = folder / "faq.jsonl", folder / "index"
        self.exported: list[str] = []
        self.encoder = CountingEncoder()
        self.precision = "float32"

    def build(self, entries: Sequence[dict[str, Any]], model: Model = MODEL) -> BuildReport:
        """Write the entries and build."""
        self.encoder.embedded = []
        self.source.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
        return build([self.source], self.root, model=model, provide=self._provide)

    def _provide(
        self, model: Model, folder: Path, samples: Sequence[str]
    ) -> tuple[dict[str, Any], str]:
        self.exported.append(model.name)
        assert samples
        said, _ = provide_hashed(model, folder, samples)
        return {**said, "precision": self.precision}, f"{model.name} is slow."

    def snapshot(self) -> Snapshot:
        """The one in force."""
        return open_snapshot(self.root)[0]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    workshop = Workshop(tmp_path)
    monkeypatch.setitem(loading.LOADERS, "hashed", lambda *_: workshop.encoder)
    return workshop


def changed(number: int, **values: object) -> list[dict[str, Any]]:
    return [{**e, **values} if i == number else e for i, e in enumerate(ENTRIES)]


def texts_of(snapshot: Snapshot) -> list[str]:
    return [row.text for row in rows_of(snapshot.entries)]


def assert_vectors_are_those_of_the_texts(snapshot: Snapshot) -> None:
    expected = HashedEncoder().encode_documents(texts_of(snapshot))
    np.testing.assert_array_equal(snapshot.vectors.vectors, expected)
    rows = list(rows_of(snapshot.entries))
    assert snapshot.rows.entry.tolist() == [row.entry for row in rows]
    assert snapshot.rows.field.tolist() == [row.field for row in rows]


def test_a_first_build_embeds_every_text_once_and_reports_what_there_is(workshop: Workshop) -> None:
    report = workshop.build(ENTRIES)
    snapshot = workshop.snapshot()
    assert sorted(workshop.encoder.embedded) == sorted(set(texts_of(snapshot)))
    # By hand: ten questions less one, seven alternates, ten answers, and nine of both.
    assert (report.entries, report.vectors, report.embedded) == (10, 35, 35)
    assert (report.name, report.changed) == (snapshot.name, True)
    assert snapshot.manifest.counts == {"pages": 3, "entries": 10, "vectors": 35}
    assert_vectors_are_those_of_the_texts(snapshot)


def test_unchanged_content_is_left_as_it_is(workshop: Workshop) -> None:
    first = workshop.build(ENTRIES)
    again = workshop.build(ENTRIES)
    assert again == replace(first, embedded=0, changed=False, warnings=again.warnings)
    assert workshop.encoder.embedded == []
    assert workshop.exported == ["hashed"]
    assert [path.name for path in (workshop.root / "snapshots").iterdir()] == [first.name]


def test_only_what_changed_is_embedded_again(workshop: Workshop) -> None:
    workshop.build(ENTRIES)
    report = workshop.build(changed(1, answer="In front of the house."))
    assert workshop.encoder.embedded == [
        "In front of the house.",
        "Where can I park my car? In front of the house.",
    ]
    assert (report.embedded, report.changed) == (2, True)
    assert workshop.exported == ["hashed"]
    assert workshop.snapshot().entries[1].answer == "In front of the house."
    assert_vectors_are_those_of_the_texts(workshop.snapshot())


@pytest.mark.parametrize(
    "entries",
    [ENTRIES[::-1], ENTRIES[3:], changed(0, tags=["other"]), changed(7, state="published")],
    ids=["reversed", "removed", "tagged", "published"],
)
def test_entries_moved_removed_or_described_anew_need_no_embedding(
    workshop: Workshop, entries: list[dict[str, Any]]
) -> None:
    workshop.build(ENTRIES)
    report = workshop.build(entries)
    assert (report.embedded, report.changed) == (0, True)
    assert_vectors_are_those_of_the_texts(workshop.snapshot())


def test_another_model_embeds_everything_again(workshop: Workshop) -> None:
    first = workshop.build(ENTRIES)
    report = workshop.build(ENTRIES, NEW_MODEL)
    assert report.embedded == first.embedded
    assert workshop.exported == ["hashed", "other"]
    said = workshop.snapshot().manifest.model
    assert (said["name"], said["digest"]) == ("other", NEW_MODEL.digest)


def test_texts_that_are_the_same_are_embedded_once(workshop: Workshop) -> None:
    twice = [{"id": i, "question": f"{i}?", "answer": "Ask at the desk."} for i in ("a", "b")]
    report = workshop.build(twice)
    assert workshop.encoder.embedded.count("Ask at the desk.") == 1
    assert (report.vectors, report.embedded) == (6, 5)
    assert_vectors_are_those_of_the_texts(workshop.snapshot())


def test_content_with_errors_publishes_nothing_and_lists_them_all(workshop: Workshop) -> None:
    before = workshop.build(ENTRIES).name
    bad = [
        {"id": "twice", "question": "One?", "answer": "1."},
        {"id": "twice", "question": "Two?", "answer": "2."},
        {"id": "empty", "question": " ", "answer": ""},
        {"id": "date", "question": "When?", "answer": "Soon.", "valid_from": "soon"},
    ]
    with pytest.raises(ContentFaultsError) as caught:
        workshop.build([*ENTRIES, *bad])
    assert len(caught.value.findings) == len(str(caught.value).splitlines()) == 3
    for line in (12, 13, 14):
        assert f"{workshop.source}:{line}" in str(caught.value)
    assert workshop.snapshot().name == before


def test_content_with_errors_makes_no_index(workshop: Workshop) -> None:
    with pytest.raises(ContentFaultsError):
        workshop.build([{"id": "empty"}])
    assert not workshop.root.exists()


def test_warnings_of_content_and_model_are_reported_and_do_not_stop_the_build(
    workshop: Workshop,
) -> None:
    again = {**ENTRIES[0], "id": "hours2"}
    warnings = workshop.build([*ENTRIES, again]).warnings
    assert any("“When are you open?” leads to another entry too" in line for line in warnings)
    assert warnings[-1] == "hashed is slow."
    assert len(workshop.snapshot().entries) == 11


def test_damage_to_one_snapshots_encoder_leaves_the_one_before_whole(workshop: Workshop) -> None:
    before, after = (workshop.build(changed(0, answer=f"{hour} o'clock.")).name for hour in (8, 9))
    (Layout(workshop.root / "snapshots" / after).encoder / "encoder.json").write_text("{}")
    assert workshop.snapshot().name == before


def test_all_that_an_entry_says_survives_the_snapshot(workshop: Workshop) -> None:
    odd = {
        "id": "odd",
        "question": "Ça\u2028va?",
        "answer": 'Line one\n\n* 🎉\x0b\x85 \\ "two"\r\n',
        "alternates": ["  spaced ", "C++"],
        "page": "Été & co",
        "url": "https://example.org/?a=1&b=é",
        "tags": ["visit", "ü"],
        "state": "withdrawn",
        "valid_from": "2025-01-01T09:30+02:00",
        "valid_until": "2025-12-31",
    }
    workshop.build([*ENTRIES, odd])
    snapshot = workshop.snapshot()
    assert snapshot.entries[-1] == Entry(
        id="odd",
        question="Ça\u2028va?",
        answer='Line one\n\n* 🎉\x0b\x85 \\ "two"\r\n',
        alternates=("  spaced ", "C++"),
        page="Été & co",
        url="https://example.org/?a=1&b=é",
        tags=("visit", "ü"),
        state=State.WITHDRAWN,
        valid_from=datetime(2025, 1, 1, 7, 30, tzinfo=UTC),
        valid_until=datetime(2026, 1, 1, tzinfo=UTC),
    )
    states = {entry.id: entry.state for entry in snapshot.entries}
    assert states["draft"] is State.DRAFT
    assert states["hours"] is State.PUBLISHED


def test_pages_keep_title_introduction_and_address(tmp_path: Path) -> None:
    page = tmp_path / "visit.md"
    page.write_text("# Your visit\n\nAll about *visiting*.\n\n## When?\n\nAt nine.\n")
    build([page], tmp_path / "index", model=MODEL, provide=provide_hashed)
    snapshot = open_snapshot(tmp_path / "index")[0]
    kept = [replace(found, entries=()) for found in snapshot.pages]
    assert kept == [Page(name="visit", title="Your visit", introduction="All about *visiting*.")]
    # A changed title alone is a change.
    page.write_text(page.read_text().replace("Your visit", "Visit us"))
    report = build([page], tmp_path / "index", model=MODEL, provide=provide_hashed)
    assert (report.changed, report.embedded) == (True, 0)


def test_entries_without_a_single_word_can_be_built_and_opened(workshop: Workshop) -> None:
    source = [{"id": "map", "answer": "![](map.png)"}]
    workshop.source.write_text(json.dumps(source[0]))
    report = build([workshop.source], workshop.root, model=MODEL, provide=provide_hashed)
    assert (report.entries, report.vectors) == (1, 0)
    assert len(workshop.snapshot().vectors) == 0


def test_a_watcher_sees_the_steps_and_every_text_pass(tmp_path: Path, corpus_file: Path) -> None:
    class Listener(Watcher):
        steps: list[str] = []  # noqa: RUF012 - one listener
        total = done = 0

        def step(self, name: str) -> None:
            self.steps.append(name)

        @contextmanager
        def counting(self, name: str, total: int) -> Iterator[Progress]:
            self.total = total
            yield self.add

        def add(self, count: int) -> None:
            self.done += count

    listener = Listener()
    root = tmp_path / "index"
    build([corpus_file], root, model=MODEL, provide=provide_hashed, watcher=listener)
    assert listener.steps == [
        "Reading the content",
        "Exporting the model hashed",
        "Writing the snapshot",
        "Learning from the entries",
    ]
    assert listener.done == listener.total == 35


class Finishing:
    """A finisher that remembers what it was given, and writes and warns."""

    def __init__(self) -> None:
        self.given: list[tuple[Snapshot, Layout, Layout | None]] = []

    def __call__(self, staged: Snapshot, layout: Layout, earlier: Layout | None) -> Sequence[str]:
        """Store how many vectors there are, as what was learned."""
        assert not layout.manifest.exists()
        self.given.append((staged, layout, earlier))
        count = np.array([len(staged.vectors)], np.float32)
        arrays.save(layout.learned, {"count": count})
        layout.calibration.write_text(json.dumps({"entries": len(staged.entries)}))
        return [f"{len(staged.entries)} entries seen."]


def finished(workshop: Workshop, entries: Sequence[dict[str, Any]], **options: Any) -> Finishing:  # noqa: ANN401 - handed on
    """What the finisher of a build of these entries was given."""
    finishing = Finishing()
    workshop.source.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    given = {"model": MODEL, "provide": provide_hashed, "finish": finishing, **options}
    build([workshop.source], workshop.root, **given)
    return finishing


def test_the_finisher_is_given_what_is_staged_and_where(workshop: Workshop) -> None:
    ((staged, layout, earlier),) = finished(workshop, ENTRIES).given
    snapshot = workshop.snapshot()
    assert list(staged.entries) == list(snapshot.entries)
    np.testing.assert_array_equal(staged.vectors.vectors, snapshot.vectors.vectors)
    np.testing.assert_array_equal(staged.rows.entry, snapshot.rows.entry)
    assert staged.encoder.dimension == snapshot.vectors.dimension
    assert (staged.learned, staged.calibration) == ({}, {})
    assert layout.folder.parent == workshop.root / "snapshots"
    # It was a folder under construction, gone under that name; there was none before it.
    assert not layout.folder.exists()
    assert earlier is None


def test_what_the_finisher_writes_is_published_and_vouched_for(workshop: Workshop) -> None:
    finished(workshop, ENTRIES)
    snapshot = workshop.snapshot()
    assert {name: array.tolist() for name, array in snapshot.learned.items()} == {"count": [35]}
    assert snapshot.calibration == {"entries": 10}
    assert {"learned/count.npy", "calibration.json"} <= set(snapshot.manifest.files)


def test_the_finisher_is_told_where_the_snapshot_before_lies(workshop: Workshop) -> None:
    first = finished(workshop, ENTRIES)
    name = workshop.snapshot().name
    for options in ({}, {"model": NEW_MODEL}):
        ((_, _, earlier),) = finished(workshop, [*ENTRIES[1:], ENTRIES[0]], **options).given
        assert earlier == Layout(workshop.root / "snapshots" / name)
        assert json.loads(earlier.calibration.read_text()) == {"entries": 10}
        name = workshop.snapshot().name
    assert len(first.given) == 1


def test_the_finisher_is_not_asked_where_nothing_changed(workshop: Workshop) -> None:
    finished(workshop, ENTRIES)
    assert finished(workshop, ENTRIES).given == []


def test_what_the_finisher_warns_of_is_reported(workshop: Workshop) -> None:
    options = {"model": MODEL, "provide": provide_hashed}
    workshop.source.write_text(json.dumps(ENTRIES[0]))
    report = build([workshop.source], workshop.root, finish=Finishing(), **options)  # type: ignore[arg-type]
    assert report.warnings == ("1 entries seen.",)


def test_a_finisher_that_fails_publishes_nothing(workshop: Workshop) -> None:
    before = workshop.build(ENTRIES).name

    def fail(staged: Snapshot, layout: Layout, earlier: Layout | None) -> Sequence[str]:
        layout.learned.mkdir()
        raise ModelError("scikit-learn is not installed.")

    with pytest.raises(ModelError, match="not installed"):
        finished(workshop, ENTRIES[1:], finish=fail)
    assert workshop.snapshot().name == before
    assert [path.name for path in (workshop.root / "snapshots").iterdir()] == [before]


def test_amending_publishes_a_copy_with_what_was_written_into_it(workshop: Workshop) -> None:
    finished(workshop, ENTRIES)
    before = workshop.snapshot()

    def change(current: Snapshot, layout: Layout) -> str:
        assert current.name == before.name
        assert layout.folder.name != before.name
        layout.calibration.write_text('{"entries": "many"}')
        layout.labels.write_text("one\n")
        return "changed"

    name, returned = amend(workshop.root, change)
    after, problems = open_snapshot(workshop.root)
    assert (after.name, returned, problems) == (name, "changed", [])
    assert name != before.name
    assert after.calibration == {"entries": "many"}
    assert Layout(workshop.root / "snapshots" / name).labels.read_text() == "one\n"
    # All else is as it was, and so is the snapshot that was copied.
    assert list(after.entries) == list(before.entries)
    assert after.learned["count"].tolist() == [35]
    np.testing.assert_array_equal(after.vectors.vectors, before.vectors.vectors)
    differing = {"calibration.json", "labels.jsonl"}
    same = set(before.manifest.files) - differing
    assert {n: after.manifest.files[n] for n in same} == {n: before.manifest.files[n] for n in same}
    assert set(after.manifest.files) == same | differing
    assert replace(after.manifest, files={}) == replace(before.manifest, files={})
    again = load(workshop.root / "snapshots" / before.name)
    assert (again.calibration, again.manifest) == ({"entries": 10}, before.manifest)


def test_an_amended_snapshot_is_the_one_that_the_next_build_goes_on_from(
    workshop: Workshop,
) -> None:
    workshop.build(ENTRIES)
    name, _ = amend(workshop.root, lambda current, layout: layout.labels.write_text("kept\n"))
    assert workshop.build(ENTRIES).changed is False
    ((_, _, earlier),) = finished(workshop, ENTRIES[1:]).given
    assert earlier and earlier.labels.read_text() == "kept\n"
    assert earlier.folder.name == name


def test_where_amending_fails_nothing_changes(workshop: Workshop) -> None:
    before = workshop.build(ENTRIES).name

    def fail(current: Snapshot, layout: Layout) -> None:
        layout.calibration.write_text("{}")
        raise InputError("there are too few labels.")

    with pytest.raises(InputError, match="too few"):
        amend(workshop.root, fail)
    assert workshop.snapshot().name == before
    assert workshop.snapshot().calibration == {}
    assert [path.name for path in (workshop.root / "snapshots").iterdir()] == [before]
    # The lock is free again.
    assert workshop.build(ENTRIES[1:]).changed


def test_nothing_is_amended_while_another_builds(workshop: Workshop) -> None:
    workshop.build(ENTRIES)
    with building(workshop.root), pytest.raises(BusyError):
        amend(workshop.root, lambda current, layout: None)


def test_without_a_snapshot_there_is_nothing_to_amend(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="there is no snapshot here"):
        amend(tmp_path / "index", lambda current, layout: None)


def test_another_precision_has_another_encoder_and_other_vectors(workshop: Workshop) -> None:
    first = workshop.build(ENTRIES)
    report = workshop.build(ENTRIES, replace(MODEL, precision="int8"))
    assert (report.changed, report.embedded) == (True, first.embedded)
    assert workshop.exported == ["hashed", "hashed"]
    assert workshop.snapshot().manifest.model["asked"] == "int8"


def test_what_an_encoder_of_another_version_embedded_is_embedded_anew(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("index.build.ENCODER_FORMAT", 1)
        first = workshop.build(ENTRIES)
    report = workshop.build(ENTRIES)
    assert (report.changed, report.embedded) == (True, first.embedded)
    assert workshop.exported == ["hashed", "hashed"]
    assert not workshop.build(ENTRIES).changed


def test_where_an_encoder_does_not_run_another_precision_does(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = workshop.build(ENTRIES)
    loads = iter([ModelError("it does not run here."), *[None] * 3])

    def load(*_: object) -> CountingEncoder:
        if problem := next(loads):
            raise problem
        return workshop.encoder

    monkeypatch.setitem(loading.LOADERS, "hashed", load)
    with pytest.raises(SnapshotError, match="does not run here"):
        open_snapshot(workshop.root)
    report = workshop.build(ENTRIES, replace(MODEL, precision="int8"))
    assert (report.changed, report.embedded) == (True, first.embedded)


@pytest.mark.parametrize("what", ["nothing", "asked", "came of it", "format"])
def test_a_build_that_was_stopped_is_gone_on_with_by_the_same_encoder_only(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr("index.build.write", Mock(side_effect=KeyboardInterrupt))
        workshop.build(ENTRIES)
    model = replace(MODEL, precision="int8") if what == "asked" else MODEL
    if what == "came of it":
        workshop.precision = "int8"
    if what == "format":
        monkeypatch.setattr("index.build.ENCODER_FORMAT", 1)
    report = workshop.build(ENTRIES, model)
    assert report.embedded == (0 if what == "nothing" else report.vectors)
    assert list(workshop.root.glob("embedded-*")) == []


def test_a_change_that_was_taken_back_leaves_no_journal(workshop: Workshop) -> None:
    workshop.build(ENTRIES)
    Journal(workshop.root, "any").append(
        np.zeros((1, 16), np.uint8), np.eye(1, 64, dtype=np.float32)
    )
    assert not workshop.build(ENTRIES).changed
    assert list(workshop.root.glob("embedded-*")) == []


def test_what_a_model_could_not_do_is_said_at_every_build(workshop: Workshop) -> None:
    workshop.build(ENTRIES)
    assert any("hashed is slow." in one for one in workshop.build(ENTRIES[1:]).warnings)
