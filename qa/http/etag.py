"""Sparing clients what they have already (RFC 9110, section 13)."""

import hashlib
from http import HTTPStatus

from fastapi import Request, Response

_OF_THE_BODY = {"content-length", "content-type"}


def unless_known(request: Request, response: Response) -> Response:
    """A response to GET, named by an ETag of its body; or 304 where the client has just that."""
    if response.status_code != HTTPStatus.OK:
        return response
    digest = hashlib.sha256(response.body).hexdigest()[:32]
    tag = f'"{digest}"'
    response.headers["ETag"] = tag
    known = ",".join(request.headers.getlist("If-None-Match")).split(",")
    # A proxy that compresses makes the tag a weak one.
    if not {tag, "*"} & {one.strip().removeprefix("W/") for one in known}:
        return response
    kept = {name: value for name, value in response.headers.items() if name not in _OF_THE_BODY}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
