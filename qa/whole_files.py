"""Writing a file so that it is there whole, or as it was before."""

from pathlib import Path

from index.errors import UserError


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8, word for word, and its folder where there is none.

    Raises UserError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_text(text, encoding="utf-8", newline="")
        beside.replace(path)
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}.", where=str(path)) from error
