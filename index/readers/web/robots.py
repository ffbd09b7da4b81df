"""What a host says of itself in its robots.txt (RFC 9309): what may be fetched, and how fast."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from index.errors import ContentError
from index.readers.web.address import Address
from index.readers.web.network import UnavailableError

if TYPE_CHECKING:
    from protego import Protego

PRODUCT: Final = "qa-faq"
"""The name that a robots.txt knows us by."""

LARGEST: Final = 512 * 1024
"""As many bytes of a robots.txt are read; RFC 9309 asks for 500 KiB at least."""

# Groups times rules, which is what the parser may have to keep: a second's work.
_LARGEST_PARSE: Final = 1_000_000


class Robots:
    """The rules of the hosts that are visited, each host's read once."""

    def __init__(self, read: Callable[[Address], tuple[int, bytes]]) -> None:
        """read: an address to the status and the bytes there; raises ContentError as it likes."""
        self._read = read
        self._rules: dict[str, Protego | ContentError] = {}

    def check(self, address: Address) -> None:
        """Raise ContentError where the host does not wish this address to be fetched."""
        if not self._rules_of(address).can_fetch(str(address), PRODUCT):
            mend = (
                f"Ask whoever runs it to allow “{PRODUCT}”, or save the page and import the file."
            )
            raise ContentError(
                "robots.txt there forbids to fetch this.", where=str(address), mend=mend
            )

    def delay(self, address: Address) -> float:
        """The seconds between two requests that the host asks for; 0 if it does not say."""
        return self._rules_of(address).crawl_delay(PRODUCT) or 0.0

    def _rules_of(self, address: Address) -> "Protego":
        robots = address.beside("/robots.txt")
        if str(robots) not in self._rules:
            try:
                self._rules[str(robots)] = self._parsed(robots)
            except ContentError as error:
                self._rules[str(robots)] = error
        known = self._rules[str(robots)]
        if isinstance(known, ContentError):
            raise known
        return known

    def _parsed(self, robots: Address) -> "Protego":
        # Here and not above: only fetching needs it.
        from protego import Protego

        status, data = self._read(robots)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # Nobody knows what is allowed, so nothing is.
            what = f"the host answers {status}, so that nobody knows what may be fetched there."
            raise UnavailableError(what, where=str(robots), mend="Try again later.")
        text = data.decode(errors="replace").removeprefix("\ufeff")
        lines = text.splitlines()
        groups = sum("agent" in line.lower() for line in lines)
        if groups * (len(lines) - groups) > _LARGEST_PARSE:
            raise ContentError("this has more rules than can be followed.", where=str(robots))
        return Protego.parse(text if status == HTTPStatus.OK else "")
