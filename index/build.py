"""The indexing step: content files in, a published snapshot out.

Only what changed is embedded again, and with the encoder of the snapshot before, so that torch is
needed once for each model.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index import snapshot
from index.corpus import Corpus, Finding, check, read_corpus
from index.encoder import Encoder, Progress
from index.entry import Entry, Field
from index.errors import ContentError, ModelError, SnapshotError
from index.formats import jsonl
from index.lexical import LexicalIndex
from index.loading import load_encoder
from index.manifest import FORMAT, Layout, Manifest
from index.model import Model
from index.snapshot import RowTable, Snapshot
from index.text import one_line, passages, plain
from index.vectors import Vectors, VectorStore

# How many of the corpus's own texts the exported graph is compared on.
_SAMPLES = 128
_DIGEST_BYTES = 16


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


class Watcher:
    """What a build tells of its progress. This one is silent; the command line's is not."""

    def step(self, name: str) -> None:
        """A step has begun."""

    @contextmanager
    def embedding(self, total: int) -> Iterator[Progress]:  # noqa: ARG002 - for those that show it
        """So many texts are about to be embedded."""
        yield lambda _done: None


EncoderProvider = Callable[[Model, Path, Sequence[str]], tuple[dict[str, Any], str]]
"""Writes a model's encoder into a folder and judges it on sample texts; returns what the manifest
says of it, and a warning or an empty string."""


def export_encoder(
    model: Model, folder: Path, samples: Sequence[str]
) -> tuple[dict[str, Any], str]:
    """The provider in use: an ONNX graph, compared with sentence-transformers on the samples."""
    try:
        # Here and not above: torch takes seconds to import and is needed for a new model only.
        from index.export import export
    except ImportError as error:
        raise ModelError(
            f"making an encoder needs a package that is not installed ({error.name}).",
            mend="Install the indexing step: pip install 'qa-faq[index]'.",
        ) from error
    made = export(model, folder, samples)
    said = {"kind": made.description.kind, "precision": "float32"}
    agreement = asdict(made.agreement) if made.agreement else None
    return {**said, "agreement": agreement}, made.warning


Finisher = Callable[[Snapshot, Layout, Layout | None], Sequence[str]]
"""Given what is staged, where it lies, and where the snapshot before it lies: may write what `qa`
learns from it beside it, and returns warnings."""

T = TypeVar("T")


def build(
    sources: Sequence[Path],
    root: Path,
    *,
    model: Model,
    provide: EncoderProvider = export_encoder,
    finish: Finisher = lambda _staged, _layout, _earlier: (),
    watcher: Watcher = Watcher(),  # noqa: B008 - it has no state
) -> BuildReport:
    """Build a snapshot from content and put it in force; leave it be when nothing changed.

    Raises:
        ContentFaultsError: the content has errors; nothing is published.
        ModelError, SnapshotError, BusyError: as named.
    """
    watcher.step("Reading the content")
    corpus, warnings = read_usable(sources)
    with snapshot.building(root) as folder:
        previous, earlier = _previous(root), _in_force(root)
        content = _content_digest(corpus)
        is_in_force = previous and previous.name == snapshot.name_in_force(root)
        if previous and is_in_force and _is_same(previous.manifest, content, model):
            return _report(previous.name, previous.manifest.counts, 0, warnings, changed=False)
        if previous and previous.manifest.model["digest"] != model.digest:
            previous = None
        rows = list(rows_of(corpus.entries))
        said, warning = _place_encoder(model, previous, root, folder, rows, provide, watcher)
        encoder = load_encoder(Layout(folder).encoder)
        vectors, embedded = _embed(rows, encoder, previous, watcher)
        watcher.step("Writing the snapshot")
        _write(Layout(folder), corpus, rows, vectors)
        counts = {
            "pages": len(corpus.pages),
            "entries": len(corpus.entries),
            "vectors": len(rows),
        }
        manifest = _manifest(model, said, counts, content)
        watcher.step("Learning from the entries")
        warnings += finish(snapshot.read(folder, manifest), Layout(folder), earlier)
        snapshot.seal(folder, manifest)
        name = snapshot.publish(root, folder).name
    return _report(name, counts, embedded, [*warnings, *([warning] if warning else [])])


def amend(root: Path, change: Callable[[Snapshot, Layout], T]) -> tuple[str, T]:
    """Publish a copy of the snapshot in force with what `change` writes into it.

    Returns its name, and what `change` returned.

    Raises:
        SnapshotError, BusyError: as named.
    """
    snapshot.refuse_empty(root)  # before a folder and a lock are made there
    with snapshot.building(root) as folder:
        current, problems = snapshot.open_snapshot(root)
        if problems:  # or an older one would come into force unseen
            raise SnapshotError(problems[0])
        shutil.copytree(root / "snapshots" / current.name, folder, dirs_exist_ok=True)
        changed = change(current, Layout(folder))
        snapshot.seal(folder, current.manifest)
        return snapshot.publish(root, folder).name, changed


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


def _previous(root: Path) -> Snapshot | None:
    try:
        return snapshot.open_snapshot(root)[0]
    except (SnapshotError, ModelError):
        return None


def _in_force(root: Path) -> Layout | None:
    """Where the snapshot in force lies, even if it is damaged or of another format."""
    name = snapshot.name_in_force(root)
    return Layout(root / "snapshots" / name) if name else None


def _is_same(manifest: Manifest, content: str, model: Model) -> bool:
    made_by = manifest.model["digest"], manifest.software
    return manifest.content == content and made_by == (model.digest, version("qa-faq"))


def _content_digest(corpus: Corpus) -> str:
    digest = sha256("\n".join(jsonl.write(corpus.entries)).encode())
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
    previous: Snapshot | None,
    root: Path,
    folder: Path,
    rows: Sequence[Row],
    provide: EncoderProvider,
    watcher: Watcher,
) -> tuple[dict[str, Any], str]:
    """Put the encoder into the staged folder: the one there is, else a new one."""
    target = Layout(folder).encoder
    if previous:
        made = Layout(root / "snapshots" / previous.name).encoder
        # A copy, not a link: damage to one snapshot must leave the others whole.
        shutil.copytree(made, target)
        return previous.manifest.model, ""
    watcher.step(f"Exporting the model {model.name}")
    target.mkdir()
    step = max(1, len(rows) // _SAMPLES)
    said, warning = provide(model, target, [row.text for row in rows[::step]][:_SAMPLES])
    return {"name": model.name, "digest": model.digest, **said}, warning


def _embed(
    rows: Sequence[Row], encoder: Encoder, previous: Snapshot | None, watcher: Watcher
) -> tuple[Vectors, int]:
    """The vector of every row, (len(rows), dimension), and how many had to be computed."""
    known = _known_vectors(previous) if previous else {}
    digests = [_digest(row.text) for row in rows]
    new = {
        digest: row.text for digest, row in zip(digests, rows, strict=True) if digest not in known
    }
    with watcher.embedding(len(new)) as progress:
        fresh = encoder.encode_documents(list(new.values()), progress)
    known |= dict(zip(new, fresh, strict=True))
    vectors = np.array([known[digest] for digest in digests], np.float32)
    return vectors.reshape(len(rows), encoder.dimension), len(new)


def _known_vectors(previous: Snapshot) -> dict[bytes, Vectors]:
    digests = (row.tobytes() for row in previous.rows.digest)
    return dict(zip(digests, previous.vectors.vectors, strict=True))


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).digest()


def _write(layout: Layout, corpus: Corpus, rows: Sequence[Row], vectors: Vectors) -> None:
    layout.pages.write_text(_pages_json(corpus), encoding="utf-8")
    with layout.entries.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in jsonl.write(corpus.entries))
    VectorStore.of(vectors).save(layout.vectors)
    digests = b"".join(_digest(row.text) for row in rows)
    table = RowTable(
        entry=np.array([row.entry for row in rows], np.int32),
        field=np.array([row.field for row in rows], np.int8),
        digest=np.frombuffer(digests, np.uint8).reshape(len(rows), _DIGEST_BYTES),
    )
    snapshot.write_arrays(layout.rows, table)
    wordings = [row.text for row in rows if row.field in {Field.QUESTION, Field.ALTERNATE}]
    snapshot.write_arrays(layout.phrasings, LexicalIndex.fit(wordings))
    whole = [" ".join((*entry.phrasings, plain(entry.answer))) for entry in corpus.entries]
    snapshot.write_arrays(layout.texts, LexicalIndex.fit(whole))


def _manifest(model: Model, said: dict[str, Any], counts: dict[str, int], content: str) -> Manifest:
    return Manifest(
        format=FORMAT,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        software=version("qa-faq"),
        model={"name": model.name, "digest": model.digest, **said},
        counts=counts,
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
