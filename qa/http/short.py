"""A short way past FastAPI for requests as they should be: its own takes as long as the answer.

FastAPI finds the route in two steps, opens what dependencies may have to close, and finds out anew
for every request what its route depends on. Where an endpoint is given nothing but a body, there is
nothing to find out.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from starlette._utils import get_route_path
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.http.deps import NO_STORE

_JSON: Final = "application/json"
_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": NO_STORE}


@dataclass(frozen=True, slots=True)
class ShortRoute:
    """A route of FastAPI's that takes nothing but a body, posted as `application/json`.

    endpoint: takes `request` and what the model read of its body.
    """

    path: str
    endpoint: Callable[[Request, Any], Awaitable[BaseModel]]
    model: type[BaseModel]


class ShortWay:
    """ASGI middleware, to be the innermost: answers the requests of one route by itself.

    What is not valid goes on to FastAPI's own route, which says what is wrong; it is documented
    there, too. Bodies are whole when they come here (`qa.http.limits`).
    """

    def __init__(self, app: ASGIApp, route: ShortRoute) -> None:
        self._app, self._route = app, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if not self._is_mine(scope):
            await self._app(scope, receive, send)
            return
        body = (await receive())["body"]
        try:
            asked = self._route.model.model_validate_json(body)
        except ValidationError:
            await self._app(scope, _again(body, receive), send)
            return
        scope["route"] = self._route  # what the request is counted for
        response = await self._response(Request(scope, receive), asked)
        await response(scope, receive, send)

    def _is_mine(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and get_route_path(scope) == self._route.path
            and Headers(scope=scope).get("content-type") == _JSON  # the first, as FastAPI has it
        )

    async def _response(self, request: Request, asked: BaseModel) -> Response:
        """What the endpoint replies, or what the application makes of its error."""
        try:
            reply = await self._route.endpoint(request, asked)
        except Exception as error:
            handlers = request.app.exception_handlers
            known = (handlers[kind] for kind in type(error).__mro__ if kind in handlers)
            if not (handler := next(known, None)):
                raise
            response: Response = await handler(request, error)
            return response
        return Response(reply.model_dump_json(), headers=_HEADERS, media_type=_JSON)


def _again(body: bytes, receive: Receive) -> Receive:
    """What is received when a body that was read already comes first."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return first.pop() if first else await receive()

    return receiving
