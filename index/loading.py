"""How a stored encoder is loaded, by its kind."""

from collections.abc import Callable
from pathlib import Path

from index.encoder import Encoder, EncoderDescription, ExportedEncoder
from index.errors import ModelError, not_installed


def _load_torch(folder: Path, description: EncoderDescription, _threads: int) -> Encoder:
    # Only for a model that has no graph; it brings in torch.
    try:
        from index.export import TorchEncoder
    except ImportError as error:
        raise not_installed("this snapshot's model", error, where=str(folder)) from error
    return TorchEncoder(Path(description.model))


LOADERS: dict[str, Callable[[Path, EncoderDescription, int], Encoder]] = {
    "onnx": ExportedEncoder,
    "sentence-transformers": _load_torch,
}
"""How an encoder of each kind is loaded from its folder."""


def load_encoder(folder: Path, threads: int = 0) -> Encoder:
    """The encoder stored in that folder; `threads` 0 means one for each core."""
    description = EncoderDescription.load(folder)
    if description.kind not in LOADERS:
        raise ModelError(
            f"there is no encoder of the kind {description.kind!r}.", where=str(folder)
        )
    return LOADERS[description.kind](folder, description, threads)
