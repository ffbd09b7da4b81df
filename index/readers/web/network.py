"""Connecting to the hosts that may be connected to, and to no other.

A name is resolved once, every address that it has is judged, and the connection goes to one of
those very addresses: nothing can change between the check and its use.
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread
from time import monotonic
from typing import Final, TypeVar

from index.errors import ContentError

T = TypeVar("T")

_PATIENCE: Final = 5.0  # seconds for one address, so that the next has its turn
_TRIED: Final = 4  # addresses of one name

# What the versions of `ipaddress` do not agree on: protocol assignments and relays of 6to4.
_NOT_PUBLIC_4: Final = (ip_network("192.0.0.0/24"), ip_network("192.88.99.0/24"))
# All that is given out to anybody; the rest is local, embeds IPv4, or is for later.
_UNICAST_6: Final = ip_network("2000::/3")
# Teredo and 6to4 lead to whatever IPv4 address they hold; the third is for documentation.
_NOT_PUBLIC_6: Final = (ip_network("2001::/32"), ip_network("2002::/16"), ip_network("3fff::/20"))
_NAT64: Final = ip_network("64:ff9b::/96")


class UnavailableError(ContentError):
    """A host does not answer, or not now; there is no sense in asking it again and again."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which all must be done, whatever number of steps it takes."""

    ends: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The one that is so many seconds from now."""
        return cls(monotonic() + seconds)

    def left(self) -> float:
        """The seconds that are left, more than 0.

        Raises:
            TimeoutError: none are.
        """
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet, and of no special use."""
    address = ip_address(text)
    embedded = _embedded(address) if isinstance(address, IPv6Address) else address
    if embedded is not None:
        special = any(embedded in network for network in _NOT_PUBLIC_4)
        return embedded.is_global and not embedded.is_multicast and not special
    special = any(address in network for network in _NOT_PUBLIC_6)
    return address in _UNICAST_6 and address.is_global and not special


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a connection to it really goes to, where there is one."""
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the order in which they should be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class Network:
    """How names are resolved and connections made. Proxies of the environment are ignored.

    resolve: host and port to IP addresses. connect: such an address with the port, and how many
    seconds it may take, to a socket.
    """

    resolve: Callable[[str, int], Sequence[str]] = resolve
    connect: Callable[[tuple[str, int], float], socket.socket] = socket.create_connection

    def open(
        self, host: str, port: int, *, private: bool, deadline: Deadline, where: str
    ) -> socket.socket:
        """Connect to a host. private: also where that is no address of the public internet.

        Raises:
            ContentError: the host is not known, or not to be connected to; `where` is named.
            OSError: there is no connection to be had.
        """
        addresses = self._addresses(host, port, deadline, where)
        for address in () if private else addresses:
            if not is_public(address):
                mend = "Add --private if it is yours; or save the page and import the file."
                raise ContentError(f"{address} is not a public address.", where=where, mend=mend)
        return self._first(addresses[:_TRIED], port, deadline)

    def _addresses(self, host: str, port: int, deadline: Deadline, where: str) -> Sequence[str]:
        try:
            addresses = _in_time(lambda: self.resolve(host, port), deadline)
        except (socket.gaierror, UnicodeError):
            addresses = []
        if not addresses:
            mend = "Check the address, and that this machine has a connection."
            raise UnavailableError(f"the host “{host}” is not known.", where=where, mend=mend)
        return addresses

    def _first(self, addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
        failed = OSError("there is no address.")
        for address in addresses:
            try:
                return self.connect((address, port), min(_PATIENCE, deadline.left()))
            except OSError as error:
                failed = error
        raise failed


def _in_time(work: Callable[[], T], deadline: Deadline) -> T:
    """Do it in a thread that is left behind when the time is up: nothing else stops a resolver.

    Raises:
        TimeoutError: the time is up.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except (OSError, UnicodeError) as error:
            outcome.set_exception(error)

    Thread(target=run, name="resolving", daemon=True).start()
    return outcome.result(deadline.left())
