"""Starting the service: load, take the port, hand over to uvicorn."""

import errno
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from index.errors import ContentError, InputError
from index.shelf import candidates
from qa import logs
from qa.http.app import NOTICE, create_app, load_service
from qa.http.connections import raise_open_files
from qa.http.proxies import networks
from qa.http.quick import QuickProtocol
from qa.metrics import sharing_metrics
from qa.notice import Notice
from qa.rate_store import refuse_unshared
from qa.settings import Settings
from qa.stopping import GRACE, Server, Workers

if TYPE_CHECKING:
    from fastapi import FastAPI

_BACKLOG = 2048


def serve(settings: Settings, *, say: Callable[[str], None], watch: Sequence[Path] = ()) -> None:
    """Serve until stopped. The port is taken only when questions can be answered.

    watch: files and folders of content; whenever one of them is saved, the index is built anew.

    Raises:
        SnapshotError: there is nothing to serve.
        InputError: the address cannot be used.
        ContentError: there is nothing to serve, and the content that is watched has faults.
        ModelError: a package that watching needs is missing.
    """
    logs.install(settings)
    # Questions come a few at a time: to cut them takes less than to give them to other threads.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    refuse_unshared(settings)
    networks(settings.trusted_proxies)  # refused here, or each worker would be started to refuse
    raise_open_files()
    if not watch:
        _serve(settings, say, None)
        return
    # Here and not above: only watching needs it.
    from qa.watching import watching

    with watching(watch, settings.index, _environment(settings), say) as watched:
        if watched.first.faults and not candidates(settings.index):
            raise ContentError("without a first build there is nothing to serve.")
        _serve(settings, say, watched.notice)


def _serve(settings: Settings, say: Callable[[str], None], notice: Notice | None) -> None:
    service = load_service(settings)
    taken = _take(settings.host, settings.port)
    snapshot, (host, port) = service.answerer.snapshot, taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    say(f"{len(snapshot.entries)} entries at http://{shown}:{port} (Ctrl+C stops it)")
    if settings.workers == 1:
        # It alone must hold the service, which is closed when another snapshot comes into force.
        app = create_app(settings, service, follows=True, notice=notice)
        del service, snapshot
        Server(_config(app, settings)).run(sockets=[taken])
        return
    # The workers load their own; this process only minds them.
    del service, snapshot
    _serve_with_workers(settings, taken, notice)


def _serve_with_workers(settings: Settings, taken: socket.socket, notice: Notice | None) -> None:
    # Each worker is a fresh process that reads its settings from the environment.
    os.environ.update(_environment(settings))
    if notice:
        os.environ[NOTICE] = str(notice.path)
    config = _config("qa.http.app:app_from_environment", settings)
    workers = Workers(config, [taken])
    with sharing_metrics():
        workers.run()
    if workers.has_failed:
        raise InputError("no worker can start.", mend="The lines above say why.")


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables that they can be read from again."""
    values = settings.model_dump(mode="json").items()
    return {
        f"QA_{name.upper()}": ",".join(value) if isinstance(value, list) else str(value)
        for name, value in values
    }


def _config(app: "FastAPI | str", settings: Settings) -> uvicorn.Config:
    """Uvicorn's configuration for an application, or for the name of a factory of one."""
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=settings.workers,
        root_path=settings.root_path,
        log_level=settings.log_level,
        # The address of GET /v1/ask holds what was asked: it is not logged.
        access_log=False,
        server_header=False,
        http=QuickProtocol,
        # What stands before the service is believed by qa.http.proxies, if it is named.
        proxy_headers=False,
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=GRACE,
    )


def _take(host: str, port: int) -> socket.socket:
    """Bind and listen.

    Raises:
        InputError: the port is busy, or the address is not one of this machine.
    """
    place = f"{host}:{port}"
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return _listening(socket.socket(family, socket.SOCK_STREAM), host, port)
    except UnicodeError as error:  # what Python says of a name that cannot be one
        raise InputError("this is not the name of a host.", where=place) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            mend = f"Stop what listens there, or choose another: qa serve --port {port + 1}."
            raise InputError("the port is in use.", where=place, mend=mend) from error
        raise InputError(f"cannot listen there: {error.strerror}.", where=place) from error


def _listening(taken: socket.socket, host: str, port: int) -> socket.socket:
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        # From now on visitors wait instead of being refused while workers load.
        taken.listen(_BACKLOG)
    except OSError:
        taken.close()
        raise
    taken.set_inheritable(True)
    return taken
