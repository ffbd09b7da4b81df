"""How often: callers that ask more than the rates allow are told when they may ask again."""

import math
from dataclasses import dataclass
from typing import Final

from fastapi import HTTPException, Request
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from qa.http.problems import problem
from qa.rate_store import Counts
from qa.rates import Rate, Rates, caller_of

# Routes that compute or write; the rest costs little, or tells whether the service lives.
_COUNTED: Final = frozenset({"/v1/ask", "/v1/ask/batch", "/v1/suggest", "/v1/feedback"})
_COUNTED_FOLDERS: Final = ("/v1/admin",)

_DETAIL: Final = "These are more questions than one caller may ask. Try again in {} seconds."
_TOO_MANY: Final = "A batch of so many is more than the rate allows. Send at most {:,} questions."


@dataclass(frozen=True, slots=True)
class _Caller:
    """Whom a request counts for, and by which rates."""

    who: str
    rates: tuple[Rate, ...]
    counts: Counts

    async def wait(self, questions: int) -> float:
        """Count questions; or count none and return the seconds to wait."""
        return await self.counts.wait(self.who, self.rates, questions) if self.rates else 0.0


class RateLimit:
    """ASGI middleware that counts a request as one question and refuses with 429 what is too much.

    A request with a known key counts for the key, any other for its address; see `qa.http.access`,
    which must be outside of this one. A batch counts as one here and is charged for the others by
    `charge`, once it is read.
    """

    def __init__(self, app: ASGIApp, rates: Rates, counts: Counts) -> None:
        self._app, self._rates, self._counts = app, rates, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its caller may ask now."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                await self._counts.aclose()
            return
        if scope["type"] == "http" and _is_counted(get_route_path(scope)):
            caller = self._caller(scope)
            if seconds := await caller.wait(1):
                detail, headers = _refusal(seconds)
                await problem(429, detail, headers=headers)(scope, receive, send)
                return
            scope["state"]["caller"] = caller
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> _Caller:
        if key := scope.setdefault("state", {}).get("key"):
            return _Caller(f"key/{key}", self._rates.per_key, self._counts)
        address = scope["client"][0] if scope.get("client") else ""
        who = f"address/{caller_of(address)}"
        return _Caller(who, self._rates.per_address, self._counts)


def _is_counted(path: str) -> bool:
    return path in _COUNTED or path.startswith(_COUNTED_FOLDERS)


async def charge(request: Request, questions: int) -> None:
    """Count the questions of a batch, the first of which was counted at the door.

    Raises:
        HTTPException: 429 when they are too many.
    """
    caller: _Caller | None = request.scope.get("state", {}).get("caller")
    if caller is None or questions < 2 or not caller.rates:
        return
    if questions > (most := min(rate.amount for rate in caller.rates)):
        _, headers = _refusal(max(rate.seconds for rate in caller.rates))
        raise HTTPException(429, _TOO_MANY.format(most), headers)
    if seconds := await caller.wait(questions - 1):
        # When it comes again it is counted at the door again.
        anew = caller.counts.until(caller.who, caller.rates, questions)
        detail, headers = _refusal(max(seconds, anew))
        raise HTTPException(429, detail, headers)


def _refusal(seconds: float) -> tuple[str, dict[str, str]]:
    whole = max(1, math.ceil(seconds))
    return _DETAIL.format(whole), {"Retry-After": str(whole)}
