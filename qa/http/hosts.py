"""Which host a request is for: a name that can be one, and one of those that are served."""

import re
from collections.abc import Sequence
from typing import Final

from starlette._utils import get_route_path
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.http.problems import problem

_MOST: Final = 255  # characters
# Starlette makes addresses of it, so that nothing may end or hide the host. [...] is IPv6.
_HOST: Final = re.compile(
    rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*\])(?::[0-9]{0,5})?"
)
_PORT: Final = re.compile(r":[0-9]*$")

_NOT_ONE: Final = "Send one Host header, with the name of a host, such as faq.example.org."
_ANOTHER: Final = "This host is not served here. QA_ALLOWED_HOSTS names those that are."

ASKED_BY_ADDRESS: Final = ("/healthz", "/readyz")
"""Paths that are served for any host: whoever watches a process asks it by its address."""


class Hosts:
    """ASGI middleware that refuses a Host header which is missing, repeated or no host, and with
    `allowed` any other host with 421.

    allowed: names such as `faq.example.org`, or `*.example.org` for all below example.org, without
    ports; none: any host.
    """

    def __init__(self, app: ASGIApp, allowed: Sequence[str] = ()) -> None:
        self._app = app
        names = [name.lower().rstrip(".") for name in allowed if name != "*"]
        self._names = frozenset(name for name in names if not name.startswith("*."))
        self._endings = tuple(name[1:] for name in names if name.startswith("*."))
        self._is_open = not names or "*" in allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        is_any = self._is_open or get_route_path(scope) in ASKED_BY_ADDRESS
        if not hosts and scope.get("http_version") == "1.0" and is_any:
            return None
        if len(hosts) != 1 or len(hosts[0]) > _MOST or not _HOST.fullmatch(hosts[0]):
            return problem(400, _NOT_ONE)
        if is_any or self._allows(hosts[0].decode("ascii")):
            return None
        return problem(421, _ANOTHER)

    def _allows(self, host: str) -> bool:
        name = _PORT.sub("", host).rstrip(".").lower()
        return name in self._names or name.endswith(self._endings)
