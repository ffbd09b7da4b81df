"""The sites around the widget: a small server of pages, at an origin that is not the service's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Site:
    """Pages by their path; what is below `/help/` is passed on to the service, as a proxy does."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.behind = ""
        self._pages: dict[str, tuple[bytes, dict[str, str]]] = {}

    def put(self, path: str, page: str, **headers: str) -> str:
        """Serve a page; its address. Header names have _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._pages[path] = page.encode(), named
        return self.origin + path

    def get(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, content and headers."""
        if path.startswith("/help/"):
            reply = httpx.get(self.behind + path.removeprefix("/help"))
            return reply.status_code, reply.content, {"Content-Type": reply.headers["content-type"]}
        content, headers = self._pages.get(path.partition("?")[0], (b"", {}))
        known = path.partition("?")[0] in self._pages
        return (
            (200 if known else 404),
            content,
            {"Content-Type": "text/html; charset=utf-8"} | headers,
        )

    def post(self, path: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """The same of what is sent to the service."""
        headers = {"Content-Type": "application/json"}
        reply = httpx.post(self.behind + path.removeprefix("/help"), content=body, headers=headers)
        return reply.status_code, reply.content, {"Content-Type": reply.headers["content-type"]}


@contextmanager
def served() -> Iterator[Site]:
    """A site on a free port of the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(*site.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._reply(*site.post(self.path, body))

        def _reply(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()
