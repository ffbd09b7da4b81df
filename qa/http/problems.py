"""Every error of the service as application/problem+json (RFC 9457), in one place."""

import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import InputError

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_SCHEMA = "#/components/schemas/Problem"


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="Where in the request, such as `body.question`.")
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 shapes it."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong and how to mend it.")
    errors: list[Fault] = []


def problem(
    status: int,
    detail: str,
    *,
    errors: list[Fault] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """A problem as a response."""
    body = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or []
    )
    return JSONResponse(
        body.model_dump(exclude_defaults=False),
        status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Give the application its handlers."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(InputError, _unusable)
    _describe(app)


def _describe(app: FastAPI) -> None:
    """Have OpenAPI tell the errors' own media type, where FastAPI would say application/json."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        operations = [one for path in document["paths"].values() for one in path.values()]
        for operation in operations:
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: {"schema": {"$ref": _SCHEMA}}}
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's way to extend it


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        400: "The request is not JSON, or not UTF-8.",
        401: "An API key is needed, and there is none, or one that is not known.",
        413: "The body is too large.",
        422: "The request is well formed, but a value cannot be used.",
        429: "More questions than the rate allows.",
        503: "No snapshot is loaded yet, or more is asked than can be answered in time.",
    }.items()
}
"""What every route that takes a question may answer besides, for OpenAPI."""


# What FastAPI says when reading a body fails in any way but a syntax error.
_UNREADABLE = "There was an error parsing the body"


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what Starlette registered it for
    details = {
        400: "The body cannot be read as JSON in UTF-8.",
        404: f"There is nothing at {request.url.path}.",
        405: f"{request.method} is not possible here.",
    }
    has_own = error.detail not in {"", _UNREADABLE, HTTPStatus(error.status_code).phrase}
    detail = error.detail if has_own else details.get(error.status_code, error.detail)
    headers = {**(error.headers or {}), **(_allow(request) if error.status_code == 405 else {})}
    return problem(error.status_code, detail, headers=headers)


def _allow(request: Request) -> dict[str, str]:
    """All methods of the path: Starlette names those of the first route that has it."""
    routes = [route for route in request.app.router.routes if not isinstance(route, Mount)]
    allowed = [
        method
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]
    return {"Allow": ", ".join(allowed)} if allowed else {}


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    faults = [_fault(one) for one in error.errors()]
    status = 400 if any(one["type"] == "json_invalid" for one in error.errors()) else 422
    detail = "; ".join(f"{fault.where}: {fault.message}" for fault in faults[:3])
    return problem(status, detail, errors=faults[:20])


def _fault(error: dict[str, Any]) -> Fault:
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["loc"] == ("body",) and error["type"] in {"model_attributes_type", "missing"}:
        message = "Send a JSON object, with the header Content-Type: application/json."
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", "")
        return Fault(where="body", message=f"This is not JSON: {reason}.".replace(": .", "."))
    return Fault(where=".".join(map(str, error["loc"])), message=message)


async def _unusable(_request: Request, error: Exception) -> JSONResponse:
    return problem(422, str(error))


class Unforeseen:
    """ASGI middleware that makes a problem of any other error, and logs where it arose.

    Not what the error says: the question may be in it. (Starlette's handler of all errors raises
    them again, for the server to log them in full.)
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and answer in its place when that fails."""
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # noqa: BLE001 - the outermost door
            place = "".join(traceback.format_tb(error.__traceback__))
            _log.error("unforeseen %s\n%s", type(error).__name__, place)
            if started:
                raise RuntimeError("The reply broke off.") from None
            detail = "The service failed to answer. This is a fault in it, not in the request."
            await problem(500, detail)(scope, receive, send)
