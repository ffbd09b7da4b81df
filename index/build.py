"""The indexing step: content files in, a published snapshot out.

Only what changed is embedded again, and with the encoder of the snapshot before, so that torch is
needed only where the model, the precision or the encoder's format is another. The same content
gives the same vectors, whatever was there before, unless another device computed some of them.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from index import arrays, shelf, snapshot
from index.checks import check
from index.checks.languages import unknown_to
from index.corpus import Corpus, Finding, read_corpus
from index.embedding import Journal, Known, Watcher, digests_of, embed
from index.encoder import ENCODER_FORMAT, Encoder
from index.entries import EntryTable, id_lookup, scope_lookup
from index.entry import Entry, Field
from index.errors import ContentError, SnapshotError, not_installed
from index.formats import jsonl
from index.lexical import Coverage, LexicalIndex
from index.loading import load_encoder
from index.manifest import FORMAT, Layout, Manifest, Settings, verify
from index.model import Model
from index.snapshot import RowTable, Snapshot
from index.text import one_line, passages, plain
from index.vectors import Vectors, VectorStore, load_vectors
from index.wordings import wordings_of

# How many of the corpus's own texts the exported graph is compared on.
_SAMPLES = 128

CPU: Final = "cpu"
"""The device that needs nothing but this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One vector to be: which entry (by number), which part of it, and its text."""

    entry: int
    field: Field
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What a build did. `warnings` are the content's findings and the model's."""

    name: str
    entries: int
    vectors: int
    embedded: int
    warnings: tuple[str, ...]
    changed: bool = True


class ContentFaultsError(ContentError):
    """Content that cannot be indexed; `findings` are its errors, one or more."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in findings))


EncoderProvider = Callable[[Model, Path, Sequence[str]], tuple[dict[str, Any], str]]
"""Writes a model's encoder into a folder and judges it on sample texts; returns what the manifest
says of it, and a warning or an empty string."""


def export_encoder(
    model: Model, folder: Path, samples: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """The provider in use: exports the model, compares it with sentence-transformers on samples."""
    try:
        # Here and not above: torch takes seconds to import and is needed for a new model only.
        from index.export import export
    except ImportError as error:
        raise not_installed("making an encoder", error) from error
    made = export(model, folder, samples)
    said = {
        "kind": made.description.kind,
        "precision": made.description.precision,
        "agreement": asdict(made.agreement) if made.agreement else None,
        "query_agreement": asdict(made.query_agreement) if made.query_agreement else None,
    }
    return said, made.warning


def _on_device(model: Model, device: str) -> Encoder:
    try:
        from index.export import TorchEncoder
    except ImportError as error:
        raise not_installed("making an encoder", error) from error
    return TorchEncoder(model.folder, device)


Finisher = Callable[[Snapshot, Layout, Layout | None], Sequence[str]]
"""Given what is staged, where it lies, and where the snapshot before it lies: may write what `qa`
learns from it beside it, and returns warnings."""

T = TypeVar("T")


def build(
    sources: Sequence[Path],
    root: Path,
    *,
    model: Model,
    device: str = CPU,
    provide: EncoderProvider = export_encoder,
    finish: Finisher = lambda _staged, _layout, _earlier: (),
    keep: int = shelf.KEPT,
    watcher: Watcher = Watcher(),  # noqa: B008 - it has no state
) -> BuildReport:
    """Build a snapshot from content and put it in force; leave it be when nothing changed.

    keep: how many snapshots stay, the new one included.

    Raises:
        ContentFaultsError: the content has errors; nothing is published.
        ModelError, SnapshotError, BusyError: as named.
    """
    watcher.step("Reading the content")
    corpus, warnings = read_usable(sources)
    warnings += map(str, unknown_to(model.name, corpus.entries))
    with shelf.building(root) as folder:
        previous, earlier = _previous(root), _in_force(root)
        content = _content_digest(corpus)
        is_in_force = previous and previous.name == shelf.name_in_force(root)
        if previous and is_in_force and _is_same(previous.manifest, content, model):
            _remove(
                _journal(root, model, previous.manifest.model)
            )  # of a change that was taken back
            return _report(previous.name, previous.manifest.counts, 0, warnings, changed=False)
        if previous and not is_made_by(model, previous.manifest):
            previous = None
        rows = list(rows_of(corpus.entries))
        said, warning = _place_encoder(model, previous, root, folder, rows, provide, watcher)
        encoder = load_encoder(Layout(folder).encoder)
        if device != CPU:
            encoder = _on_device(model, device)
        texts, journal = [row.text for row in rows], _journal(root, model, said)
        vectors, embedded = embed(
            texts, encoder, previous.known if previous else None, journal, watcher
        )
        watcher.step("Writing the snapshot")
        search = write(Layout(folder), corpus, rows, vectors, watcher)
        counts = {
            "pages": len(corpus.pages),
            "entries": len(corpus.entries),
            "vectors": len(rows),
        }
        del corpus, rows, vectors  # what follows maps the files, and needs the memory
        manifest = _manifest(said, counts, search, content)
        watcher.step("Learning from the entries")
        warnings += finish(snapshot.read(folder, manifest), Layout(folder), earlier)
        shelf.seal(folder, manifest)
        name = shelf.publish(root, folder, keep=keep).name
        _remove(journal)
    return _report(name, counts, embedded, [*warnings, *([warning] if warning else [])])


def amend(
    root: Path, change: Callable[[Snapshot, Layout], T], *, keep: int = shelf.KEPT
) -> tuple[str, T]:
    """Publish a copy of the snapshot in force with what `change` writes into it.

    keep: how many snapshots stay, the new one included. Returns its name, and what `change`
    returned.

    Raises:
        SnapshotError, BusyError: as named.
    """
    shelf.refuse_empty(root)  # before a folder and a lock are made there
    with shelf.building(root) as folder:
        current, problems = snapshot.open_snapshot(root)
        if problems:  # or an older one would come into force unseen
            raise SnapshotError(problems[0])
        shelf.copy(shelf.folder_of(root, current.name), folder)
        changed = change(current, Layout(folder))
        shelf.seal(folder, current.manifest)
        return shelf.publish(root, folder, keep=keep).name, changed


def _remove(journal: Journal) -> None:
    # What was asked for is done; a journal that stays is read again, and removed the next time.
    with suppress(OSError):
        journal.remove()


def read_usable(sources: Sequence[Path]) -> tuple[Corpus, list[str]]:
    """Read and check content; returns the corpus and its warnings.

    Raises:
        ContentFaultsError: there are errors.
    """
    corpus, findings = read_corpus(sources)
    findings = [*findings, *check(corpus)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise ContentFaultsError(errors)
    return corpus, [str(finding) for finding in findings]


def rows_of(entries: Sequence[Entry]) -> Iterator[Row]:
    """The texts that get a vector, entry by entry: wordings, answer, both, passages."""
    for number, entry in enumerate(entries):
        question, answer = one_line(entry.question), plain(entry.answer)
        if question:
            yield Row(entry=number, field=Field.QUESTION, text=question)
        for alternate in entry.alternates:
            yield Row(entry=number, field=Field.ALTERNATE, text=one_line(alternate))
        if answer:
            yield Row(entry=number, field=Field.ANSWER, text=answer)
        if answer and entry.phrasings:
            both = f"{one_line(entry.phrasings[0])} {answer}"
            yield Row(entry=number, field=Field.QUESTION_ANSWER, text=both)
        parts = passages(answer)
        for part in parts if len(parts) > 1 else ():
            yield Row(entry=number, field=Field.PASSAGE, text=part)


@dataclass(frozen=True, slots=True)
class _Previous:
    """What a build takes from the snapshot before: not its encoder, which may not run here."""

    name: str
    manifest: Manifest
    known: Known


def _previous(root: Path) -> _Previous | None:
    for folder in shelf.candidates(root):
        layout = Layout(folder)
        try:
            manifest = verify(layout)
        except SnapshotError:
            continue
        rows = arrays.load_record(RowTable, layout.rows)
        known = Known(rows.digest, load_vectors(layout.vectors))
        return _Previous(folder.name, manifest, known)
    return None


def _in_force(root: Path) -> Layout | None:
    """Where the snapshot in force lies, even if it is damaged or of another format."""
    name = shelf.name_in_force(root)
    return Layout(shelf.folder_of(root, name)) if name else None


def _is_same(manifest: Manifest, content: str, model: Model) -> bool:
    is_current = (manifest.software, manifest.format) == (version("qa-faq"), FORMAT)
    return manifest.content == content and is_made_by(model, manifest) and is_current


def _content_digest(corpus: Corpus) -> str:
    digest = sha256()
    for line in jsonl.write(corpus.entries):
        digest.update(f"{line}\n".encode())
    digest.update(_pages_json(corpus).encode())
    return digest.hexdigest()


def _pages_json(corpus: Corpus) -> str:
    pages = [
        {"name": p.name, "title": p.title, "introduction": p.introduction, "url": p.url}
        for p in corpus.pages
    ]
    return json.dumps(pages, ensure_ascii=False, indent=1)


def _place_encoder(
    model: Model,
    previous: _Previous | None,
    root: Path,
    folder: Path,
    rows: Sequence[Row],
    provide: EncoderProvider,
    watcher: Watcher,
) -> tuple[dict[str, Any], str]:
    """Put the encoder into the staged folder: the one before, else a new one."""
    target = Layout(folder).encoder
    target.mkdir()
    if previous:
        shelf.copy(Layout(shelf.folder_of(root, previous.name)).encoder, target)
        return previous.manifest.model, previous.manifest.model["warning"]
    watcher.step(f"Exporting the model {model.name}")
    step = max(1, len(rows) // _SAMPLES)
    said, warning = provide(model, target, [row.text for row in rows[::step]][:_SAMPLES])
    return {**_named(model), "name": model.name, **said, "warning": warning}, warning


def _named(model: Model) -> dict[str, str | int]:
    """What the manifest says of an encoder that must be the same for its vectors to be."""
    return {"digest": model.digest, "asked": model.precision, "format": ENCODER_FORMAT}


def is_made_by(model: Model, manifest: Manifest) -> bool:
    """Whether encoder and vectors are this model's, whatever device computed them."""
    return _named(model).items() <= manifest.model.items()


def _journal(root: Path, model: Model, said: dict[str, Any]) -> Journal:
    """That of an encoder: what was asked for, and what came of it on the texts of the content."""
    return Journal(root, "-".join(map(str, (*_named(model).values(), said["precision"]))))


def write(
    layout: Layout,
    corpus: Corpus,
    rows: Sequence[Row],
    vectors: Vectors,
    watcher: Watcher = Watcher(),  # noqa: B008 - it has no state
) -> Settings:
    """Write all but the encoder and what `qa` fits; returns what the manifest says of the search.

    vectors: (len(rows), dimension), one for each row.
    """
    entries = corpus.entries
    layout.pages.write_text(_pages_json(corpus), encoding="utf-8")
    _write_entries(layout, entries)
    _write_wordings(layout, entries)
    arrays.save_record(layout.rows, _row_table(rows))
    wordings = (row.text for row in rows if row.field in {Field.QUESTION, Field.ALTERNATE})
    arrays.save_record(layout.phrasings, LexicalIndex.fit(wordings))
    whole = (" ".join((*entry.phrasings, plain(entry.answer))) for entry in entries)
    arrays.save_record(layout.texts, Coverage.fit(whole))
    with watcher.counting("Preparing the search", len(vectors)) as progress:
        store = VectorStore.of(vectors, progress)
    store.save(layout.vectors)
    return store.settings


def _write_entries(layout: Layout, entries: Sequence[Entry]) -> None:
    with layout.entries.open("wb") as file:
        lengths = [file.write(f"{line}\n".encode()) for line in jsonl.write(entries)]
    arrays.save_record(layout.entry_table, EntryTable.of(entries, lengths))
    arrays.save_record(layout.ids, id_lookup(entries))
    arrays.save_record(layout.scopes, scope_lookup(entries))


def _write_wordings(layout: Layout, entries: Sequence[Entry]) -> None:
    text, table, forms = wordings_of(entries)
    layout.wordings.write_bytes(text)
    arrays.save_record(layout.wording_table, table)
    arrays.save_record(layout.forms, forms)


def _row_table(rows: Sequence[Row]) -> RowTable:
    return RowTable(
        entry=np.array([row.entry for row in rows], np.int32),
        field=np.array([row.field for row in rows], np.int8),
        digest=digests_of(row.text for row in rows),
    )


def _manifest(
    said: dict[str, Any],
    counts: dict[str, int],
    search: Settings,
    content: str,
) -> Manifest:
    return Manifest(
        format=FORMAT,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=version("qa-faq"),
        model=said,
        counts=counts,
        search=search,
        content=content,
        files={},
    )


def _report(
    name: str, counts: dict[str, int], embedded: int, warnings: Sequence[str], changed: bool = True
) -> BuildReport:
    return BuildReport(
        name=name,
        entries=counts["entries"],
        vectors=counts["vectors"],
        embedded=embedded,
        warnings=tuple(warnings),
        changed=changed,
    )
