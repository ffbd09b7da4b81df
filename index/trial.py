"""Content as the index would hold it, in memory: for looking at it without publishing anything."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from index.build import EncoderProvider, Row, export_encoder, is_made_by
from index.embedding import DIGEST_BYTES, Journal, Known, Watcher, embed
from index.encoder import Encoder
from index.entries import Entries, EntryTable, id_lookup, scope_lookup
from index.entry import Entry, Field
from index.errors import ModelError, SnapshotError
from index.formats import jsonl
from index.lexical import Coverage, LexicalIndex
from index.loading import load_encoder
from index.manifest import FORMAT, Manifest
from index.model import Model
from index.snapshot import RowTable, Snapshot, open_snapshot
from index.text import plain
from index.vectors import Vectors, VectorStore
from index.wordings import Wordings, wordings_of

_WORDINGS = frozenset({Field.QUESTION, Field.ALTERNATE})


@dataclass(slots=True)
class Trial:
    """An encoder and what is known already; nothing that it does is kept.

    calibration: of the snapshot in force, empty without one. embedded: how many texts had to be.
    """

    encoder: Encoder
    calibration: Mapping[str, Any]
    watcher: Watcher
    _journal: Journal
    _known: Known | None
    embedded: int = field(default=0, init=False)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vector of each text as the FAQ's, (len(texts), dimension)."""
        vectors, count = embed(texts, self.encoder, self._known, self._journal, self.watcher)
        self.embedded += count
        return vectors

    def snapshot(self, entries: Sequence[Entry], rows: Sequence[Row], vectors: Vectors) -> Snapshot:
        """What `qa index` would make of some entries, searched exactly.

        rows, vectors: `index.build.rows_of` the entries, and their vectors, (len(rows), dimension).
        """
        lines = [f"{line}\n".encode() for line in jsonl.write(entries)]
        table = EntryTable.of(entries, list(map(len, lines)))
        text, wordings, forms = wordings_of(entries)
        store = VectorStore(vectors)
        whole = (" ".join((*entry.phrasings, plain(entry.answer))) for entry in entries)
        return Snapshot(
            name="",
            manifest=_manifest(store),
            pages=(),
            entries=Entries(b"".join(lines), table, id_lookup(entries), scope_lookup(entries)),
            wordings=Wordings(text, wordings, forms),
            rows=RowTable(
                entry=np.array([row.entry for row in rows], np.int32),
                field=np.array([row.field for row in rows], np.int8),
                digest=np.empty((0, DIGEST_BYTES), np.uint8),
            ),
            vectors=store,
            phrasings=LexicalIndex.fit(row.text for row in rows if row.field in _WORDINGS),
            texts=Coverage.fit(whole),
            encoder=self.encoder,
            learned={},
            calibration=self.calibration,
        )


def _manifest(store: VectorStore) -> Manifest:
    return Manifest(
        format=FORMAT,
        created="",
        software="",
        model={},
        counts={},
        search=store.settings,
        content="",
        files={},
    )


@contextmanager
def trial(
    root: Path,
    model: Model,
    samples: Sequence[str],
    *,
    provide: EncoderProvider = export_encoder,
    watcher: Watcher = Watcher(),  # noqa: B008 - it has no state
) -> Iterator[Trial]:
    """The encoder and the vectors of the snapshot in force, if it is of that model; else the
    encoder is made as for a first index, and forgotten afterwards.

    samples: texts of the content, to compare a new encoder on.

    Raises:
        ModelError: the model is not there, or a package for making its encoder.
    """
    with TemporaryDirectory(prefix="qa-check-") as folder:
        journal = Journal(Path(folder), model.digest)
        if current := _in_force(root, model):
            known = Known(current.rows.digest, current.vectors.vectors)
            yield Trial(current.encoder, current.calibration, watcher, journal, known)
            return
        watcher.step(f"Exporting the model {model.name}")
        target = Path(folder) / "encoder"
        target.mkdir()
        provide(model, target, samples)
        yield Trial(load_encoder(target), {}, watcher, journal, None)


def _in_force(root: Path, model: Model) -> Snapshot | None:
    try:
        current, _ = open_snapshot(root)
    except (SnapshotError, ModelError):
        return None
    return current if is_made_by(model, current.manifest) else None
