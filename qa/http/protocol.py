"""What cannot be read as HTTP at all is answered as a problem too."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from qa.http.problems import problem

_DETAIL = "This is not HTTP as it can be read here, or its address is longer than 64 KiB."


class ProblemProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, with its own reply to a broken request in the service's shape."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - its words are for developers
        """Answer 400 and close the connection."""
        reply = problem(400, _DETAIL, headers={"Connection": "close"})
        lines = [b"HTTP/1.1 400 Bad Request", *(b": ".join(pair) for pair in reply.raw_headers)]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(reply.body)]))
        self.transport.close()
