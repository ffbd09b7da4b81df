"""Who may: routes that need an API key, refused before anything else is done for them."""

from typing import Final

from fastapi import Request
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.http.hosts import ASKED_BY_ADDRESS
from qa.http.problems import problem
from qa.keys import Key, Keys, Role

ADMIN: Final = "/v1/admin"
"""How the paths of administration begin."""

METRICS: Final = "/metrics"

# What stays open where asking is protected: what says whether the service lives, and files that
# are the same for every site. All else needs a key, also what is added one day.
_OPEN: Final = frozenset({*ASKED_BY_ADDRESS, "/widget.js", METRICS})
_OPEN_FOLDERS: Final = ("/widget/", "/site/", "/docs/assets/")

_NONE: Final = "This needs an API key: send it in the header Authorization: Bearer KEY."
_UNKNOWN: Final = "This API key is not known: it was revoked, or never given out."
_NOT_ADMIN: Final = "This needs an admin key: qa keys add NAME --admin makes one."


class Access:
    """ASGI middleware that asks for a key where one is needed: none or an unknown one is 401, one
    that does not do 403. The name of the key is `key` in the request's state, its role `role`.

    A key comes in a header, never in the address, which would be logged and passed on. An unknown
    one on a route that is open is ignored.
    """

    def __init__(self, app: ASGIApp, keys: Keys, protected: frozenset[str]) -> None:
        """protected: the groups of routes that need a key, see `qa.settings.Protected`."""
        self._app, self._keys = app, keys
        self._asking, self._metrics = "ask" in protected, "metrics" in protected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if it may go on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        needed, presented = self._needed(scope), _presented(scope)
        key = self._keys.who(presented) if presented else None
        if needed and key is None:
            detail = _UNKNOWN if presented else _NONE
            reply = problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
        elif needed and key and not _does(key, needed):
            reply = problem(403, _NOT_ADMIN)
        else:
            if key:
                scope.setdefault("state", {}).update(key=key.name, role=key.role)
            await self._app(scope, receive, send)
            return
        await reply(scope, receive, send)

    def _needed(self, scope: Scope) -> Role | None:
        """The role that the route needs, None for an open one.

        The path is read by the function that routing reads it by, so there are no two opinions
        about where a request goes; a path that is written in another way goes nowhere.
        """
        path = get_route_path(scope)
        if path.startswith(ADMIN):
            return Role.ADMIN
        if path == METRICS and self._metrics:
            return Role.ADMIN
        if self._asking and path not in _OPEN and not path.startswith(_OPEN_FOLDERS):
            return Role.VISITOR
        return None


def _does(key: Key, needed: Role) -> bool:
    return key.role in {needed, Role.ADMIN}


def _presented(scope: Scope) -> str:
    """The key in the headers, "" if there is none; that of Authorization counts before the other's.

    A site's proxy may have a use of its own for Authorization (Basic): then there is the other.
    """
    other = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, given = value.partition(b" ")
            if scheme.lower() == b"bearer":
                return str(given, "latin-1").strip()
        elif name == b"x-api-key":
            other = other or value
    return str(other, "latin-1").strip()


async def admin_only(request: Request) -> None:
    """A dependency of the routes of administration: they ask too, whatever way led to them.

    Raises:
        HTTPException: 403 unless `Access` has let an admin key in.
    """
    if request.scope.get("state", {}).get("role") is not Role.ADMIN:
        raise HTTPException(403, _NOT_ADMIN)
