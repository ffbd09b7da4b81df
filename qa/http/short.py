"""A short way past FastAPI for requests as they should be: its own takes as long as the answer.

FastAPI finds the route in two steps, opens what dependencies may have to close, and finds out anew
for every request what its route depends on. Where an endpoint is given nothing but a body, there is
nothing to find out.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from qa.http.deps import NO_STORE

_JSON: Final = "application/json"
_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": NO_STORE}
_LONG_WAY: Final = "qa.long_way"


class ShortRoute(Route):
    """A route for a body that is posted as `application/json`, to stand before FastAPI's own of the
    same path. What is not valid goes on to that one, which says what is wrong; it is documented
    there, too.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[[Request, Any], Awaitable[BaseModel]],
        model: type[BaseModel],
    ) -> None:
        """endpoint: takes `request` and what the model read of its body."""
        super().__init__(path, endpoint, methods=["POST"], include_in_schema=False)
        self.model = model

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request is one of these."""
        is_mine = (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and get_route_path(scope) == self.path
            and Headers(scope=scope).get("content-type") == _JSON  # the first, as FastAPI has it
            and _LONG_WAY not in scope
        )
        return (Match.FULL, {"route": self}) if is_mine else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or go on to FastAPI's route."""
        request = Request(scope, receive)
        body = await request.body()
        try:
            asked = self.model.model_validate_json(body)
        except ValidationError:
            await scope["app"].router({**scope, _LONG_WAY: True}, _again(body, receive), send)
            return
        reply = await self.endpoint(request, asked)
        response = Response(reply.model_dump_json(), headers=_HEADERS, media_type=_JSON)
        await response(scope, receive, send)


def _again(body: bytes, receive: Receive) -> Receive:
    """What is received when a body that was read already comes first."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return first.pop() if first else await receive()

    return receiving
