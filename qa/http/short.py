"""A short way through FastAPI for requests as they should be: its own takes as long as the answer.

FastAPI finds out anew for every request what its route depends on. Where a route is given nothing
but its body, there is nothing to find out.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, cast

from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from qa.http.deps import NO_STORE, NotStored

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_JSON: Final = "application/json"
_HEADERS: Final[Mapping[str, str]] = {"Cache-Control": NO_STORE}


class ShortRoute(APIRoute):
    """A route whose endpoint takes `request` and `asked`, a model, and returns a model.

    What is not `application/json`, or not valid, goes FastAPI's way, which says what is wrong. That
    way the endpoint is documented, too.
    """

    def get_route_handler(self) -> _Handler:
        """The short way, with FastAPI's for the rest."""
        whole, field = super().get_route_handler(), self.body_field
        if field is None or _needs_more(self):
            raise TypeError(f"{self.path} needs more than a body")
        model = cast("type[BaseModel]", field.field_info.annotation)

        async def handle(request: Request) -> Response:
            asked = await _read(request, model)
            if asked is None:
                return await whole(request)
            reply = await self.endpoint(request, asked)
            return Response(reply.model_dump_json(), headers=_HEADERS, media_type=_JSON)

        return handle


async def _read(request: Request, model: type[BaseModel]) -> BaseModel | None:
    """The body, None if it cannot be read as it is."""
    if request.headers.get("content-type") != _JSON:
        return None
    try:
        return model.model_validate_json(await request.body())
    except ValidationError:
        return None


def _needs_more(route: APIRoute) -> bool:
    """Whether something of it would be passed over on the short way."""
    given = route.dependant
    # The header that this one sets is set on the short way too.
    dependencies = [one.call for one in given.dependencies] != [NotStored.dependency]
    parameters = (given.path_params, given.query_params, given.header_params, given.cookie_params)
    return dependencies or any(parameters) or route.status_code is not None
