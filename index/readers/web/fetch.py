"""Fetching a FAQ from an address: one page, or those that a sitemap lists.

Politely: as robots.txt allows, one page at a time, with a pause between two. And warily: only what
is public, unless it is said to be one's own, and never more or longer than is said here.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import monotonic, sleep
from typing import Final

from index.errors import ContentError
from index.formats.reading import Finding
from index.readers.source import Source
from index.readers.web import robots, sitemap
from index.readers.web.address import Address, parse
from index.readers.web.download import (
    Downloader,
    Reply,
    Wanted,
    refuse_failure,
    too_large,
    unpacked,
)
from index.readers.web.network import Network, UnavailableError
from index.readers.web.robots import Robots

_SHEETS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORDS: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_PACKED: Final = frozenset({"application/gzip", "application/x-gzip"})

MEDIA_TYPES: Final = frozenset(
    {"text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown"}
    | {"text/csv", "application/csv", "text/tab-separated-values", _SHEETS, _WORDS}
    | {"application/json", "application/ld+json", "application/jsonl", "application/x-ndjson"}
    | {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"}
    | {"application/xml", "text/xml"}
)
"""What may be at an address; a sitemap may be packed with gzip besides."""

_ROBOTS: Final = Wanted(size=robots.LARGEST, cut=True, redirects=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is fetched, and how fast.

    seconds: for one page in all. size: of one page, decoded, in bytes. redirects: followed for one
    page. pause: seconds between two pages; longest_pause: what a host may make of it. sitemaps,
    listed: how many sitemaps of one site are read, and how many addresses in them. failures: after
    so many pages in a row that the host did not give, it is left alone.
    """

    seconds: float = 15.0
    size: int = 5_000_000
    redirects: int = 3
    pause: float = 0.5
    longest_pause: float = 10.0
    sitemaps: int = 50
    listed: int = 50_000
    failures: int = 5


def fetch(
    address: str,
    *,
    private: bool = False,
    most_pages: int = 500,
    told: Callable[[Finding], None],
    limits: Limits = Limits(),
    network: Network = Network(),  # noqa: B008 - it is frozen
) -> Iterator[Source]:
    """Fetch a page, or the pages of the same host that a sitemap lists, in its order.

    A source is called by the address where it was in the end. private: also from hosts that are not
    on the public internet. told: hears of each listed page that is not fetched, and why.

    Raises:
        ContentError: nothing can be fetched.
    """
    visitor = _Visitor(Downloader(network=network, private=private, seconds=limits.seconds), limits)
    source, arrived = visitor.visit(parse(address, private=private))
    listed = sitemap.addresses(source)
    if listed is None:
        yield source
        return
    walk = _Walk(visitor, arrived, most_pages, told)
    walk.add(listed)
    yield from walk.pages()
    if not walk.fetched:
        what = "none of the pages that this sitemap lists was fetched."
        mend = "Import one of its pages by its own address to see why."
        raise ContentError(what, where=str(arrived), mend=mend)


class _Visitor:
    """Visits addresses one by one, as the hosts allow."""

    def __init__(self, downloader: Downloader, limits: Limits) -> None:
        self.limits, self.private = limits, downloader.private
        self._downloader = downloader
        self._robots = Robots(self._read_robots)
        self._wanted = Wanted(
            media_types=MEDIA_TYPES | _PACKED, size=limits.size, redirects=limits.redirects
        )
        self._visited: dict[str, float] = {}  # when each host was last asked for a page

    def visit(self, address: Address, host: str = "") -> tuple[Source, Address]:
        """Fetch what is there, and say where that is in the end. host: the only one to go to."""

        def check(hop: Address) -> None:
            if host and hop.host != host:
                mend = "If it belongs to the FAQ, import it by its own address."
                raise ContentError("this is on another host.", where=str(hop), mend=mend)
            self._robots.check(hop)

        check(address)
        self._wait(address)
        try:
            reply = self._downloader.get(address, self._wanted, check)
        finally:
            self._visited[address.netloc] = monotonic()
        refuse_failure(reply)
        return self._source(reply), reply.address

    def _wait(self, address: Address) -> None:
        if address.netloc in self._visited:
            asked = max(self.limits.pause, self._robots.delay(address))
            ready = self._visited[address.netloc] + min(asked, self.limits.longest_pause)
            sleep(max(0.0, ready - monotonic()))

    def _read_robots(self, address: Address) -> tuple[int, bytes]:
        reply = self._downloader.get(address, _ROBOTS, lambda _: None)
        return reply.status, reply.data

    def _source(self, reply: Reply) -> Source:
        name, size = str(reply.address), self.limits.size
        source = Source(
            name=name, data=reply.data, media_type=reply.media_type, charset=reply.charset
        )
        if reply.media_type not in _PACKED:
            return source
        source = replace(source, media_type="", data=unpacked(reply.data, size, where=name))
        if len(source.data) > size:
            raise too_large(size, where=name)
        if sitemap.addresses(source) is None:
            mend = "Unpack it, and import the files in it."
            raise ContentError("only a sitemap may be packed with gzip.", where=name, mend=mend)
        return source


class _Walk:
    """Goes through what a sitemap lists; what turns out to be a sitemap itself is gone through in
    its place.
    """

    def __init__(
        self, visitor: _Visitor, start: Address, most: int, told: Callable[[Finding], None]
    ) -> None:
        self.fetched = 0
        self._visitor, self._limits = visitor, visitor.limits
        self._start, self._most, self._told = start, most, told
        self._waiting: deque[Address] = deque()
        self._seen = {start}
        self._listed = self._sitemaps = self._failures = 0

    def add(self, listed: list[str]) -> None:
        """Go through these before what is waiting already."""
        self._sitemaps += 1
        room = self._limits.listed - self._listed
        self._listed += len(listed)
        if len(listed) > room:
            self._skip(f"more than {self._limits.listed:,} addresses are listed.")
        new = [address for text in listed[: max(0, room)] if (address := self._new(text))]
        self._waiting.extendleft(reversed(new))

    def pages(self) -> Iterator[Source]:
        """Fetch them, until there are enough."""
        while self._waiting and not (reason := self._enough()):
            address = self._waiting.popleft()
            try:
                source, _ = self._visitor.visit(address, self._start.host)
                listed = sitemap.addresses(source)
            except ContentError as error:
                self._failures += isinstance(error, UnavailableError)
                self._told(Finding("skipped", error.where, error.what, error.mend))
                continue
            self._failures = 0
            if listed is not None:
                self.add(listed)
                continue
            self.fetched += 1
            yield source
        if self._waiting:
            self._skip(f"{reason}; {len(self._waiting):,} addresses that it lists are left out.")

    def _enough(self) -> str:
        """Why no more is fetched; empty while there is no reason."""
        reasons = {
            f"there are {self._most:,} pages": self.fetched >= self._most,
            f"there are {self._sitemaps:,} sitemaps": self._sitemaps > self._limits.sitemaps,
            f"{self._failures} pages in a row failed": self._failures >= self._limits.failures,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def _new(self, text: str) -> Address | None:
        try:
            address = self._start.following(text, private=self._visitor.private)
        except ContentError as error:
            self._told(Finding("skipped", error.where, error.what, error.mend))
            return None
        if address in self._seen:
            return None
        self._seen.add(address)
        return address

    def _skip(self, what: str) -> None:
        self._told(Finding("skipped", str(self._start), what))
