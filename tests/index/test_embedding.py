from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.embedding import Journal, Known, Watcher, digests_of, embed
from index.encoder import Progress
from index.vectors import Vectors
from tests.conftest import DIMENSION, HashedEncoder

MODEL = "0" * 64
TEXTS = [f"question {number}" for number in range(2_500)]


class Stopping(HashedEncoder):
    """Counts what it embeds, and stops after so many pieces."""

    def __init__(self, pieces: int = 1_000) -> None:
        self.pieces, self.embedded = pieces, list[str]()

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors, or the interruption."""
        if not self.pieces:
            raise KeyboardInterrupt
        self.pieces -= 1
        self.embedded += texts
        return super().encode_documents(texts, progress)


def embedded(
    root: Path, encoder: Stopping, texts: Sequence[str] = TEXTS, known: Known | None = None
) -> tuple[Vectors, int]:
    return embed(texts, encoder, known, Journal(root, MODEL), Watcher())


def test_every_text_gets_its_vector_and_equal_texts_are_embedded_once(tmp_path: Path) -> None:
    encoder = Stopping()
    vectors, count = embedded(tmp_path, encoder, ["a b", "c d", "a b", "e f", "c d"])
    expected = HashedEncoder().encode_queries(["a b", "c d", "a b", "e f", "c d"])
    np.testing.assert_array_equal(vectors, expected)
    assert (count, encoder.embedded) == (3, ["a b", "c d", "e f"])


def test_no_texts_have_no_vectors(tmp_path: Path) -> None:
    vectors, count = embedded(tmp_path, Stopping(), [])
    assert (vectors.shape, count) == ((0, DIMENSION), 0)


def test_what_is_known_is_not_embedded_again(tmp_path: Path) -> None:
    # Vectors that the encoder would not make, to see where they come from.
    kept = np.eye(2, DIMENSION, dtype=np.float32)
    encoder = Stopping()
    known = Known(digests_of(["b", "a"]), kept)
    vectors, count = embedded(tmp_path, encoder, ["a", "new", "b", "a"], known)
    np.testing.assert_array_equal(vectors[[0, 2, 3]], kept[[1, 0, 1]])
    assert (count, encoder.embedded) == (1, ["new"])


def test_a_run_that_was_stopped_is_taken_up_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        embedded(tmp_path, Stopping(2))
    again = Stopping()
    vectors, count = embedded(tmp_path, again)
    np.testing.assert_array_equal(vectors, HashedEncoder().encode_queries(TEXTS))
    assert count == len(again.embedded) == 2_500 - 2 * 1_024


def test_half_a_record_at_the_end_is_dropped_and_written_over(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        embedded(tmp_path, Stopping(1))
    (journal,) = tmp_path.iterdir()
    with journal.open("ab") as file:
        file.write(b"half a record")
    with pytest.raises(KeyboardInterrupt):
        embedded(tmp_path, Stopping(1))
    last = Stopping()
    vectors, _ = embedded(tmp_path, last)
    np.testing.assert_array_equal(vectors, HashedEncoder().encode_queries(TEXTS))
    assert len(last.embedded) == 2_500 - 2 * 1_024


def test_a_record_that_never_reached_the_disk_is_embedded_again(tmp_path: Path) -> None:
    embedded(tmp_path, Stopping())
    (journal,) = tmp_path.iterdir()
    record = 16 + 4 * DIMENSION
    with journal.open("r+b") as file:
        file.seek(7 * record + 16)
        file.write(bytes(4 * DIMENSION))
    again = Stopping()
    vectors, _ = embedded(tmp_path, again)
    np.testing.assert_array_equal(vectors, HashedEncoder().encode_queries(TEXTS))
    assert again.embedded == [TEXTS[7]]


def test_another_models_journal_is_not_read_and_goes_with_ones_own(tmp_path: Path) -> None:
    Journal(tmp_path, "f" * 64).append(digests_of(["a"]), np.eye(1, DIMENSION, dtype=np.float32))
    encoder = Stopping()
    embedded(tmp_path, encoder, ["a"])
    assert encoder.embedded == ["a"]
    Journal(tmp_path, MODEL).remove()
    assert list(tmp_path.iterdir()) == []
