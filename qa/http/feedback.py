"""What a visitor says of an answer, once an asking."""

import logging
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, status

from qa.feedback import NotKeptError
from qa.http.deps import LiveService
from qa.http.problems import RESPONSES, Problem
from qa.http.schemas import FeedbackRequest
from qa.metrics import count_feedback

_log = logging.getLogger(__name__)

_UNKNOWN = (
    "No asking is known by this id: it was never given out, is older than a day, or its entry is "
    "gone. POST /v1/ask gives ids."
)
_TWICE = "There was feedback to this asking already; it counts once."
_UNKEPT = "Feedback cannot be kept at the moment. Questions are answered all the same."

router = APIRouter(prefix="/v1", tags=["feedback"], responses=RESPONSES)


@router.post(
    "/feedback",
    status_code=status.HTTP_204_NO_CONTENT,
    responses={
        404: {"model": Problem, "description": "No such asking."},
        409: {"model": Problem, "description": "There was feedback to it already."},
        503: {"model": Problem, "description": "Feedback cannot be kept, or nothing is loaded."},
    },
)
def feedback(request: FeedbackRequest, service: LiveService) -> None:
    """Say whether the answer helped, and if not, what went wrong.

    It is counted for the entry; the question is not kept.
    """
    now = datetime.now(UTC)
    if service.feedback is None:
        raise HTTPException(503, _UNKEPT)
    asking = service.askings.read(request.id, now)
    if asking is None:
        raise HTTPException(404, _UNKNOWN)
    try:
        first = service.feedback.keep(asking, request.verdict, request.comment or "", now)
    except NotKeptError as error:
        _log.warning("%s", error)
        raise HTTPException(503, _UNKEPT, {"Retry-After": "60"}) from error
    if not first:
        raise HTTPException(409, _TWICE)
    count_feedback(request.verdict)
