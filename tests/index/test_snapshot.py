import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from xxhash import xxh3_128_hexdigest

from index import arrays
from index import snapshot as snapshot_module
from index.build import BuildReport, amend, build
from index.encoder import EncoderDescription
from index.entries import EntryTable
from index.entry import Entry
from index.errors import BusyError, InputError, SnapshotError
from index.history import kept, roll_back
from index.lexical import Coverage, LexicalIndex
from index.lookup import Lookup
from index.manifest import FORMAT, Layout, Manifest
from index.model import Model
from index.shelf import building, candidates, seal
from index.snapshot import RowTable, Snapshot, load, open_snapshot, read
from index.text import normalise
from index.wordings import WordingTable
from tests.conftest import ENTRIES, MODEL, ROOT, provide_hashed

RECORDS = {
    "entries": EntryTable,
    "ids": Lookup,
    "scopes": Lookup,
    "wordings": WordingTable,
    "forms": Lookup,
    "rows": RowTable,
    "phrasings": LexicalIndex,
    "texts": Coverage,
}
"""The folders that hold a record of arrays, a file each."""
FILES = [
    "manifest.json",
    "pages.json",
    "entries.jsonl",
    "wordings.txt",
    "vectors.npy",
    *(f"{folder}/{field.name}.npy" for folder, of in RECORDS.items() for field in fields(of)),
    "learned/one.npy",
    "calibration.json",
    "labels.jsonl",
    "encoder/encoder.json",
]
FITTED = {"learned/one.npy", "calibration.json", "labels.jsonl"}
"""There only where `qa` has fitted something."""
OF_EACH_KIND = {name.partition("/")[0]: name for name in FILES}.values()
"""Of each folder one file."""
REMEDY = "Build it with: qa index."


def fitted(staged: Snapshot, layout: Layout, earlier: Layout | None) -> list[str]:
    """Write something into every file that `qa` may add."""
    arrays.save(layout.learned, {"one": np.eye(2, dtype=np.float32)})
    layout.calibration.write_text(json.dumps({"thresholds": [[0.1, 0.5]]}))
    layout.labels.write_text('{"text": "open?", "relevant": ["hours"]}\n')
    return []


def build_with(root: Path, question: str, **options: int) -> BuildReport:
    """Build one entry more, so that there is something new to publish."""
    source = root.parent / "faq.jsonl"
    added = {"id": "added", "question": question, "answer": "It depends.", "page": "visit"}
    source.write_text("".join(json.dumps(entry) + "\n" for entry in [*ENTRIES, added]))
    return build([source], root, model=MODEL, provide=provide_hashed, finish=fitted, **options)


def folder_in_force(root: Path) -> Path:
    return root / "snapshots" / (root / "current").read_text().strip()


def added(entries: Sequence[Entry]) -> str:
    return next((entry.question for entry in entries if entry.id == "added"), "none")


def test_every_file_of_a_snapshot_has_its_place_in_the_layout(built: Path) -> None:
    assert places_and_files(built) == set(FILES) - FITTED
    build_with(built, "Do you have a shop?")
    assert places_and_files(built) == set(FILES)


def places_and_files(built: Path) -> set[str]:
    """The files that are there: all that the layout has a place for, and that are vouched for."""
    layout = Layout(folder_in_force(built))
    places = {name: getattr(layout, name) for name in vars(Layout) if name[0] != "_"}
    missing = {path.name for path in places.values() if not path.exists()}
    assert missing in (set(), {name.partition("/")[0] for name in FITTED})
    there = {p.relative_to(layout.folder).as_posix() for p in layout.folder.rglob("*.*")}
    manifest = Manifest.from_json(layout.manifest.read_text(), layout.manifest)
    assert set(manifest.files) == there - {"manifest.json"}
    return there


def test_what_is_published_opens_as_it_was_written(built: Path) -> None:
    snapshot, problems = open_snapshot(built)
    assert problems == []
    assert snapshot.name == folder_in_force(built).name
    pages = ["visit", "orders", "account"]
    assert [page.name for page in snapshot.pages] == pages
    by_page = sorted(ENTRIES, key=lambda entry: pages.index(entry["page"]))
    assert [entry.id for entry in snapshot.entries] == [entry["id"] for entry in by_page]
    assert snapshot.manifest.counts["entries"] == len(ENTRIES)
    assert len(snapshot.vectors) == len(snapshot.rows.entry) == len(snapshot.rows.digest)
    assert len(snapshot.texts) == len(ENTRIES)
    wordings = [text for entry in snapshot.entries for text in entry.phrasings]
    forms = [snapshot.wordings[row] for row in range(len(snapshot.wordings))]
    assert forms == [normalise(wording) for wording in wordings]
    expected = LexicalIndex.fit(wordings)
    for field in fields(LexicalIndex):
        found = getattr(snapshot.phrasings, field.name)
        np.testing.assert_array_equal(found, getattr(expected, field.name))
        assert found.dtype == getattr(expected, field.name).dtype


def test_the_encoder_of_the_one_before_is_shared_where_its_files_are_the_same(built: Path) -> None:
    before, _ = open_snapshot(built)
    build_with(built, "Do you have a shop?")
    assert load(folder_in_force(built), before=before).encoder is before.encoder

    def other(model: Model, folder: Path, samples: Sequence[str]) -> tuple[dict[str, Any], str]:
        provided = provide_hashed(model, folder, samples)
        description = EncoderDescription.load(folder)
        replace(description, query_prompt="query: ").save(folder)
        return provided

    source = built.parent / "faq.jsonl"
    for digest, provide in (("1" * 64, other), ("2" * 64, provide_hashed)):  # files, or the model
        build([source], built, model=replace(MODEL, digest=digest), provide=provide)
        assert load(folder_in_force(built), before=before).encoder is not before.encoder


def test_what_was_fitted_is_handed_on_as_it_was_written(built: Path) -> None:
    assert (open_snapshot(built)[0].learned, open_snapshot(built)[0].calibration) == ({}, {})
    build_with(built, "Do you have a shop?")
    snapshot = open_snapshot(built)[0]
    assert list(snapshot.learned) == ["one"]
    np.testing.assert_array_equal(snapshot.learned["one"], np.eye(2, dtype=np.float32))
    assert snapshot.learned["one"].dtype == np.float32
    assert snapshot.calibration == {"thresholds": [[0.1, 0.5]]}


def test_what_was_fitted_is_never_unpickled(built: Path) -> None:
    build_with(built, "Do you have a shop?")
    folder = folder_in_force(built)
    manifest = Manifest.from_json((folder / "manifest.json").read_text(), folder)
    np.save(folder / "learned" / "one.npy", np.array([print], dtype=object))
    # Even one that the manifest vouches for.
    with pytest.raises(ValueError, match="Python objects"):
        read(folder, manifest)


def test_a_staged_folder_is_read_before_it_is_sealed_and_sealing_vouches_for_every_file(
    built: Path, tmp_path: Path
) -> None:
    staged = tmp_path / "staged"
    shutil.copytree(folder_in_force(built), staged)
    manifest = Manifest.from_json((staged / "manifest.json").read_text(), staged)
    (staged / "manifest.json").unlink()
    bare = replace(manifest, files={})
    assert list(read(staged, bare).entries) == list(open_snapshot(built)[0].entries)
    (staged / "calibration.json").write_text('{"a": 1}')
    for _ in range(2):  # an old seal is no part of the new one
        seal(staged, bare)
        sealed = Manifest.from_json((staged / "manifest.json").read_text(), staged)
        assert replace(sealed, files={}) == bare
        checksum = xxh3_128_hexdigest(b'{"a": 1}')
        assert sealed.files == manifest.files | {"calibration.json": checksum}
    assert read(staged, sealed).calibration == {"a": 1}


def test_nothing_in_a_snapshot_is_pickled(built: Path) -> None:
    build_with(built, "Do you have a shop?")
    folder = folder_in_force(built)
    paths = list(folder.rglob("*.npy"))
    assert len(paths) > len(RECORDS)
    for path in paths:
        assert not np.load(path, allow_pickle=False).dtype.hasobject
    assert not any(b"cnumpy" in path.read_bytes() for path in folder.rglob("*.*"))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)


DAMAGES = {
    "first byte flipped": lambda path: flip(path, 0),
    "middle byte flipped": lambda path: flip(path, path.stat().st_size // 2),
    "last byte flipped": lambda path: flip(path, -1),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "zeroed": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "missing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_a_damaged_file_is_named_and_the_snapshot_before_it_is_used(
    built: Path, name: str, damage: Callable[[Path], object]
) -> None:
    before = folder_in_force(built).name
    build_with(built, "Do you have a shop?")
    path = folder_in_force(built) / name
    damage(path)
    snapshot, problems = open_snapshot(built)
    assert snapshot.name == before
    assert added(snapshot.entries) == "none"
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}: ")
    assert problems[0].endswith(REMEDY)


def test_every_single_flipped_byte_of_the_manifest_is_noticed(built: Path) -> None:
    """The manifest vouches for the other files; only the snapshot's name vouches for it."""
    path = folder_in_force(built) / "manifest.json"
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        flip(path, at)
        with pytest.raises(SnapshotError, match=r"^[^\n]+$"):
            open_snapshot(built)
        path.write_bytes(content)
    assert open_snapshot(built)[1] == []


POINTERS = {
    "missing": None,
    "empty": b"",
    "zeroed": bytes(32),
    "not text": b"\xff\xfe\x00",
    "nonsense": b"nonsense",
    "elsewhere": b"../../etc",
    "of a snapshot that is gone": b"20200101T000000.000000Z-0123abcd\n",
}


@pytest.mark.parametrize("pointer", POINTERS.values(), ids=POINTERS.keys())
def test_without_a_good_pointer_the_newest_snapshot_is_used(
    built: Path, pointer: bytes | None
) -> None:
    build_with(built, "Do you have a shop?")
    (built / "current").unlink()
    if pointer is not None:
        (built / "current").write_bytes(pointer)
    assert added(open_snapshot(built)[0].entries) == "Do you have a shop?"


def test_a_snapshot_put_back_in_force_is_used_and_damaged_gives_way_to_an_earlier_only(
    built: Path,
) -> None:
    first = folder_in_force(built).name
    second = build_with(built, "Two?").name
    build_with(built, "Three?")
    (built / "current").write_text(second + "\n")
    assert added(open_snapshot(built)[0].entries) == "Two?"
    flip(built / "snapshots" / second / "rows" / "entry.npy", 9)
    assert open_snapshot(built)[0].name == first


@pytest.mark.parametrize("rest", [FILES[:3], FILES[3:], []], ids=["first", "last", "nothing"])
def test_a_half_deleted_snapshot_without_another_is_one_line_with_the_mend(
    built: Path, rest: list[str]
) -> None:
    for name in set(FILES) - FITTED - set(rest):
        (folder_in_force(built) / name).unlink()
    with pytest.raises(SnapshotError) as caught:
        open_snapshot(built)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(REMEDY)
    assert str(folder_in_force(built)) in str(caught.value)


@pytest.mark.parametrize("kind", ["no folder", "empty folder", "a file", "no snapshots"])
def test_where_there_is_no_snapshot_the_mend_is_named(built: Path, kind: str) -> None:
    shutil.rmtree(built / "snapshots" if kind == "no snapshots" else built)
    if kind == "empty folder":
        built.mkdir()
    elif kind == "a file":
        built.write_text("")
    with pytest.raises(SnapshotError, match=rf"^{built}[^ ]*: [^\n]* {REMEDY}$"):
        open_snapshot(built)


def test_a_snapshot_of_another_format_says_so_and_names_the_command(built: Path) -> None:
    path = folder_in_force(built) / "manifest.json"
    path.write_text('{"format": 7, "of": "another time"}')
    with pytest.raises(SnapshotError) as caught:
        open_snapshot(built)
    assert f"format 7, this version reads 3 and {FORMAT}." in str(caught.value)
    assert "qa index" in str(caught.value)
    # The command then does mend it.
    build([built.parent / "faq.jsonl"], built, model=MODEL, provide=provide_hashed)
    assert open_snapshot(built)[1] == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": [4]}', f'{{"format": {FORMAT}}}', "[" * 100_000]
)
def test_what_is_no_manifest_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(SnapshotError, match=rf"^{tmp_path}: [^\n]{{1,200}}$"):
        Manifest.from_json(text, tmp_path)


def into_format_3(root: Path) -> Path:
    """The snapshot in force as it was before: vouched for by SHA-256. Returns its folder."""
    folder = folder_in_force(root)
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    files = {name: sha256((folder / name).read_bytes()).hexdigest() for name in document["files"]}
    path.write_text(json.dumps(document | {"format": 3, "files": files}))
    stamp, _, _ = folder.name.partition("-")
    renamed = folder.with_name(f"{stamp}-{sha256(path.read_bytes()).hexdigest()[:8]}")
    folder.rename(renamed)
    (root / "current").write_text(renamed.name)
    return renamed


def test_a_snapshot_of_the_format_before_is_read_and_its_damage_noticed(built: Path) -> None:
    before = folder_in_force(built).name
    build_with(built, "Do you have a shop?")
    folder = into_format_3(built)
    snapshot, problems = open_snapshot(built)
    assert (snapshot.name, problems) == (folder.name, [])
    assert snapshot.manifest.format == 3
    assert [one.problem for one in kept(built, thorough=True)] == ["", ""]
    flip(folder / "vectors.npy", -1)
    snapshot, (problem,) = open_snapshot(built)
    assert snapshot.name == before
    assert problem.startswith(f"{folder / 'vectors.npy'}: the file is damaged.")


def test_a_snapshot_of_the_format_before_is_built_anew_and_nothing_is_embedded(
    built: Path,
) -> None:
    folder = into_format_3(built)
    report = build([built.parent / "faq.jsonl"], built, model=MODEL, provide=provide_hashed)
    assert (report.changed, report.embedded) == (True, 0)
    snapshot, problems = open_snapshot(built)
    assert (snapshot.manifest.format, problems) == (FORMAT, [])
    np.testing.assert_array_equal(snapshot.vectors.vectors, np.load(folder / "vectors.npy"))


def test_what_is_amended_in_the_format_before_is_written_in_the_present_one(built: Path) -> None:
    old = load(into_format_3(built))
    name, _ = amend(built, lambda _current, layout: layout.labels.write_text("kept\n"))
    snapshot, problems = open_snapshot(built)
    assert (snapshot.name, snapshot.manifest.format, problems) == (name, FORMAT, [])
    assert load(folder_in_force(built), before=old).encoder is not old.encoder
    assert load(folder_in_force(built), before=snapshot).encoder is snapshot.encoder


def test_the_manifest_says_how_vectors_are_searched(built: Path) -> None:
    snapshot = open_snapshot(built)[0]
    assert snapshot.manifest.search == snapshot.vectors.settings
    assert snapshot.manifest.search["kind"] == "exact"


def test_what_a_snapshot_holds_outlives_its_files_and_cannot_be_written_to(built: Path) -> None:
    snapshot = open_snapshot(built)[0]
    entries = list(snapshot.entries)
    shutil.rmtree(built)
    assert [snapshot.entries[number] for number in range(len(ENTRIES))] == entries
    assert snapshot.wordings.claimants("opening hours") == [0]
    for array in (snapshot.rows.entry, snapshot.vectors.vectors, snapshot.phrasings.idf):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_three_newest_snapshots_are_kept(built: Path) -> None:
    names = [folder_in_force(built).name]
    names += [build_with(built, f"Question {number}?").name for number in range(4)]
    assert sorted(path.name for path in (built / "snapshots").iterdir()) == sorted(names[-3:])
    assert open_snapshot(built)[0].name == names[-1]


HOLD = """
import sys, pathlib
from index.shelf import building
with building(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_build(built: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is building."""
    command = [sys.executable, "-c", HOLD, str(built)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_of_two_builds_at_once_the_second_is_told_and_nothing_is_lost(
    built: Path, other_build: subprocess.Popen[str]
) -> None:
    staged = list((built / "snapshots").glob(".tmp-*"))
    with pytest.raises(BusyError, match=f"{built}: another process is building into this index"):
        build_with(built, "Do you have a shop?")
    assert list((built / "snapshots").glob(".tmp-*")) == staged
    assert added(open_snapshot(built)[0].entries) == "none"
    other_build.communicate()
    assert build_with(built, "Do you have a shop?").changed


# What a build does, cut off at one point of it.
CRASH = """
import os, pathlib, sys
import numpy as np
from index import build, loading, shelf
from index.model import Model
class Encoder:
    dimension = 64
    encode_documents = lambda self, texts, progress=None: np.full((len(texts), 64), 0.125, "f4")
loading.LOADERS["hashed"] = lambda *_: Encoder()
root, point = pathlib.Path(sys.argv[1]), sys.argv[2]
die = lambda *_, **__: os._exit(9)
def provide(model, folder, samples):
    (folder / "half.onnx").write_bytes(b"half")
    os._exit(9)
if point == "embedding":
    Encoder.encode_documents = die
elif point == "finishing":
    build.snapshot.read = die
elif point == "manifest":
    shelf.seal = die
elif point == "flush":
    shelf._flush = die
elif point == "rename":
    pathlib.Path.rename = die
elif point == "renamed":
    shelf.point = die
elif point == "pointer":
    pathlib.Path.replace = die
elif point == "pruning":
    shelf._prune = die
model = Model("hashed", pathlib.Path("nowhere"), ("1" if point == "export" else "0") * 64)
build.build([root.parent / "faq.jsonl"], root, model=model, provide=provide)
"""


@pytest.mark.parametrize(
    ("point", "is_new"),
    [
        ("export", False),
        ("embedding", False),
        ("finishing", False),
        ("manifest", False),
        ("flush", False),
        ("rename", False),
        ("renamed", False),
        ("pointer", False),
        ("pruning", True),
    ],
)
def test_a_build_that_is_killed_leaves_a_whole_snapshot_and_no_litter(
    built: Path, point: str, is_new: bool
) -> None:
    entries = [*ENTRIES, {"id": "added", "question": "Killed?", "answer": "Yes."}]
    (built.parent / "faq.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    command = [sys.executable, "-c", CRASH, str(built), point]
    assert subprocess.run(command, cwd=ROOT).returncode == 9
    snapshot, problems = open_snapshot(built)
    assert problems == []
    assert added(snapshot.entries) == ("Killed?" if is_new else "none")
    assert build_with(built, "Next?").changed
    assert added(open_snapshot(built)[0].entries) == "Next?"
    assert sorted(path.name for path in built.iterdir()) == ["current", "lock", "snapshots"]
    assert not list((built / "snapshots").glob(".*"))


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that this process may not write, even if root runs the tests."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_read_only_place_for_the_index_is_one_clear_error(read_only: Path) -> None:
    root = read_only / "index"
    with pytest.raises(SnapshotError, match=f"^{root}: cannot be written: Permission denied.$"):
        building(root).__enter__()


def test_a_file_in_the_place_of_the_index_is_one_clear_error(
    tmp_path: Path, corpus_file: Path
) -> None:
    root = tmp_path / "index"
    root.write_text("mine")
    with pytest.raises(SnapshotError, match=f"^{root}: cannot be written: "):
        build([corpus_file], root, model=MODEL, provide=provide_hashed)
    assert root.read_text() == "mine"


@pytest.mark.parametrize("pointer", [None, "", "../elsewhere", "no-such-snapshot", b"\xff"])
def test_a_pointer_that_is_lost_is_mended_by_the_next_build_even_of_the_same_content(
    built: Path, pointer: str | bytes | None
) -> None:
    (built / "current").unlink()
    if pointer is not None:
        (built / "current").write_bytes(pointer if isinstance(pointer, bytes) else pointer.encode())
    build([built.parent / "faq.jsonl"], built, model=MODEL, provide=provide_hashed)
    assert folder_in_force(built).is_dir()
    assert open_snapshot(built)[1] == []


def test_what_somebody_put_beside_the_snapshots_is_neither_served_nor_removed(
    built: Path,
) -> None:
    mine = built / "snapshots" / "99-my-backup"
    shutil.copytree(folder_in_force(built), mine)
    for number in range(4):
        build_with(built, f"Question {number}?")
    assert mine.is_dir()
    (built / "current").unlink()
    assert added(open_snapshot(built)[0].entries) == "Question 3?"


@pytest.mark.parametrize("name", ["vectors.npy.graph", "learned/extra.npy", "calibration.json"])
def test_a_file_that_the_manifest_does_not_name_is_refused_before_anything_reads_it(
    built: Path, name: str
) -> None:
    (folder,) = (built / "snapshots").iterdir()
    stranger = folder / name
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_bytes(b"not what it seems")
    with pytest.raises(SnapshotError, match="a file that its manifest does not name"):
        open_snapshot(built)


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_file_is_a_stranger_too(built: Path, kind: str) -> None:
    stranger = folder_in_force(built) / "vectors.graph"
    if kind == "pipe":
        os.mkfifo(stranger)
    elif kind == "folder":
        stranger.mkdir()
    else:
        stranger.symlink_to("/etc")
    with pytest.raises(SnapshotError, match=rf"^{stranger}: .* manifest does not name"):
        open_snapshot(built)


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(built: Path, name: str) -> None:
    build_with(built, "Do you have a shop?")
    path = folder_in_force(built) / name
    path.unlink()
    os.mkfifo(path)
    assert added(open_snapshot(built)[0].entries) == "none"


def test_a_snapshot_that_was_replaced_and_deleted_while_it_was_read_is_not_missed(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = folder_in_force(built)
    load = snapshot_module.load

    def slow(folder: Path, **options: int) -> Snapshot:
        if folder == gone and gone.is_dir():
            build_with(built, "Do you have a shop?")
            shutil.rmtree(gone)
        return load(folder, **options)

    monkeypatch.setattr(snapshot_module, "load", slow)
    snapshot, problems = open_snapshot(built)
    assert (added(snapshot.entries), problems) == ("Do you have a shop?", [])


class TestKeeping:
    @pytest.mark.parametrize("keep", [2, 3, 5])
    def test_so_many_are_kept_the_one_in_force_among_them(self, built: Path, keep: int) -> None:
        names = [folder_in_force(built).name]
        for number in range(6):
            names.append(build_with(built, f"Question {number}?", keep=keep).name)
        assert [one.name for one in kept(built)] == names[-keep:][::-1]
        assert [one.is_in_force for one in kept(built)] == [True] + [False] * (keep - 1)

    def test_a_changed_copy_keeps_as_many(self, built: Path) -> None:
        names = [amend(built, lambda *_: None, keep=2)[0] for _ in range(3)]
        assert [one.name for one in kept(built)] == names[:0:-1]

    def test_what_is_kept_is_described(self, built: Path) -> None:
        (one,) = kept(built, thorough=True)
        files = [path for path in folder_in_force(built).rglob("*") if path.is_file()]
        assert one.name == folder_in_force(built).name
        assert (one.pages, one.entries, one.problem) == (3, len(ENTRIES), "")
        assert one.size == sum(path.stat().st_size for path in files)
        assert one.name.startswith(f"{one.made:%Y%m%dT%H%M%S}")

    def test_damage_to_the_manifest_is_seen_at_once_and_any_other_when_asked_for(
        self, built: Path
    ) -> None:
        build_with(built, "Do you have a shop?")
        newest, oldest = (built / "snapshots" / one.name for one in kept(built))
        flip(newest / "vectors.npy", -1)
        flip(oldest / "manifest.json", 9)
        assert [bool(one.problem) for one in kept(built)] == [False, True]
        problems = [one.problem for one in kept(built, thorough=True)]
        assert problems[0].startswith(f"{newest / 'vectors.npy'}: the file is damaged.")
        assert problems[1].startswith(f"{oldest / 'manifest.json'}: the file is damaged.")

    def test_names_are_in_the_order_of_publishing_even_if_the_clock_is_set_back(
        self, built: Path
    ) -> None:
        first = folder_in_force(built)
        future = first.with_name(f"29990101T000000.000000Z-{first.name[-8:]}")
        first.rename(future)
        (built / "current").write_text(future.name)
        names = [future.name, *(build_with(built, f"{number}?").name for number in range(2))]
        assert [one.name for one in kept(built)] == names[::-1]
        assert [path.name for path in candidates(built)] == names[::-1]


class TestRollingBack:
    @pytest.fixture
    def three(self, built: Path) -> list[str]:
        """The names of three snapshots, the oldest first: as built, `One?` and `Two?`."""
        return [
            folder_in_force(built).name,
            *(build_with(built, question).name for question in ("One?", "Two?")),
        ]

    def test_the_one_before_comes_into_force_and_then_the_one_before_that(
        self, built: Path, three: list[str]
    ) -> None:
        assert roll_back(built).name == three[1]
        assert added(open_snapshot(built)[0].entries) == "One?"
        assert roll_back(built).name == three[0]
        with pytest.raises(SnapshotError, match="no snapshot before the one in force"):
            roll_back(built)
        assert open_snapshot(built)[0].name == three[0]
        assert [one.is_in_force for one in kept(built)] == [False, False, True]

    def test_one_is_named_by_as_much_as_tells_it_from_the_others_also_a_later_one(
        self, built: Path, three: list[str]
    ) -> None:
        assert roll_back(built, three[0]).name == three[0]
        assert roll_back(built, three[2][:-3]).name == three[2]
        assert added(open_snapshot(built)[0].entries) == "Two?"

    @pytest.mark.parametrize("name", ["19", "2", "../../etc", "."])
    def test_a_name_of_none_or_several_is_refused_and_nothing_changes(
        self, built: Path, three: list[str], name: str
    ) -> None:
        with pytest.raises(InputError, match=r"^[^\n]+ See: qa snapshots\.$"):
            roll_back(built, name)
        assert open_snapshot(built)[0].name == three[2]

    @pytest.mark.parametrize("name", OF_EACH_KIND)
    def test_a_damaged_one_is_refused_in_a_line_and_nothing_changes(
        self, built: Path, three: list[str], name: str
    ) -> None:
        path = built / "snapshots" / three[1] / name
        flip(path, -1)
        with pytest.raises(SnapshotError, match=rf"^{path}: [^\n]+$"):
            roll_back(built)
        assert open_snapshot(built)[0].name == three[2]

    def test_while_another_process_builds_it_is_told(
        self, built: Path, three: list[str], other_build: subprocess.Popen[str]
    ) -> None:
        with pytest.raises(BusyError):
            roll_back(built)
        assert open_snapshot(built)[0].name == three[2]

    def test_without_any_snapshot_nothing_is_made_there(self, tmp_path: Path) -> None:
        with pytest.raises(SnapshotError, match=REMEDY):
            roll_back(tmp_path / "none")
        assert not (tmp_path / "none").exists()

    def test_the_next_build_publishes_and_what_was_rolled_back_from_is_gone(
        self, built: Path, three: list[str]
    ) -> None:
        roll_back(built, three[1])
        # The content has not changed since `Two?`, which is not what is in force.
        report = build_with(built, "Two?")
        assert report.changed
        assert [one.name for one in kept(built)] == [report.name, three[1], three[0]]
        # So the one before is what was in force before, not what was rolled back from.
        assert roll_back(built).name == three[1]

    def test_the_content_of_the_one_in_force_is_no_change(
        self, built: Path, three: list[str]
    ) -> None:
        roll_back(built, three[1])
        assert not build_with(built, "One?").changed
        assert len(kept(built)) == 3

    def test_what_was_rolled_back_from_never_comes_back_by_itself(
        self, built: Path, three: list[str]
    ) -> None:
        roll_back(built, three[0])
        flip(built / "snapshots" / three[0] / "vectors.npy", -1)
        with pytest.raises(SnapshotError, match="damaged"):
            open_snapshot(built)
        roll_back(built, three[1])
        flip(built / "snapshots" / three[1] / "vectors.npy", -1)
        assert [path.name for path in candidates(built)] == [three[1], three[0]]

    def test_where_the_one_in_force_is_gone_those_before_it_come_first(
        self, built: Path, three: list[str]
    ) -> None:
        roll_back(built, three[1])
        shutil.rmtree(built / "snapshots" / three[1])
        assert open_snapshot(built)[0].name == three[0]
        assert roll_back(built).name == three[0]


class TestRefusedByTheDisk:
    def test_where_the_pointer_cannot_be_replaced_the_new_snapshot_is_taken_away(
        self, built: Path
    ) -> None:
        before = folder_in_force(built).name
        (built / "current").unlink()
        (built / "current").mkdir()  # in whose place nothing can be renamed
        with pytest.raises(SnapshotError, match=rf"^{built}[^ ]*: [^\n]+ Nothing was put in force"):
            build_with(built, "Do you have a shop?")
        assert [one.name for one in kept(built)] == [before]
        assert not list(built.glob(".current-*"))
        assert not list((built / "snapshots").glob(".*"))
        (built / "current").rmdir()
        assert build_with(built, "Do you have a shop?").changed

    def test_where_nothing_can_be_flushed_any_more_the_old_one_is_in_force(
        self, built: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before, flushed = folder_in_force(built).name, os.fsync

        def refused(descriptor: int) -> None:
            if (built / "current").read_text().strip() != before:  # from the new pointer on
                self.fails = True
            if self.fails:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            flushed(descriptor)

        self.fails = False
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", refused)
            with pytest.raises(SnapshotError, match=r"Nothing was put in force"):
                build_with(built, "Do you have a shop?")
        assert self.fails
        assert open_snapshot(built)[0].name == before
        assert [one.name for one in kept(built)] == [before]

    def test_a_deletion_cut_short_leaves_nothing_that_looks_like_a_snapshot(
        self, built: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut_short(folder: Path, **_: bool) -> None:
            (folder / "manifest.json").unlink(missing_ok=True)

        build_with(built, "One?", keep=2)
        with monkeypatch.context() as broken:
            broken.setattr(shutil, "rmtree", cut_short)
            build_with(built, "Two?", keep=2)
        assert len(kept(built, thorough=True)) == 2
        assert not any(one.problem for one in kept(built, thorough=True))
        assert len(list((built / "snapshots").glob(".tmp-*"))) == 1
        build_with(built, "Three?", keep=2)
        assert not list((built / "snapshots").glob(".tmp-*"))
