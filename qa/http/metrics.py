"""What is counted and timed, for Prometheus."""

from typing import Any, Final

from fastapi import APIRouter, Response

from qa.metrics import MEDIA_TYPE, exposition

router = APIRouter(tags=["operation"])

_DESCRIBED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/metrics", response_class=Response, responses=_DESCRIBED)
def metrics() -> Response:
    """All metrics in Prometheus' text format, of all processes that serve."""
    return Response(exposition(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
