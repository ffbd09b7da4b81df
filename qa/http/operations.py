"""Liveness and readiness."""

from typing import Final

from fastapi import APIRouter, HTTPException

from qa.http.deps import LiveService
from qa.http.problems import Problem
from qa.http.schemas import HealthReply

STUCK: Final = 5.0
"""Who works so many seconds on a few questions will not be done any more."""

router = APIRouter(tags=["operation"])


@router.get("/healthz", response_model_exclude_unset=True)
async def healthz() -> HealthReply:
    """200 while the process lives."""
    return HealthReply(status="ok")


@router.get("/readyz", responses={503: {"model": Problem, "description": "Not ready yet."}})
async def readyz(service: LiveService) -> HealthReply:
    """200 when questions can be answered, else 503."""
    if service.dispatcher.working_for() > STUCK:
        raise HTTPException(503, "Answering is stuck. The service needs to be started again.")
    snapshot = service.answerer.snapshot
    return HealthReply(status="ready", snapshot=snapshot.name, entries=len(snapshot.entries))
