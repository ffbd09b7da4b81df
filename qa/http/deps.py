"""What a route may ask for."""

import secrets
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Depends, HTTPException, Request

from qa.answer import Answer
from qa.answerer import Answerer
from qa.askings import KEY_BYTES, Askings
from qa.feedback import Feedback
from qa.suggest import Suggester


class Service:
    """What one process serves from: an answerer and a suggester over the same snapshot, and where
    feedback is kept; None where it cannot be.
    """

    def __init__(self, answerer: Answerer, feedback: Feedback | None = None) -> None:
        self.answerer = answerer
        self.suggester = Suggester(answerer.snapshot)
        self.feedback = feedback
        key = feedback.key if feedback else secrets.token_bytes(KEY_BYTES)
        self.askings = Askings(key, (entry.id for entry in answerer.snapshot.entries))

    def id_of(self, answer: Answer) -> str:
        """A new id for the asking that got this answer."""
        return self.askings.id_of(answer.entry.id if answer.entry else "", datetime.now(UTC))


def _loaded(request: Request) -> Service | None:
    service: Service | None = request.app.state.service
    return service


def _service(request: Request) -> Service:
    service = _loaded(request)
    if service is None:
        raise HTTPException(503, "The snapshot is still being loaded.", {"Retry-After": "1"})
    return service


def _utf8_query(request: Request) -> None:
    # Starlette would put a replacement character in the place of broken bytes, and the wrong
    # question would be answered.
    try:
        unquote_to_bytes(request.scope["query_string"]).decode()
    except UnicodeDecodeError as error:
        raise HTTPException(400, "The query string is not UTF-8.") from error


LiveService = Annotated[Service, Depends(_service)]
LoadedService = Annotated[Service | None, Depends(_loaded)]
Utf8Query = Depends(_utf8_query)
