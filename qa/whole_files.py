"""Writing a file so that it is there whole, or as it was before."""

from contextlib import suppress
from pathlib import Path
from shutil import copymode

from index.errors import UserError


def write_whole(path: Path, text: str) -> None:
    """Write a text in UTF-8, word for word, and its folder where there is none.

    A file keeps its mode, a link leads where it led; what is no file, as a pipe, is written to.
    Raises UserError if it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path.resolve(), text)
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}.", where=str(path)) from error


def _write(path: Path, text: str) -> None:
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8", newline="")
        return
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        if path.exists():
            copymode(path, beside)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
