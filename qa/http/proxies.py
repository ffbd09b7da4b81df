"""Whom a request is from, where proxies stand between: they are believed only if they are named."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import InputError

_Address: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network

_LONGEST: Final = 60  # characters of an address with a port
_SCHEMES: Final = frozenset({b"http", b"https"})
_WHERE: Final = {
    "where": "QA_TRUSTED_PROXIES",
    "mend": "Name the proxies, such as 127.0.0.1, or their network, such as 172.16.0.0/12.",
}


def networks(names: Iterable[str]) -> tuple[_Network, ...]:
    """The networks that an operator named; an address is a network of one.

    Raises:
        InputError: a name is neither, or is of all the world, who could then claim any address.
    """
    found: list[_Network] = []
    for name in names:
        try:
            network = ip_network(name, strict=False)
        except ValueError as error:
            raise InputError(f"this is not an address or network: {name!r}.", **_WHERE) from error
        if network.prefixlen == 0:
            raise InputError(f"this would believe everybody: {name!r}.", **_WHERE)
        found.append(network)
    return tuple(found)


class TrustedProxies:
    """ASGI middleware: client and scheme are what a named proxy says of them.

    Each proxy adds whom it was asked by to the right of `X-Forwarded-For`. So the rightmost address
    that is no named proxy's counts; what stands to the left of it anybody may have written. From
    anybody else the headers change nothing.

    Uvicorn's own middleware takes `*` and then believes the leftmost, takes names that are no
    addresses, and does not know a proxy again whose IPv4 address comes as `::ffff:10.0.0.1`.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[_Network]) -> None:
        self._app, self._trusted = app, trusted
        # The same few proxies, or visitors, come again and again.
        self._is_proxy = lru_cache(maxsize=1024)(self._read_peer)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the client and the scheme right before the request is passed on."""
        client = scope.get("client")
        if client and self._is_proxy(client[0]):
            self._believe(scope)
        await self._app(scope, receive, send)

    def _read_peer(self, text: str) -> bool:
        address = _address(text)
        return address is not None and self._is_trusted(address)

    def _is_trusted(self, address: _Address) -> bool:
        return any(address in network for network in self._trusted)

    def _believe(self, scope: Scope) -> None:
        chain: list[bytes] = []
        scheme = b""
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                chain += value.split(b",")
            elif name == b"x-forwarded-proto":
                scheme = value.strip().lower()
        if scheme in _SCHEMES:
            scope["scheme"] = scheme.decode()
        if asker := self._asker(chain):
            scope["client"] = (str(asker), 0)

    def _asker(self, chain: Sequence[bytes]) -> _Address | None:
        """The rightmost that is no proxy of ours, or the leftmost of ours; None for nonsense."""
        address = None
        for part in reversed(chain):
            found = _address(str(part, "latin-1").strip())
            if found is None:
                return address
            address = found
            if not self._is_trusted(address):
                break
        return address


def _address(text: str) -> _Address | None:
    """An address as a proxy writes it, with or without a port; None if it is none."""
    if len(text) > _LONGEST:
        return None
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
