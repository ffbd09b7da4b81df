"""Asking: one question, many, and suggestions while one is typed."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from qa.answerer import Scope
from qa.http.deps import LiveService, NotStored, Utf8Query
from qa.http.leaving import BATCH_PATIENCE, PATIENCE, unless_gone
from qa.http.problems import RESPONSES
from qa.http.schemas import (
    Alternatives,
    AskReply,
    AskRequest,
    BatchReply,
    BatchRequest,
    PageName,
    Question,
    SuggestionReply,
    SuggestReply,
    Tag,
)

router = APIRouter(prefix="/v1", tags=["ask"], responses=RESPONSES, dependencies=[NotStored])


@router.post("/ask")
async def ask(request: Request, asked: AskRequest, service: LiveService) -> AskReply:
    """Answer a question with the stored answer that fits, word for word, or say there is none."""
    answering = service.dispatcher.answer(asked.question, asked.scope)
    answer = await unless_gone(request, answering, PATIENCE)
    return AskReply.of(service.record(answer), asked.question, answer, asked.k)


@router.get("/ask", dependencies=[Utf8Query])
async def ask_by_link(
    request: Request,
    service: LiveService,
    q: Question,
    k: Alternatives = 3,
    tags: Annotated[list[Tag], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    page: PageName = "",
) -> AskReply:
    """The same, for a link or curl."""
    answering = service.dispatcher.answer(q, Scope(tags=tuple(tags), page=page))
    answer = await unless_gone(request, answering, PATIENCE)
    return AskReply.of(service.record(answer), q, answer, k)


@router.post("/ask/batch")
async def ask_many(request: Request, asked: BatchRequest, service: LiveService) -> BatchReply:
    """Answer up to 1,000 questions; each is answered as if it were asked alone."""
    answering = service.dispatcher.answer_many(asked.questions, asked.scope)
    answers = await unless_gone(request, answering, BATCH_PATIENCE)

    def replies() -> BatchReply:
        pairs = zip(asked.questions, answers, strict=True)
        return BatchReply(answers=[AskReply.of(service.record(a), q, a, asked.k) for q, a in pairs])

    # A thousand replies, or a ranking that goes beyond what was judged, take their time.
    return await run_in_threadpool(replies)


@router.get("/suggest", dependencies=[Utf8Query])
def suggest(
    service: LiveService,
    q: Annotated[str, Query(max_length=2_000, description="What has been typed so far.")],
    k: Annotated[int, Query(ge=1, le=50)] = 5,
    tags: Annotated[list[Tag], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    page: PageName = "",
) -> SuggestReply:
    """Stored questions that fit what a person has typed so far."""
    found = service.suggester.suggest(q, k, scope=Scope(tags=tuple(tags), page=page))
    return SuggestReply(suggestions=[SuggestionReply(id=e.id, question=e.title) for e in found])
