"""The address of a page, checked and in the one form in which it is compared and asked for."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from index.errors import ContentError
from index.formats.reading import quoted

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 2_000  # characters; longer ones are not made for people
# What may stand in a path or a query as it is; the rest is escaped, and escapes stay.
_PATH: Final = "/%:@!$&'()*+,;=~"
_QUERY: Final = f"{_PATH}?"


@dataclass(frozen=True, slots=True)
class Address:
    """An address over HTTP. host: in ASCII and lower case, without brackets. target: the path, with
    the query if there is one, escaped.
    """

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        """The address as a whole."""
        return f"{self.scheme}://{self.netloc}{self.target}"

    @property
    def netloc(self) -> str:
        """The host, with the port if it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def beside(self, target: str) -> "Address":
        """Another address of the same host."""
        return Address(self.scheme, self.host, self.port, target)

    def following(self, location: str, *, private: bool) -> "Address":
        """Where a link or a redirect leads from here. Raises ContentError as `parse` does."""
        try:
            return parse(urljoin(str(self), location), private=private)
        except ValueError:
            raise _refused(location, "this is not an address.") from None


def parse(text: str, *, private: bool) -> Address:
    """Read an address. private: also one with a port of its own.

    Raises:
        ContentError: it is not an address over HTTP, or not one to be fetched.
    """
    parts = _split(text)
    if parts.scheme not in _PORTS:
        raise _refused(text, "this is not an address that begins with https:// or http://.")
    if "@" in parts.netloc:
        mend = "Leave out what stands before the @."
        raise _refused(text, "a user name in an address is not sent.", mend)
    port = _port(parts, text)
    if not private and port not in _PORTS.values():
        mend = "Add --private if the host is yours."
        raise _refused(text, f"port {port} is not one of the web.", mend)
    target = quote(parts.path or "/", safe=_PATH)
    if parts.query:
        target += f"?{quote(parts.query, safe=_QUERY)}"
    return Address(parts.scheme, _host(parts, text), port, target)


def _split(text: str) -> SplitResult:
    if len(text) > _LONGEST:
        raise _refused(text, f"an address has at most {_LONGEST:,} characters.")
    if re.search(r"[\s\x00-\x1f\x7f\\\ud800-\udfff]", text.strip()):
        raise _refused(text, "there is a space, a backslash or a control character in it.")
    try:
        return urlsplit(text.strip())
    except ValueError:
        raise _refused(text, "this is not an address.") from None


def _port(parts: SplitResult, text: str) -> int:
    try:
        return _PORTS[parts.scheme] if parts.port is None else parts.port
    except ValueError:
        raise _refused(text, "its port is not a number from 0 to 65535.") from None


def _host(parts: SplitResult, text: str) -> str:
    try:
        host = parts.hostname or ""
        if ":" in host and "%" not in host:  # behind which one machine's interface would stand
            return str(IPv6Address(host))
        plain = host.rstrip(".").encode("idna").decode() if len(host) <= 253 else ""
    except (UnicodeError, AddressValueError):
        plain = ""
    if not re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", plain):
        raise _refused(text, "its host is not a name that there can be.")
    return plain


def _refused(text: str, what: str, mend: str = "Check the address.") -> ContentError:
    return ContentError(what, where=quoted(text).strip("“”"), mend=mend)
