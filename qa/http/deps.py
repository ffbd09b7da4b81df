"""What a route may ask for."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Final
from urllib.parse import unquote_to_bytes

from fastapi import Depends, HTTPException, Request, Response

from qa import metrics
from qa.answer import Answer
from qa.answerer import Answerer
from qa.askings import KEY_BYTES, Askings
from qa.dispatcher import QUEUE, Dispatcher
from qa.feedback import Feedback
from qa.questions import QuestionLog
from qa.suggest import Suggester

NO_STORE: Final = "no-store"


class Service:
    """What one process serves from: an answerer and a suggester over the same snapshot, and where
    feedback is kept; None where it cannot be. Questions go through the dispatcher.
    """

    def __init__(
        self,
        answerer: Answerer,
        feedback: Feedback | None = None,
        *,
        threads: int = 0,
        queue: int = QUEUE,
    ) -> None:
        """threads: how many encode at once; 0: one for each processor. queue: how many questions
        may be under way.
        """
        self.answerer = answerer
        self.dispatcher = Dispatcher(answerer, threads, queue)
        self.suggester = Suggester(answerer.snapshot)
        self.feedback = feedback
        key = feedback.key if feedback else secrets.token_bytes(KEY_BYTES)
        self.askings = Askings(key, answerer.snapshot.entries.id_of_hash)

    def record(self, answer: Answer) -> str:
        """Count an asking that got this answer; returns a new id for it."""
        metrics.count_answer(answer)
        return self.askings.id_of(answer.entry.id if answer.entry else "", datetime.now(UTC))


# What a route asks for is found in the event loop: going to a thread would cost more than it.


async def _loaded(request: Request) -> Service | None:
    service: Service | None = request.state.service  # see qa.http.live
    return service


def service_of(request: Request) -> Service:
    """The service that a request uses.

    Raises:
        HTTPException: 503, there is none yet.
    """
    service: Service | None = request.state.service
    if service is None:
        raise HTTPException(503, "The snapshot is still being loaded.", {"Retry-After": "1"})
    return service


async def _service(request: Request) -> Service:
    return service_of(request)


async def _utf8_query(request: Request) -> None:
    # Starlette would put a replacement character in the place of broken bytes, and the wrong
    # question would be answered.
    try:
        unquote_to_bytes(request.scope["query_string"]).decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, "The query string is not UTF-8.") from error


async def _not_stored(response: Response) -> None:
    # The address of GET /v1/ask holds what was asked, and the reply an id that is to be used once.
    response.headers["Cache-Control"] = NO_STORE


def questions_of(request: Request) -> QuestionLog:
    """Where the questions are kept."""
    questions: QuestionLog = request.app.state.questions
    return questions


LiveService = Annotated[Service, Depends(_service)]
LoadedService = Annotated[Service | None, Depends(_loaded)]
Utf8Query = Depends(_utf8_query)
NotStored = Depends(_not_stored)
