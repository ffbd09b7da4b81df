"""Administration over HTTP, for whoever has an admin key: the snapshots, and going back to one."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from index.errors import BusyError, InputError, UserError
from index.history import Kept, kept, roll_back
from qa.http.access import ADMIN, admin_only
from qa.http.problems import Problem

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"model": Problem, "description": description}
    for status, description in {
        401: "No API key, or one that is not known.",
        403: "The key is not an admin's.",
        429: "More requests than the rate allows.",
    }.items()
}
_BEARER: Final = HTTPBearer(
    bearerFormat="API key", description="Made by `qa keys add NAME --admin`.", auto_error=False
)

router = APIRouter(
    prefix=ADMIN,
    tags=["administration"],
    responses=_RESPONSES,
    dependencies=[Depends(_BEARER), Depends(admin_only)],
)


class SnapshotReply(BaseModel):
    """A snapshot on disk. `problem` says why it cannot be used, empty if nothing is known to be
    wrong; `pages` and `entries` are null where it cannot be read. `size` is in bytes.
    """

    name: str
    made: datetime
    pages: int | None
    entries: int | None
    size: int
    in_force: bool
    problem: str

    @classmethod
    def of(cls, snapshot: Kept) -> Self:
        """A snapshot without the path that it has on the server's disk."""
        return cls(
            name=snapshot.name,
            made=snapshot.made,
            pages=snapshot.pages,
            entries=snapshot.entries,
            size=snapshot.size,
            in_force=snapshot.is_in_force,
            problem="It is damaged." if snapshot.problem else "",
        )


class SnapshotsReply(BaseModel):
    """The snapshots that are kept, newest first."""

    snapshots: list[SnapshotReply]


class RollbackRequest(BaseModel):
    """Which snapshot to go back to."""

    name: Annotated[
        str,
        Field(
            max_length=100,
            description="Its name, or as much of its beginning as tells it from the others; "
            "empty: the one before that in force.",
        ),
    ] = ""


class RollbackReply(BaseModel):
    """The snapshot that is in force from now on."""

    name: str


async def _index(request: Request) -> Path:
    folder: Path = request.app.state.index
    return folder


Index = Annotated[Path, Depends(_index)]


@router.get("/snapshots")
def snapshots(index: Index) -> SnapshotsReply:
    """The snapshots that are kept, newest first."""
    return SnapshotsReply(snapshots=[SnapshotReply.of(one) for one in kept(index)])


@router.post(
    "/rollback",
    responses={
        409: {"model": Problem, "description": "It is damaged, there is none, or one is built."},
        422: {"model": Problem, "description": "No snapshot is known by this name, or several."},
    },
)
def rollback(index: Index, asked: RollbackRequest | None = None) -> RollbackReply:
    """Put an earlier snapshot in force; all processes serve it within seconds.

    The next build publishes its own again.
    """
    try:
        return RollbackReply(name=roll_back(index, asked.name if asked else "").name)
    except UserError as error:
        # Not where it is: the path on the server's disk is nobody's business.
        detail = error.what[:1].upper() + error.what[1:]
        status = 422 if isinstance(error, InputError) else 409
        headers = {"Retry-After": "5"} if isinstance(error, BusyError) else None
        raise HTTPException(status, detail, headers) from error
