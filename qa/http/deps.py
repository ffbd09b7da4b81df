"""What a route may ask for."""

from typing import Annotated
from urllib.parse import unquote_to_bytes

from fastapi import Depends, HTTPException, Request

from qa.answerer import Answerer
from qa.suggest import Suggester


class Service:
    """What one process serves from: an answerer and a suggester over the same snapshot."""

    def __init__(self, answerer: Answerer) -> None:
        self.answerer = answerer
        self.suggester = Suggester(answerer.snapshot)


def _service(request: Request) -> Service:
    service: Service | None = request.app.state.service
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
Utf8Query = Depends(_utf8_query)
