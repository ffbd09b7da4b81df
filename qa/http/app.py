"""The service: settings and a snapshot in, an ASGI application out. Nothing is made at import."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.snapshot import Snapshot, load, name_in_force, open_snapshot
from qa.answerer import Answerer
from qa.feedback import Feedback, NotKeptError
from qa.gate import OverloadedError
from qa.http import ask, entries, faq, feedback, operations, pages, problems, widget
from qa.http.admission import OVERLOADED, Admission
from qa.http.deps import Service
from qa.http.limits import BodyLimit
from qa.http.live import Live, OneService, follow
from qa.http.widget import Widget
from qa.notice import Notice
from qa.settings import Settings

_log = logging.getLogger(__name__)


NOTICE: Final = "QA_NOTICE"
"""The variable that tells a worker process of `qa serve --watch` where its notice lies."""


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
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with live:
            given = live.service
            await live.put(given if given else await run_in_threadpool(load_service, settings))
            del given
            following = _following(live, settings) if follows else None
            yield
            if following:
                following.cancel()

    app = FastAPI(
        title="qa",
        summary="Answers from the FAQ, word for word, or says that it has none.",
        version=version("qa-faq"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.notice = notice
    app.state.widget = Widget.shipped()
    for module in (ask, entries, feedback, operations, pages, faq, widget):
        app.include_router(module.router)
    pages.mount_assets(app)
    problems.install(app)
    app.add_exception_handler(OverloadedError, _overloaded)
    app.add_middleware(BodyLimit)
    app.add_middleware(Admission)
    if settings.allowed_origins:
        origins = list(settings.allowed_origins)
        app.add_middleware(
            Cors,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
        )
    app.add_middleware(NoSniff)
    app.add_middleware(OneService, live=live)
    return app


def app_from_environment() -> FastAPI:
    """The application that a worker process makes for itself."""
    notice = os.environ.get(NOTICE)
    return create_app(Settings(), notice=Notice(Path(notice)) if notice else None)


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
    answerer.ask("warm up")
    return Service(answerer, feedback, threads=settings.threads, queue=settings.queue)


def _following(live: Live, settings: Settings) -> asyncio.Task[None]:
    """Serve what comes into force; ids of askings, and the feedback to them, stay what they are."""
    feedback = live.service.feedback if live.service else None

    def newer(name: str) -> Service:
        folder = settings.index / "snapshots" / name
        return _warm(load(folder, threads=settings.threads), settings, feedback)

    return asyncio.create_task(follow(live, lambda: name_in_force(settings.index), newer))


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
        of_widget = scope["type"] == "http" and scope["path"].startswith(widget.PREFIX)
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


class NoSniff:
    """ASGI middleware: browsers take every reply for what its type says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header to the reply."""

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self._app(scope, receive, marked)
