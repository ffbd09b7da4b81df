"""What can go wrong that a user can mend.

UserError
├── ContentError     a content file or an entry in it
├── ModelError       the encoder's model: missing, not the promised weights, not exportable
├── SnapshotError    no snapshot, a damaged one, one of another format
├── BusyError        another process is building
└── InputError       what was asked: a question, an option, a file of questions
"""


class UserError(Exception):
    """A fault that the user can mend, told in one line: where, what, how to mend it."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{place}{self.what}{mend}"


class ContentError(UserError):
    """A content file, or an entry in it, cannot be used."""


class ModelError(UserError):
    """The encoder's model is missing, is not the one promised, or cannot be used."""


class SnapshotError(UserError):
    """There is no snapshot that can be served."""


class BusyError(UserError):
    """Another process is building into the same index directory."""


class InputError(UserError):
    """A question, an option or a file of questions cannot be used."""


INSTALL_INDEX = "Install the indexing step: pip install 'qa-faq[index]'."
"""How to mend what only the indexing step's packages can do."""


def not_installed(what: str, error: ImportError, *, where: str = "") -> ModelError:
    """What could not be done for want of a package, in the words before "needs a package"."""
    told = f"{what} needs a package that is not installed ({error.name})."
    return ModelError(told, where=where, mend=INSTALL_INDEX)


def first_line(error: object) -> str:
    """The first line of what a library says; its errors may have many."""
    return str(error).partition("\n")[0]
