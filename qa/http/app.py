"""The service: settings and a snapshot in, an ASGI application out. Nothing is made at import."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.snapshot import open_snapshot
from qa.answerer import Answerer
from qa.feedback import Feedback, NotKeptError
from qa.http import ask, entries, faq, feedback, operations, pages, problems, widget
from qa.http.deps import Service
from qa.http.limits import BodyLimit
from qa.http.widget import Widget
from qa.settings import Settings

_log = logging.getLogger(__name__)


def create_app(settings: Settings, service: Service | None = None) -> FastAPI:
    """The application over a service, or over the snapshot that the settings name.

    Without a service the snapshot is loaded when the application starts, and `/readyz` says 503
    until then.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loaded = service if service else await run_in_threadpool(load_service, settings)
        async with loaded.dispatcher:
            app.state.service = loaded
            yield

    app = FastAPI(
        title="qa",
        summary="Answers from the FAQ, word for word, or says that it has none.",
        version=version("qa-faq"),
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    app.state.widget = Widget.shipped()
    for module in (ask, entries, feedback, operations, pages, faq, widget):
        app.include_router(module.router)
    pages.mount_assets(app)
    problems.install(app)
    app.add_middleware(BodyLimit)
    if settings.allowed_origins:
        origins = list(settings.allowed_origins)
        app.add_middleware(
            Cors,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Content-Type"],
        )
    app.add_middleware(NoSniff)
    return app


def app_from_environment() -> FastAPI:
    """The application that a worker process makes for itself."""
    return create_app(Settings())


def load_service(settings: Settings) -> Service:
    """Load the snapshot in force and answer a first question, so that a visitor's is not the first.

    Raises:
        SnapshotError: there is none that can be served.
    """
    snapshot, passed_over = open_snapshot(settings.index, threads=settings.threads)
    for problem in passed_over:
        _log.warning("%s An earlier snapshot is used.", problem)
    answerer = Answerer(snapshot, promised_error=settings.promised_error)
    answerer.ask("warm up")
    return Service(answerer, _feedback(settings), threads=settings.threads)


def _feedback(settings: Settings) -> Feedback | None:
    """Where feedback is kept; questions are answered also where it cannot be."""
    try:
        return Feedback.open(settings.index, keeps_comments=settings.keep_comments)
    except NotKeptError as error:
        _log.warning("%s It is refused until the service is started again.", error)
        return None


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
