"""A snapshot: one complete, immutable, checksummed index on disk, and loading it.

Nothing is unpickled.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index import arrays
from index.encoder import Encoder
from index.entries import Entries, EntryTable
from index.entry import Page
from index.errors import ModelError, SnapshotError
from index.lexical import Coverage, LexicalIndex
from index.loading import load_encoder
from index.lookup import Lookup
from index.manifest import Layout, Manifest, verify
from index.shelf import candidates, name_in_force, reason, refuse_empty
from index.vectors import VectorStore
from index.wordings import Wordings, WordingTable


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTable:
    """What row i of the vectors stands for: entry and field numbers, (n,), and the digest of its
    text, (n, 16) bytes.
    """

    entry: npt.NDArray[np.int32]
    field: npt.NDArray[np.int8]
    digest: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A loaded snapshot. The rows of `texts` are entries; those of `wordings` and `phrasings` are
    the rows of `vectors` that stand for a question or an alternate, in the same order. `learned`
    and `calibration` are kept for `qa`, which alone knows what they mean; empty if there is none.

    Entries and arrays are the files, mapped: they are read-only.
    """

    name: str
    manifest: Manifest
    pages: tuple[Page, ...]
    entries: Entries
    wordings: Wordings
    rows: RowTable
    vectors: VectorStore
    phrasings: LexicalIndex
    texts: Coverage
    encoder: Encoder
    learned: Mapping[str, npt.NDArray[np.float32]]
    calibration: Mapping[str, Any]


def open_snapshot(root: Path, *, threads: int = 0) -> tuple[Snapshot, list[str]]:
    """Load the snapshot in force, or the newest whole one before it when it is damaged.

    Returns the snapshot and what had to be passed over, a line each.

    Raises:
        SnapshotError: there is none that can be served.
    """
    while True:
        refuse_empty(root)
        in_force, problems = name_in_force(root), list[str]()
        for folder in candidates(root):
            try:
                return load(folder, threads=threads), problems
            except (SnapshotError, ModelError) as error:
                problems.append(str(error))
            except OSError as error:
                problems.append(f"{error.filename or folder}: {reason(error)}")
            if name_in_force(root) != in_force:
                break  # what could not be read was replaced meanwhile, and perhaps deleted
        else:
            raise SnapshotError("; ".join(problems))


def load(folder: Path, *, threads: int = 0, before: Snapshot | None = None) -> Snapshot:
    """Verify a snapshot's files against its manifest, then read them.

    before: one whose encoder is shared if this has the same; its threads stay as they are then.

    Raises:
        SnapshotError: a file is missing or differs.
        ModelError: its encoder does not run here.
    """
    manifest = verify(Layout(folder))
    shared = before.encoder if before and manifest.has_encoder_of(before.manifest) else None
    return read(folder, manifest, shared, threads=threads)


def read(
    folder: Path, manifest: Manifest, encoder: Encoder | None = None, *, threads: int = 0
) -> Snapshot:
    """Read a snapshot's files, which must be whole. encoder: what its own would be loaded to."""
    layout = Layout(folder)
    pages = json.loads(layout.pages.read_text(encoding="utf-8"))
    return Snapshot(
        name=folder.name,
        manifest=manifest,
        pages=tuple(Page(**page) for page in pages),
        entries=Entries(
            arrays.map_bytes(layout.entries),
            arrays.load_record(EntryTable, layout.entry_table),
            arrays.load_record(Lookup, layout.ids),
            arrays.load_record(Lookup, layout.scopes),
        ),
        wordings=Wordings(
            arrays.map_bytes(layout.wordings),
            arrays.load_record(WordingTable, layout.wording_table),
            arrays.load_record(Lookup, layout.forms),
        ),
        rows=arrays.load_record(RowTable, layout.rows),
        vectors=VectorStore.load(layout.vectors, manifest.search),
        phrasings=arrays.load_record(LexicalIndex, layout.phrasings),
        texts=arrays.load_record(Coverage, layout.texts),
        encoder=load_encoder(layout.encoder, threads) if encoder is None else encoder,
        learned=arrays.load(layout.learned),
        calibration=json.loads(layout.calibration.read_text())
        if layout.calibration.exists()
        else {},
    )
