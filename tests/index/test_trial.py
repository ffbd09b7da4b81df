from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.build import build, rows_of
from index.corpus import read_corpus
from index.model import Model
from index.snapshot import open_snapshot
from index.trial import trial
from qa.answerer import Answerer
from tests.conftest import MODEL, HashedEncoder, provide_hashed


def refuse(_model: Model, _folder: Path, _samples: Sequence[str]) -> tuple[dict[str, Any], str]:
    pytest.fail("an encoder was made though there is one")


def files(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_without_an_index_an_encoder_is_made_and_forgotten(tmp_path: Path) -> None:
    with trial(tmp_path / "index", MODEL, ["a text"], provide=provide_hashed) as tried:
        vectors = tried.vectors(["one", "two", "one"])
        assert tried.embedded == 2
        assert tried.vectors(["two"]).tolist() == vectors[1:2].tolist()
        assert tried.embedded == 2
    assert np.array_equal(vectors, HashedEncoder().encode_documents(["one", "two", "one"]))
    assert not (tmp_path / "index").exists()


def test_what_the_snapshot_in_force_knows_is_not_embedded_again(
    built: Path, corpus_file: Path
) -> None:
    before = files(built)
    texts = [row.text for row in rows_of(read_corpus([corpus_file])[0].entries)]
    with trial(built, MODEL, [], provide=refuse) as tried:
        assert len(tried.vectors(texts)) == len(texts)
        assert tried.embedded == 0
        tried.vectors(["something new"])
        assert tried.embedded == 1
    assert files(built) == before


def test_an_index_of_another_model_is_passed_over(built: Path) -> None:
    other = Model("other", Path("nowhere"), "1" * 64)
    with trial(built, other, ["a text"], provide=provide_hashed) as tried:
        tried.vectors(["opening hours"])
        assert tried.embedded == 1


def test_a_snapshot_in_memory_answers_as_the_one_on_disk(
    tmp_path: Path, built: Path, corpus_file: Path
) -> None:
    entries = read_corpus([corpus_file])[0].entries
    rows = list(rows_of(entries))
    with trial(tmp_path / "none", MODEL, [], provide=provide_hashed) as tried:
        vectors = tried.vectors([row.text for row in rows])
        in_memory = Answerer(tried.snapshot(entries, rows, vectors))
        on_disk = Answerer(open_snapshot(built)[0])
        for question in ("opening hours", "when do you open", "money back", "is it raining"):
            found, expected = in_memory.ask(question), on_disk.ask(question)
            assert found.ranking == expected.ranking
            assert found.confidence == pytest.approx(expected.confidence, abs=1e-4)


def test_a_calibration_of_the_site_is_used(tmp_path: Path, corpus_file: Path) -> None:
    build([corpus_file], tmp_path / "index", model=MODEL, provide=provide_hashed)
    with trial(tmp_path / "index", MODEL, [], provide=refuse) as tried:
        assert tried.calibration == open_snapshot(tmp_path / "index")[0].calibration
