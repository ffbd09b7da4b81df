"""Asking: one question, many, and suggestions while one is typed."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from qa.answer import Answer
from qa.answerer import Scope
from qa.http.admission import ASK
from qa.http.deps import (
    LiveService,
    NotStored,
    Service,
    Utf8Query,
    questions_of,
    service_of,
)
from qa.http.door import give_back
from qa.http.leaving import BATCH_PATIENCE, PATIENCE, unless_gone
from qa.http.problems import RESPONSES
from qa.http.rates import charge
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
from qa.http.short import ShortRoute

router = APIRouter(prefix="/v1", tags=["ask"], responses=RESPONSES, dependencies=[NotStored])


@router.post("/ask")
async def ask(request: Request, asked: AskRequest) -> AskReply:
    """Answer a question with the stored answer that fits, word for word, or say there is none."""
    return await _reply(request, asked.question, asked.scope, asked.k)


SHORT: Final = ShortRoute(ASK, ask, AskRequest)
"""The same, for a request as it should be."""


@router.get("/ask", dependencies=[Utf8Query])
async def ask_by_link(
    request: Request,
    q: Question,
    k: Alternatives = 3,
    tags: Annotated[list[Tag], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    page: PageName = "",
) -> AskReply:
    """The same, for a link or curl."""
    return await _reply(request, q, Scope(tags=tuple(tags), page=page), k)


async def _reply(request: Request, question: str, scope: Scope, k: int) -> AskReply:
    service = service_of(request)
    answering = _answer(request, service, question, scope)
    answer = await unless_gone(request, answering, PATIENCE)
    questions_of(request).keep(question, answer)
    return AskReply.of(service.record(answer), question, answer, k)


async def _answer(request: Request, service: Service, question: str, scope: Scope) -> Answer:
    give_back(request.scope)  # from here on the dispatcher counts it
    return await service.dispatcher.answer(question, scope)


@router.post("/ask/batch")
async def ask_many(request: Request, asked: BatchRequest, service: LiveService) -> BatchReply:
    """Answer up to 1,000 questions; each is answered as if it were asked alone."""
    await charge(request, len(asked.questions))
    answering = service.dispatcher.answer_many(asked.questions, asked.scope)
    answers = await unless_gone(request, answering, BATCH_PATIENCE)

    questions = questions_of(request)

    def replies() -> BatchReply:
        pairs = list(zip(asked.questions, answers, strict=True))
        for question, answer in pairs:
            questions.keep(question, answer)
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
