"""Questions between the wire and the dispatcher: they count as under way before they are.

A hundred requests may come in one turn of the event loop, before the first of them is a question
that the dispatcher knows of. Were they not counted, all would be let in and most refused later, at
many times the cost.
"""

from collections.abc import Callable
from typing import Final

from starlette.types import Scope

from qa.dispatcher import Dispatcher

DOOR: Final = "door"
"""The door's name in the state of the application (ASGI's lifespan), and so of every request."""

_TICKET: Final = "ticket"


class Door:
    """Lets questions in while there is room. It lives in one event loop, whose alone it is."""

    def __init__(self, dispatcher: Callable[[], Dispatcher | None]) -> None:
        """dispatcher: the one in force, None until there is one."""
        self._dispatcher = dispatcher
        self._inside = 0

    def refuses(self) -> bool:
        """Whether a question asked by itself is refused now."""
        dispatcher = self._dispatcher()
        return dispatcher is not None and dispatcher.refuses(beside=self._inside)

    def let_in(self) -> "Ticket":
        """Count a question until its ticket is given back."""
        self._inside += 1
        return Ticket(self)

    def _given_back(self) -> None:
        self._inside -= 1


class Ticket:
    """That a question was let in; to be given back once the dispatcher counts it."""

    __slots__ = ("_door",)

    def __init__(self, door: Door) -> None:
        self._door: Door | None = door

    def put_in(self, scope: Scope) -> None:
        """Have what answers the request find it."""
        scope["state"][_TICKET] = self

    def give_back(self) -> None:
        """Count no more; again it does nothing."""
        door, self._door = self._door, None
        if door:
            door._given_back()


def was_let_in(scope: Scope) -> bool:
    """Whether a request was let in on the wire."""
    return _TICKET in scope["state"]


def give_back(scope: Scope) -> None:
    """Give back the ticket of a request, if it has one: the dispatcher counts it now."""
    ticket: Ticket | None = scope["state"].get(_TICKET)
    if ticket:
        ticket.give_back()
