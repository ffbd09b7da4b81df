"""One page over HTTP: within a time, a size and a number of redirects, whatever the server does."""

import gzip
import io
import socket
import ssl
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from importlib.metadata import version
from typing import Final, cast

from index.errors import ContentError, first_line
from index.readers.web.address import Address
from index.readers.web.network import Deadline, Network, UnavailableError
from index.readers.web.robots import PRODUCT

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_BUSY: Final = {HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for. media_types: any where it is empty. size: in bytes, decoded; what goes
    beyond it is cut off or refused. redirects: how many are followed.
    """

    media_types: frozenset[str] = frozenset()
    size: int
    cut: bool = False
    redirects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came. address: where in the end. data: decoded; empty unless the status is 200.
    location: where a redirect leads.
    """

    address: Address
    status: int
    media_type: str = ""
    charset: str = ""
    location: str = ""
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """Gets pages. No cookie is kept, no credential sent.

    private: also from hosts that are not public. seconds: for one page, with all its redirects.
    """

    network: Network
    private: bool
    seconds: float
    _tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def get(self, address: Address, wanted: Wanted, check: Callable[[Address], None]) -> Reply:
        """Get a page. check: raises ContentError for an address that is not to be asked for.

        Raises:
            ContentError: it is not to be had, is too large, or is not what is wanted.
            UnavailableError: the host does not answer, or is too busy.
        """
        start, deadline = address, Deadline.after(self.seconds)
        for _ in range(wanted.redirects + 1):
            check(address)
            reply = self._hop(address, wanted, deadline)
            if not reply.location:
                return reply
            address = address.following(reply.location, private=self.private)
        what = f"this leads on and on, more than {wanted.redirects} times."
        raise ContentError(what, where=str(start), mend="Give the address where it ends.")

    def _hop(self, address: Address, wanted: Wanted, deadline: Deadline) -> Reply:
        where = str(address)
        try:
            with closing(self._connected(address, deadline)) as taken:
                return _reply(_asked(address, _Timed(taken, deadline)), address, wanted)
        except TimeoutError:
            what = f"there was no whole answer within {self.seconds:g} seconds."
            raise UnavailableError(what, where=where, mend="Try again later.") from None
        except ssl.SSLCertVerificationError as error:
            what = f"the certificate there is not to be trusted: {error.verify_message}."
            raise UnavailableError(what, where=where, mend="Check the address.") from None
        except (OSError, HTTPException) as error:
            said = first_line(getattr(error, "strerror", None) or error) or type(error).__name__
            what = f"this cannot be fetched: {said.rstrip('.')}."
            raise UnavailableError(what, where=where, mend="Check the address.") from None

    def _connected(self, address: Address, deadline: Deadline) -> socket.socket:
        taken = self.network.open(
            address.host, address.port, private=self.private, deadline=deadline, where=str(address)
        )
        if address.scheme == "http":
            return taken
        try:
            taken.settimeout(deadline.left())
            # The name is in the handshake and must be in the certificate, not the IP address.
            return self._tls.wrap_socket(taken, server_hostname=address.host)
        except OSError:
            taken.close()
            raise


class _Timed(io.RawIOBase):
    """A connection of which every step has what is left of the time: `http.client` takes it for a
    socket, and sets no limit itself but to a single read.
    """

    def __init__(self, taken: socket.socket, deadline: Deadline) -> None:
        self._socket, self._deadline = taken, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what is given
        self._socket.settimeout(self._deadline.left())
        return self._socket.recv_into(buffer)

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(self._deadline.left())
        self._socket.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def close(self) -> None:
        """Leave it open: `http.client` closes before it has read; whoever opened it closes it."""


def _asked(address: Address, connection: _Timed) -> HTTPResponse:
    asking = HTTPConnection(address.host, address.port)
    asking.sock = cast(socket.socket, connection)
    headers = {
        "Host": address.netloc,
        "User-Agent": f"{PRODUCT}/{version(PRODUCT)}",
        "Accept": "text/html, */*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    asking.request("GET", address.target, headers=headers)
    return asking.getresponse()


def _reply(response: HTTPResponse, address: Address, wanted: Wanted) -> Reply:
    if response.status in _REDIRECTS and (location := response.getheader("Location")):
        # Headers are read as Latin-1; browsers take what is not ASCII for UTF-8.
        plain = location.encode("latin-1").decode(errors="replace").strip()
        return Reply(address=address, status=response.status, location=plain)
    if response.status != HTTPStatus.OK:
        return Reply(address=address, status=response.status)
    # Without the header, `get_content_type` says text/plain.
    stated = response.headers.get("Content-Type") is not None
    media_type = response.headers.get_content_type() if stated else ""
    if wanted.media_types and media_type not in {"", *wanted.media_types}:
        what = f"what is there cannot be read ({media_type})."
        mend = "Save it, and import the file if it is of a format that can be imported."
        raise ContentError(what, where=str(address), mend=mend)
    return Reply(
        address=address,
        status=response.status,
        media_type=media_type,
        charset=str(response.headers.get_content_charset("")),
        data=_body(response, address, wanted),
    )


def _body(response: HTTPResponse, address: Address, wanted: Wanted) -> bytes:
    data = response.read(wanted.size + 1)
    if len(data) <= wanted.size and response.length:
        raise IncompleteRead(b"", response.length)
    encoding = response.getheader("Content-Encoding", "").strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        data = unpacked(data, wanted.size, where=str(address))
    elif encoding not in {"", "identity"}:
        raise ContentError(f"it is packed as {encoding}, not as asked for.", where=str(address))
    if len(data) > wanted.size and not wanted.cut:
        raise too_large(wanted.size, where=str(address))
    return data[: wanted.size]


def unpacked(data: bytes, size: int, *, where: str) -> bytes:
    """Unpack gzip, up to one byte more than a size: a few bytes can stand for as many as they like.

    Raises:
        ContentError: it is not whole.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            return file.read(size + 1)
    except (OSError, EOFError, zlib.error):
        raise ContentError("what came is broken gzip.", where=where) from None


def too_large(size: int, *, where: str) -> ContentError:
    """What to say of more bytes than are read."""
    mend = "Save it, and import the file."
    return ContentError(f"this is larger than {size / 1e6:g} MB.", where=where, mend=mend)


def refuse_failure(reply: Reply) -> None:
    """Raise ContentError, UnavailableError where the host is too busy, unless the status is 200."""
    if reply.status == HTTPStatus.OK:
        return
    kind = UnavailableError if reply.status in _BUSY else ContentError
    names = {status.value: status.phrase for status in HTTPStatus}
    said = f"the server answers {reply.status} {names.get(reply.status, '')}".strip()
    raise kind(f"{said}.", where=str(reply.address), mend="Check the address in a browser.")
