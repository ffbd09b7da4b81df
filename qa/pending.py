"""Questions that wait to be answered: which are taken next, and together."""

from dataclasses import dataclass, field
from threading import Condition

from qa.answerer import Scope


@dataclass(frozen=True, slots=True)
class Question:
    """A trimmed question that can be asked, and which entries may answer it."""

    text: str
    scope: Scope


@dataclass(slots=True)
class Pending:
    """The questions that nobody works on yet, each once, in the order in which they came.

    Threads may share it.
    """

    _waiting: dict[Question, None] = field(default_factory=dict)
    _changed: Condition = field(default_factory=Condition)
    _idle: int = 0  # threads that wait for a question
    _is_closed: bool = False

    def put(self, question: Question) -> None:
        """Let a question wait.

        Raises:
            RuntimeError: it was closed: nobody would take it.
        """
        with self._changed:
            if self._is_closed:
                raise RuntimeError("questions are no longer answered here")
            self._waiting[question] = None
            self._changed.notify()

    def withdraw(self, question: Question) -> bool:
        """Let it wait no longer; False when it was taken already."""
        with self._changed:
            return self._waiting.pop(question, self) is None

    def take(self, most: int) -> list[Question]:
        """The oldest question, and up to so many in all of those nearest to it in length.

        It waits until there is one; none means that there will be no more. As the oldest always
        goes first, as many turns pass before a question's own as there were questions before it, at
        most.
        """
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            # Nobody else who waits must be left with nothing to do. Those who are at work find what
            # comes meanwhile: to leave them a share, too, would make groups smaller.
            share = -(-len(self._waiting) // self._idle)
            self._idle -= 1
            taken = _alike(list(self._waiting), min(most, share))
            for question in taken:
                del self._waiting[question]
            return taken

    def close(self) -> None:
        """Nothing more will come: what waits is still taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


def _alike(questions: list[Question], most: int) -> list[Question]:
    """The first, and of the others those that differ least from it in length; at most so many."""
    if len(questions) <= most:
        return questions
    length = len(questions[0].text)
    # The first differs by nothing, and sorting leaves equals in their order.
    return sorted(questions, key=lambda question: abs(len(question.text) - length))[:most]
