"""What the process logs, on standard error: lines of text, or JSON objects, one a line.

No question and no key is in it. What an unforeseen error says is left out too, for the question may
be in that: its kind and where it arose are told.
"""

import json
import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, TypeAlias

from qa.settings import Settings

REQUEST_ID: Final = ContextVar("request_id", default="")
"""The id of the request that is being answered; "" where there is none."""

_OWN: Final = ("qa", "index", "uvicorn")
# What other packages say below a warning is theirs to choose, so it may hold what was asked.
_OTHERS: Final = logging.WARNING

_log = logging.getLogger(__name__)

_ExcInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def install(settings: Settings) -> None:
    """Log as the settings say, from now on, in the whole process; may be called again."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    for before in root.handlers[:]:
        if isinstance(before.formatter, TextLines | JsonLines):  # of an earlier call
            root.removeHandler(before)
    root.addHandler(handler)
    level = settings.log_level.upper()
    root.setLevel(max(_OTHERS, logging.getLevelNamesMapping()[level]))
    for name in _OWN:
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.handlers.clear()  # uvicorn's own
        logger.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


class TextLines(logging.Formatter):
    """The moment in UTC, the level, the logger, the request's id in brackets, and the message."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the place of an error below it."""
        id_ = REQUEST_ID.get()
        shown = f" [{id_}]" if id_ else ""
        head = f"{_time(record)} {record.levelname} {record.name}{shown} {_message(record)}"
        place = _place(record)
        return f"{head}\n{place}" if place else head


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message"}`, then `"request_id"`, the fields that the record has
    as `fields`, and of an error its `"error"`, each where there is one.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object, in ASCII: whatever reads it cannot break on it."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if id_ := REQUEST_ID.get():
            line["request_id"] = id_
        line |= getattr(record, "fields", {})
        if place := _place(record):
            line["error"] = place
        return json.dumps(line, default=str)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03}Z"


def _message(record: logging.LogRecord) -> str:
    # asyncio adds lines that show a task with its error, in which the question may be.
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def _place(record: logging.LogRecord) -> str:
    error = record.exc_info[1] if record.exc_info else None
    return place_of(error) if error else ""


def place_of(error: BaseException) -> str:
    """Of what kind an error is and where it arose, and those that led to it; not what it says."""
    shown: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        where = "".join(traceback.format_tb(one.__traceback__))
        shown.append(f"{where}{type(one).__qualname__}")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\nwhich came of\n".join(shown)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _log.critical("the process ends", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is not None and arguments.exc_type is not SystemExit:
        name = arguments.thread.name if arguments.thread else "?"
        known: _ExcInfo = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
        _log.error("the thread %s ends", name, exc_info=known)
