"""What every reply tells browsers, so that nothing of it is taken for what it is not."""

from typing import Final, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

# The pages of `qa.http.html` have a policy of their own, which says what may run and who may frame
# them. All else is no page: opened as one, it may load nothing, and no page may frame it.
_ALL: Final[_Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_PAGES: Final[_Headers] = (
    *_ALL,
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_OTHERS: Final[_Headers] = (
    *_ALL,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
)
# A browser puts the headers of a 304 in the place of those that it has kept with the page.
_UNCHANGED: Final[_Headers] = _ALL[:1]
_NOT_MODIFIED: Final = 304

_SECURE: Final[_Headers] = ((b"strict-transport-security", b"max-age=31536000"),)
"""For a year only https; said only over https, or a site without it could not be reached again."""


class SecurityHeaders:
    """ASGI middleware that adds the headers that a reply does not have; what it has stays.

    Outside of it only `qa.http.proxies`, which tells it whether the visitor came over https.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add them to the reply."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        secure = _SECURE if scope.get("scheme") == "https" else ()

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                message["headers"] = own + _missing(message["status"], own) + list(secure)
            await send(message)

        await self._app(scope, receive, marked)


def _missing(status: int, own: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    has = {name.lower() for name, _ in own}
    if status == _NOT_MODIFIED:
        wanted = _UNCHANGED
    else:
        wanted = _PAGES if b"content-security-policy" in has else _OTHERS
    return [header for header in wanted if header[0] not in has]
