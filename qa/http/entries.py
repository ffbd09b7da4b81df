"""The stored entries, paged and one by one."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query

from qa.http.deps import LiveService, Utf8Query
from qa.http.problems import RESPONSES, Problem
from qa.http.schemas import EntriesReply, EntryReply, PageName, Tag

router = APIRouter(prefix="/v1/entries", tags=["entries"], responses=RESPONSES)


@router.get("", dependencies=[Utf8Query])
def entries(
    service: LiveService,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    tags: Annotated[list[Tag], Query(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    page: PageName = "",
) -> EntriesReply:
    """The entries that are shown now, in the order of the content."""
    stored = service.answerer.snapshot.entries
    shown = stored.numbers(datetime.now(UTC), page, tuple(tags))
    part = [EntryReply.of(stored[number]) for number in shown[offset : offset + limit]]
    return EntriesReply(total=len(shown), offset=offset, limit=limit, entries=part)


@router.get("/{id:path}", responses={404: {"model": Problem, "description": "No such entry."}})
def entry(id: str, service: LiveService) -> EntryReply:
    """One entry by its id."""
    now = datetime.now(UTC)
    found = service.answerer.entry(id)
    if found is None or not found.is_shown(now):
        raise HTTPException(404, "There is no entry with this id. GET /v1/entries lists them.")
    return EntryReply.of(found)
