"""The service: settings and a snapshot in, an ASGI application out. Nothing is made at import."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.telemetry import TelemetryConfig
from starlette._utils import get_route_path
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from index.shelf import folder_of, name_in_force
from index.snapshot import Snapshot, load, open_snapshot
from qa import logs, rendering
from qa.answerer import Answerer
from qa.feedback import Feedback, NotKeptError
from qa.gate import OverloadedError
from qa.http import (
    admin,
    ask,
    entries,
    faq,
    feedback,
    metrics,
    operations,
    pages,
    problems,
    widget,
)
from qa.http.access import Access
from qa.http.admission import OVERLOADED, Admission
from qa.http.deps import Service
from qa.http.door import DOOR, Door
from qa.http.headers import SecurityHeaders
from qa.http.hosts import Hosts
from qa.http.limits import BodyLimit
from qa.http.live import Live, OneService, follow
from qa.http.proxies import TrustedProxies, networks
from qa.http.rates import RateLimit
from qa.http.requests import Requests
from qa.http.short import ShortWay
from qa.http.widget import Widget
from qa.keys import Keys
from qa.notice import Notice
from qa.questions import QuestionLog
from qa.rate_store import Counts
from qa.rates import Rates
from qa.retention import keep_pruned, prune
from qa.settings import Settings

_log = logging.getLogger(__name__)


NOTICE: Final = "QA_NOTICE"
"""The variable that tells a worker process of `qa serve --watch` where its notice lies."""

# When it has been up for so many seconds, what the first answers can do without is brought in.
_AFTER_THE_FIRST: Final = 1.0

# FastAPI would hand on what was asked, which is in the address of GET /v1/ask; and to find that
# there is nobody to hand it to takes a hundredth of what a request does.
_NO_TELEMETRY: Final = TelemetryConfig(tracing=False, metrics=False, logs=False)


def create_app(
    settings: Settings,
    service: Service | None = None,
    *,
    follows: bool = False,
    notice: Notice | None = None,
) -> FastAPI:
    """The application over a service, or over the snapshot that the settings name.

    Without a service the snapshot is loaded when the application starts, and `/readyz` says 503
    until then. follows: whether snapshots that come into force are served from then on; without a
    service it is so in any case. notice: what the pages show of faults in the content.
    """
    live, follows = Live(service), follows or service is None
    del service  # or it would be kept when another has taken its place

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        with QuestionLog(settings.index, keeps=settings.keep_questions) as app.state.questions:
            async with live:
                given = live.service
                await live.put(given if given else await run_in_threadpool(load_service, settings))
                del given
                async with _going_on(_background(live, settings, follows)):
                    yield _state(live, settings)

    app = FastAPI(
        title="qa",
        summary="Answers from the FAQ, word for word, or says that it has none.",
        version=version("qa-faq"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.state.notice = notice
    app.state.widget = Widget.shipped()
    app.state.index = settings.index
    for module in (ask, entries, feedback, operations, metrics, admin, pages, faq, widget):
        app.include_router(module.router)
    pages.mount_assets(app)
    problems.install(app)
    app.add_exception_handler(OverloadedError, _overloaded)
    for middleware, options in _doors(settings, live):
        app.add_middleware(middleware, **options)
    return app


def _doors(settings: Settings, live: Live) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What a request goes through before it is answered, the innermost first."""
    yield ShortWay, {"route": ask.SHORT}
    yield Admission, {}
    yield OneService, {"live": live}
    yield BodyLimit, {}
    if rates := Rates.of(settings):
        yield RateLimit, {"rates": rates, "counts": Counts.of(settings)}
    keys = Keys.open(settings.index)
    yield Access, {"keys": keys, "protected": frozenset(settings.protected)}
    yield problems.Unforeseen, {}
    if settings.allowed_origins:
        yield (
            Cors,
            {
                "allow_origins": list(settings.allowed_origins),
                "allow_methods": ["GET", "POST"],
                "allow_headers": ["Content-Type", "Authorization", "X-API-Key"],
                "expose_headers": ["Retry-After", "X-Request-ID"],
            },
        )
    yield Hosts, {"allowed": settings.allowed_hosts}
    yield SecurityHeaders, {}
    yield Requests, {}
    if settings.trusted_proxies:
        yield TrustedProxies, {"trusted": networks(settings.trusted_proxies)}


def app_from_environment() -> FastAPI:
    """The application that a worker process makes for itself."""
    gc.freeze()  # all modules are there now: they stay (qa.garbage)
    settings = Settings()
    logs.install(settings)
    notice = os.environ.get(NOTICE)
    return create_app(settings, notice=Notice(Path(notice)) if notice else None)


def load_service(settings: Settings) -> Service:
    """Load the snapshot in force and answer a first question, so that a visitor's is not the first.

    Raises:
        SnapshotError: there is none that can be served.
    """
    snapshot, passed_over = open_snapshot(settings.index, threads=settings.threads)
    for problem in passed_over:
        _log.warning("%s An earlier snapshot is used.", problem)
    return _warm(snapshot, settings, _feedback(settings))


def _warm(snapshot: Snapshot, settings: Settings, feedback: Feedback | None) -> Service:
    answerer = Answerer(snapshot, promised_error=settings.promised_error)
    # Long enough that the encoder's helpers are started, too.
    answerer.ask("Is everything in memory and at work by now, so that nobody has to wait for it?")
    return Service(answerer, feedback, threads=settings.threads, queue=settings.queue)


def _background(
    live: Live, settings: Settings, follows: bool
) -> Iterator[Coroutine[Any, Any, None]]:
    """What goes on while it serves."""
    feedback = live.service.feedback if live.service else None
    yield keep_pruned(partial(prune, settings.index, feedback, settings.retention_days))
    yield _bring_in_rendering()
    if follows:
        yield _follow(live, settings, feedback)


async def _bring_in_rendering() -> None:
    """Have answers rendered soon, so that no visitor waits for it, but not before the first."""
    await asyncio.sleep(_AFTER_THE_FIRST)
    await run_in_threadpool(rendering.bring_in)


@asynccontextmanager
async def _going_on(works: Iterable[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Have them go on meanwhile; should one fail it is logged."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(_tell)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("Work beside the requests has ended until the next start.", exc_info=error)


def _state(live: Live, settings: Settings) -> dict[str, Any]:
    """What the protocol finds. Where requests may have no key or be too many, only those that pass
    are questions: nobody must fill the door for the others.
    """
    is_open = not Rates.of(settings) and "ask" not in settings.protected
    return {DOOR: Door(live.dispatcher)} if is_open else {}


async def _follow(live: Live, settings: Settings, feedback: Feedback | None) -> None:
    """Serve what comes into force; ids of askings, and the feedback to them, stay what they are."""

    def newer(name: str, before: Service | None) -> Service:
        snapshot = load(
            folder_of(settings.index, name),
            threads=settings.threads,
            before=before.answerer.snapshot if before else None,
        )
        return _warm(snapshot, settings, feedback)

    await follow(live, lambda: name_in_force(settings.index), newer)


def _feedback(settings: Settings) -> Feedback | None:
    """Where feedback is kept; questions are answered also where it cannot be."""
    try:
        return Feedback.open(settings.index, keeps_comments=settings.keep_comments)
    except NotKeptError as error:
        _log.warning("%s It is refused until the service is started again.", error)
        return None


async def _overloaded(request: Request, _error: Exception) -> Response:
    request.state.refused = "overload"
    return OVERLOADED


class Cors(CORSMiddleware):
    """Starlette's, with its refusals in the service's shape; the widget's files are for all."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the widget's own header as it is: one copy in a cache serves every page."""
        of_widget = scope["type"] == "http" and get_route_path(scope).startswith(widget.PREFIX)
        await (self.app if of_widget else super().__call__)(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer whether the origin may call."""
        reply = super().preflight_response(request_headers)
        if reply.status_code < HTTPStatus.BAD_REQUEST:
            return reply
        detail = (
            "This origin, method or header is not allowed. QA_ALLOWED_ORIGINS names the origins."
        )
        return problems.problem(reply.status_code, detail, headers={"Vary": "Origin"})
