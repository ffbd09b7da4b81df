"""The service in force, and putting a new one in its place without dropping a request.

Every request uses one service from beginning to end; the one before is closed when the last
request that uses it is done.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from errno import ENOENT, ENOTDIR
from types import TracebackType
from typing import Final, Self

from starlette.types import ASGIApp, Receive, Scope, Send

from qa import metrics
from qa.dispatcher import Dispatcher
from qa.http.deps import Service

_log = logging.getLogger(__name__)

_TURN: Final = 0.25  # seconds between two looks at the pointer


@dataclass(eq=False, slots=True)
class _Held:
    """A service, what to close with it, and how many requests use it."""

    service: Service
    resources: AsyncExitStack = field(default_factory=AsyncExitStack)
    users: int = 0


class Live:
    """Holds the service in force. It lives in one event loop, whose alone it is."""

    def __init__(self, service: Service | None = None) -> None:
        self._held = _Held(service) if service else None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def service(self) -> Service | None:
        """The service in force; None until there is one."""
        return self._held.service if self._held else None

    def dispatcher(self) -> Dispatcher | None:
        """What answers questions now; None until there is a service."""
        return self._held.service.dispatcher if self._held else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what is in force, and wait for those before it that are being closed."""
        held, self._held = self._held, None
        if held:
            await held.resources.aclose()
        await asyncio.gather(*self._closing)

    async def put(self, service: Service) -> None:
        """Have the requests from now on use another service."""
        new = _Held(service)
        await new.resources.enter_async_context(service.dispatcher)
        before, self._held = self._held, new
        snapshot = service.answerer.snapshot
        built = datetime.fromisoformat(snapshot.manifest.created)
        metrics.note_snapshot(built.timestamp(), len(snapshot.entries))
        if before:
            self._close_if_over(before)

    @contextmanager
    def using(self) -> Iterator[Service | None]:
        """The service in force, which is not closed while it is used here."""
        held = self._held
        if held is None:
            yield None
            return
        held.users += 1
        try:
            yield held.service
        finally:
            held.users -= 1
            self._close_if_over(held)

    def _close_if_over(self, held: _Held) -> None:
        if held is self._held or held.users:
            return
        task = asyncio.create_task(held.resources.aclose())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def follow(
    live: Live, newest: Callable[[], str], load: Callable[[str, Service | None], Service]
) -> None:
    """Put each snapshot that comes into force in the place of the one before, until cancelled.

    newest: the name of the one in force, "" if there is none. load: makes a service of it, told the
    one that it replaces; what it raises is logged, and what is served stays. What may pass, such as
    too many open files, is tried again.
    """
    tried = live.service.answerer.snapshot.name if live.service else ""
    told = ""
    while True:
        await asyncio.sleep(_TURN)
        name = await asyncio.to_thread(newest)
        if name in {"", tried}:
            continue
        try:
            await live.put(await asyncio.to_thread(load, name, live.service))
        except Exception as error:  # noqa: BLE001 - whatever it is, the server serves on
            tried = tried if _may_pass(error) else name
            if name != told:
                metrics.SNAPSHOTS_REFUSED.inc()
                _log.warning("%s The snapshot before it is served on.", error)
            told = name
        else:
            tried = name


def _may_pass(error: Exception) -> bool:
    """Whether it is not the snapshot's fault: the system refused something, other than a file that
    is not there.
    """
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno not in {ENOENT, ENOTDIR}


class OneService:
    """ASGI middleware: a request finds the service in its state, the same one until it is done."""

    def __init__(self, app: ASGIApp, live: Live) -> None:
        self._app, self._live = app, live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the service while the request lasts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._live.using() as service:
            scope.setdefault("state", {})["service"] = service
            await self._app(scope, receive, send)
