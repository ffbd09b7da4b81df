"""Against servers on loopback; where a host must look public, the test resolves and connects."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ContentError
from index.formats.reading import Finding
from index.readers.source import Source
from index.readers.web.fetch import Limits, fetch
from index.readers.web.network import Network
from index.readers.web.network import resolve as system

QUICK = Limits(seconds=5, pause=0, size=10_000)
PUBLIC = "93.184.215.14"
PAGE = ("text/html; charset=UTF-8", b"<h1>FAQ</h1>")

Given = tuple[str, bytes] | int | str | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A server. routes: by path, a media type with a body; a status; where a redirect leads; or
    what writes the answer. asked: the paths, in order; headers: of the last request.
    """

    address: str = ""
    port: int = 0
    routes: dict[str, Given] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def lists(self, *paths: str) -> tuple[str, bytes]:
        """A sitemap of these."""
        urls = "".join(f"<url><loc>{self.address}{path}</loc></url>" for path in paths)
        return "application/xml", f"<urlset>{urls}</urlset>".encode()


def answer(handler: BaseHTTPRequestHandler, route: Given) -> None:
    if callable(route):
        return route(handler)
    headers = {"Set-Cookie": "id=1"}
    status, body = 200, b""
    if isinstance(route, tuple):
        headers["Content-Type"], body = route
    elif isinstance(route, int):
        status = route
    else:
        status, headers["Location"] = 302, route
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
    return None


@contextmanager
def running(site: Site, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.headers = dict(self.headers.items())
            try:
                answer(self, site.routes.get(self.path, 404))
            except OSError:  # the client has had enough
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:  # a handshake that the client breaks off
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site.port = server.server_address[1]
    site.address = f"{'https' if tls else 'http'}://127.0.0.1:{site.port}"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as site:
        yield site


def fetched(
    site: Site, path: str, *, most_pages: int = 500, limits: Limits = QUICK
) -> tuple[list[Source], list[Finding]]:
    told: list[Finding] = []
    sources = fetch(
        site.address + path, private=True, most_pages=most_pages, told=told.append, limits=limits
    )
    return list(sources), told


def names(site: Site, sources: list[Source]) -> list[str]:
    return [source.name.removeprefix(site.address) for source in sources]


def refusal(site: Site, path: str = "/faq", limits: Limits = QUICK) -> str:
    """The one line that is said of a page that cannot be fetched."""
    with pytest.raises(ContentError) as raised:
        fetched(site, path, limits=limits)
    said = str(raised.value)
    assert "\n" not in said
    assert "://" in said.partition(": ")[0]
    return said


# One page


def test_a_page_is_one_source_with_what_the_server_says_of_it(site: Site) -> None:
    site.routes["/help/faq.html?a=b"] = ("Text/HTML; Charset=ISO-8859-1", "für".encode("latin-1"))
    (source,), told = fetched(site, "/help/faq.html?a=b")
    assert source == Source(
        name=f"{site.address}/help/faq.html?a=b",
        data=b"f\xfcr",
        media_type="text/html",
        charset="iso-8859-1",
    )
    assert (source.text(), source.stem, told) == ("für", "faq", [])


def test_it_says_who_asks_and_sends_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    site.routes |= {"/faq": "/faq/", "/faq/": PAGE}
    fetched(site, "/faq")
    assert site.headers.pop("User-Agent").startswith("qa-faq/")
    assert site.headers == {
        "Host": site.address.removeprefix("http://"),
        "Accept": "text/html, */*;q=0.5",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }


def test_a_redirect_is_followed_and_names_the_source(site: Site) -> None:
    site.routes |= {"/a": "/b", "/b": "c?d", "/c?d": f"{site.address}/e", "/e": PAGE}
    (source,), _ = fetched(site, "/a")
    assert source.name == f"{site.address}/e"


def test_redirects_have_an_end(site: Site) -> None:
    site.routes |= {"/faq": "/other", "/other": "/faq"}
    assert "this leads on and on, more than 3 times. Give" in refusal(site)
    assert site.asked == ["/robots.txt", "/faq", "/other", "/faq", "/other"]


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("ftp://127.0.0.1/", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("http://u:p@127.0.0.1/", "a user name"),
        ("http://[", "not an address"),
    ],
)
def test_a_redirect_leads_only_where_one_could_go_oneself(
    site: Site, location: str, said: str
) -> None:
    site.routes["/faq"] = location
    assert said in refusal(site)


@pytest.mark.parametrize("status", [204, 304, 401, 404, 410, 500, 503, 999])
def test_without_a_page_the_status_is_told(site: Site, status: int) -> None:
    site.routes["/faq"] = status
    assert f"the server answers {status}" in refusal(site)


@pytest.mark.parametrize("kind", ["image/png", "application/pdf", "application/octet-stream"])
def test_what_cannot_be_read_is_not_loaded(site: Site, kind: str) -> None:
    site.routes["/faq"] = (kind, b"x" * 20_000)
    assert f"cannot be read ({kind}). Save it" in refusal(site)


def test_without_a_media_type_the_readers_find_out(site: Site) -> None:
    def untyped(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\nQ: why?")

    site.routes["/faq"] = untyped
    (source,), _ = fetched(site, "/faq")
    assert (source.data, source.media_type, source.charset) == (b"Q: why?", "", "")


# Sizes and times


def packed(encoding: str, body: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def write(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        handler.wfile.write(body)

    return write


def test_gzip_is_unpacked_and_a_bomb_is_not(site: Site) -> None:
    site.routes["/faq"] = packed("gzip", gzip.compress(b"why?") + gzip.compress(b" so."))
    assert fetched(site, "/faq")[0][0].data == b"why? so."
    site.routes["/faq"] = packed("gzip", gzip.compress(bytes(50_000_000))[:9_000])
    assert "this is larger than 0.01 MB. Save" in refusal(site)


@pytest.mark.parametrize(
    ("encoding", "body", "said"),
    [
        ("gzip", b"no gzip", "broken gzip"),
        ("gzip", gzip.compress(b"cut off")[:-9], "broken gzip"),
        ("br", b"\x0b\x01\x80x\x03", "packed as br, not as asked for"),
        ("gzip, gzip", b"", "packed as gzip, gzip"),
    ],
    ids=["no gzip", "cut off", "another packing", "packed twice"],
)
def test_what_cannot_be_unpacked_is_refused(
    site: Site, encoding: str, body: bytes, said: str
) -> None:
    site.routes["/faq"] = packed(encoding, body)
    assert said in refusal(site)


@pytest.mark.parametrize("announced", [True, False])
def test_a_page_that_is_too_large_is_refused_whatever_it_announces(
    site: Site, announced: bool
) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/plain")
        handler.send_header(*(("Content-Length", "9" * 15) if announced else ("X-None", "")))
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 1000)

    site.routes["/faq"] = endless
    assert "larger than 0.01 MB" in refusal(site)


def test_a_page_that_breaks_off_is_refused(site: Site) -> None:
    def short(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    def short_chunk(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf")

    for broken in (short, short_chunk):
        site.routes["/faq"] = broken
        assert "this cannot be fetched: IncompleteRead" in refusal(site)


@pytest.mark.parametrize(
    "drops",
    [
        [b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n", b"x"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"", b""],
    ],
)
def test_a_page_that_comes_in_drops_has_one_time_for_all(site: Site, drops: list[bytes]) -> None:
    first, drop = drops

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(first)
        for _ in range(60):
            handler.wfile.write(drop)
            time.sleep(0.05)

    site.routes["/faq"] = drip
    began = time.monotonic()
    said = refusal(site, limits=Limits(seconds=0.4, pause=0))
    assert "there was no whole answer within 0.4 seconds. Try again later." in said
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_or_has_no_end_of_headers_is_one_line(site: Site, head: bytes) -> None:
    site.routes["/faq"] = lambda handler: handler.wfile.write(head) and None
    assert "this cannot be fetched: " in refusal(site)


HEADS = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=",
    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<urlset>",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
    b"HTTP/1.1 302 Found\r\nLocation: ",
]


@given(st.sampled_from(HEADS), st.binary())
def test_whatever_a_server_sends_is_a_page_or_a_clear_line(head: bytes, rest: bytes) -> None:
    def connect(*_: object) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.sendall(head + rest)
        theirs.close()
        return ours

    network = Network(lambda *_: [PUBLIC], connect)
    try:
        sources = list(fetch("http://faq.test/", told=print, limits=QUICK, network=network))
    except ContentError as error:
        assert "\n" not in str(error)
    else:
        assert len(sources) == 1


# Whom it connects to


class Route:
    """Names and their addresses; every connection goes to the site, or nowhere."""

    def __init__(self, site: Site, **addresses: list[str]) -> None:
        self.port, self.addresses = site.port, addresses
        self.connected: list[tuple[str, int]] = []

    @property
    def network(self) -> Network:
        return Network(self.resolve, self.connect)

    def resolve(self, host: str, _port: int) -> list[str]:
        return self.addresses.get(host.removesuffix(".test"), [host])

    def connect(self, address: tuple[str, int], seconds: float) -> socket.socket:
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)


def test_loopback_is_refused_unless_it_is_said_to_be_ones_own(site: Site) -> None:
    site.routes["/"] = PAGE
    route = Route(site)
    for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"):
        sources = fetch(f"http://{host}/", told=print, network=route.network)
        with pytest.raises(ContentError, match="is not a public address"):
            next(sources)
    assert route.connected == []
    assert len(fetched(site, "/")[0]) == 1


# With the resolver of the system, which reads numbers as it has always done.
SPELLINGS = [
    *("http://2130706433/", "http://017700000001/", "http://0x7f000001/"),
    *("http://0177.0.0.1/", "http://0x7f.1/", "http://127.1/", "http://0/", "http://127.0.0.1./"),
    *("http://10.1/", "http://2852039166/", "http://0xa9fea9fe/", "http://169.254.43518/"),
    *("http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/", "http://127%2e0.0.1/"),
    *("http://localhost/", "http://LOCALHOST./", "http://ｌocalhost/", "http://lo\u00adcalhost/"),
    *("http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:7f00:1]/", "http://[::]/"),
    *("http://[::127.0.0.1]/", "http://[64:ff9b::127.0.0.1]/", "http://[64:ff9b:1::10.0.0.1]/"),
    *(
        "http://[fe80::1%25lo]/",
        "http://[fe80::1%lo]/",
        "http://[::1%25lo]/",
        "http://127.0.0.1%lo/",
    ),
    *("http://[fd00:ec2::254]/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::]/"),
    *("http://93.184.215.14@127.0.0.1/", "http://127.0.0.1#@93.184.215.14/"),
    *(
        "http://127.0.0.1\\@93.184.215.14/",
        "http:/127.0.0.1/",
        "http:127.0.0.1",
        "http:///127.0.0.1/",
    ),
]


@pytest.mark.parametrize("address", SPELLINGS)
def test_however_a_private_address_is_spelt_no_connection_is_made(address: str, site: Site) -> None:
    route = Route(site)
    network = Network(connect=route.connect)
    with pytest.raises(ContentError) as raised:
        list(fetch(address, told=print, limits=QUICK, network=network))
    assert "\n" not in str(raised.value)
    assert route.connected == []


@pytest.mark.parametrize("address", SPELLINGS)
def test_a_redirect_to_any_spelling_of_one_connects_to_nothing_more(
    address: str, site: Site
) -> None:
    site.routes["/faq"] = lambda handler: redirect(handler, address)
    route = Route(site, faq=[PUBLIC])

    def resolve(host: str, port: int) -> list[str]:
        return route.resolve(host, port) if host == "faq.test" else system(host, port)

    with pytest.raises(ContentError):
        list(
            fetch(
                "http://faq.test/faq",
                told=print,
                limits=QUICK,
                network=Network(resolve, route.connect),
            )
        )
    assert {host for host, _ in route.connected} == {PUBLIC}


def redirect(handler: BaseHTTPRequestHandler, location: str) -> None:
    """As a hostile server would: in UTF-8, without a look at it."""
    handler.wfile.write(b"HTTP/1.0 302 Found\r\nLocation: " + location.encode() + b"\r\n\r\n")


def test_what_is_fetched_at_most_is_what_the_guide_says() -> None:
    limits = Limits()
    assert (limits.size, limits.seconds, limits.redirects) == (5_000_000, 15.0, 3)


def test_a_public_page_is_fetched_by_its_name(site: Site) -> None:
    site.routes["/faq"] = PAGE
    route = Route(site, faq=[PUBLIC])
    (source,) = fetch("http://faq.test/faq", told=print, limits=QUICK, network=route.network)
    assert (source.name, site.headers["Host"]) == ("http://faq.test/faq", "faq.test")
    assert route.connected == [(PUBLIC, 80)] * 2


@pytest.mark.parametrize(
    "location",
    ["http://10.0.0.1/", "http://inside.test/", "http://[::ffff:10.0.0.1]/", "//mixed.test/"],
)
def test_a_redirect_to_a_private_address_is_refused_at_its_hop(site: Site, location: str) -> None:
    site.routes["/faq"] = location
    route = Route(site, faq=[PUBLIC], inside=["10.0.0.1"], mixed=[PUBLIC, "10.0.0.1"])
    with pytest.raises(ContentError, match="is not a public address"):
        list(fetch("http://faq.test/faq", told=print, limits=QUICK, network=route.network))
    assert {address for address, _ in route.connected} == {PUBLIC}


def test_a_name_that_becomes_private_is_refused_when_it_does(site: Site) -> None:
    site.routes["/faq"] = PAGE
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    route = Route(site)
    network = Network(lambda *_: next(answers), route.connect)
    with pytest.raises(ContentError, match=r"127\.0\.0\.1 is not a public address"):
        list(fetch("http://faq.test/faq", told=print, limits=QUICK, network=network))
    assert (route.connected, site.asked) == ([(PUBLIC, 80)], ["/robots.txt"])


def test_a_redirect_to_another_port_is_refused(site: Site) -> None:
    site.routes["/faq"] = "http://faq.test:6379/"
    route = Route(site, faq=[PUBLIC])
    with pytest.raises(ContentError, match="port 6379 is not one of the web"):
        list(fetch("http://faq.test/faq", told=print, limits=QUICK, network=route.network))


def test_the_certificate_must_be_of_the_name_and_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("faq.test").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    with running(Site(routes={"/faq": PAGE}), tls) as site:
        route = Route(site, faq=["127.0.0.1"], other=["127.0.0.1"])

        def get(host: str) -> list[Source]:
            address = f"https://{host}:{site.port}/faq"
            return list(fetch(address, private=True, told=print, network=route.network))

        with pytest.raises(ContentError, match="to be trusted: unable to get local issuer"):
            get("faq.test")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert [source.data for source in get("faq.test")] == [PAGE[1]]
        with pytest.raises(ContentError, match="not to be trusted: Hostname mismatch"):
            get("other.test")


def test_nobody_there_is_one_line(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        site.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        assert refusal(site).endswith(
            "this cannot be fetched: Connection refused. Check the address."
        )


# robots.txt


@pytest.mark.parametrize(
    "rules",
    [
        b"User-agent: *\nDisallow: /",
        b"\xef\xbb\xbfUser-Agent: QA-FAQ\nDisallow: /f*q$\n\nUser-agent: *\nAllow: /",
        b"user-agent: other\nuser-agent: qa-faq\ndisallow:/faq # not here",
        b"User-agent: *\r\nDisallow: /\r\n" + b"# " + b"x" * 600_000,
        b"\xff\xfe\x00 nonsense\nUser-agent: *\nDisallow: /",
    ],
)
def test_what_robots_txt_forbids_is_not_fetched(site: Site, rules: bytes) -> None:
    site.routes |= {"/robots.txt": ("text/plain", rules), "/faq": PAGE}
    assert "robots.txt there forbids to fetch this. Ask" in refusal(site)
    assert site.asked == ["/robots.txt"]


@pytest.mark.parametrize(
    "rules",
    [
        ("text/plain", b"User-agent: *\nDisallow: /\nAllow: /faq"),
        ("text/plain", b"User-agent: *\nDisallow: /\n\nUser-agent: qa-faq\nDisallow: /private"),
        ("text/plain", b""),
        ("text/html", b"<html>there is no such page"),
        401,
        404,
        410,
        "/moved.txt",
    ],
)
def test_what_it_does_not_forbid_is_fetched(site: Site, rules: Given) -> None:
    site.routes |= {"/robots.txt": rules, "/faq": PAGE}
    assert len(fetched(site, "/faq")[0]) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_while_robots_txt_fails_nothing_is_fetched(site: Site, status: int) -> None:
    site.routes |= {"/robots.txt": status, "/faq": PAGE}
    assert f"/robots.txt: the host answers {status}" in refusal(site)
    assert site.asked == ["/robots.txt"]


def test_rules_without_end_are_not_followed(site: Site) -> None:
    rules = b"User-agent: a\n" * 2_000 + b"Disallow: /x\n" * 2_000
    site.routes |= {"/robots.txt": ("text/plain", rules), "/faq": PAGE}
    assert "more rules than can be followed" in refusal(site)


def test_each_host_that_is_led_to_is_asked_for_its_own_rules(site: Site) -> None:
    with running(Site()) as other:
        site.routes["/faq"] = f"{other.address}/secret"
        other.routes["/robots.txt"] = ("text/plain", b"User-agent: *\nDisallow: /secret")
        assert f"{other.address}/secret: robots.txt there forbids" in refusal(site)
        assert other.asked == ["/robots.txt"]


# Sitemaps


def test_the_pages_of_a_sitemap_are_fetched_in_its_order(site: Site) -> None:
    site.routes |= {"/sitemap.xml": site.lists("/b", "/a", "/b"), "/a": PAGE, "/b": PAGE}
    sources, told = fetched(site, "/sitemap.xml")
    assert (names(site, sources), told) == (["/b", "/a"], [])
    assert site.asked == ["/robots.txt", "/sitemap.xml", "/b", "/a"]


def test_packed_and_text_sitemaps_are_understood(site: Site) -> None:
    _, data = site.lists("/a")
    text = f"{site.address}/a\r\n\r\n {site.address}/b\n"
    site.routes |= {
        "/s.xml.gz": ("application/x-gzip", gzip.compress(data)),
        "/s.txt": ("text/plain", text.encode()),
        "/a": PAGE,
        "/b": PAGE,
    }
    assert names(site, fetched(site, "/s.xml.gz")[0]) == ["/a"]
    assert names(site, fetched(site, "/s.txt")[0]) == ["/a", "/b"]


def test_what_else_is_packed_is_refused_and_a_bomb_as_well(site: Site) -> None:
    site.routes["/faq"] = ("application/gzip", gzip.compress(b"question,answer\n"))
    assert "only a sitemap may be packed" in refusal(site)
    site.routes["/faq"] = ("application/gzip", gzip.compress(b"<urlset>" + bytes(5_000_000)))
    assert "larger than 0.01 MB" in refusal(site)


def test_an_index_may_lead_in_circles(site: Site) -> None:
    def index(*paths: str) -> tuple[str, bytes]:
        kind, data = site.lists(*paths)
        return kind, data.replace(b"urlset", b"sitemapindex").replace(b"url>", b"sitemap>")

    site.routes |= {
        "/index.xml": index("/1.xml", "/index.xml", "/2.xml"),
        "/1.xml": site.lists("/a", "/1.xml"),
        "/2.xml": index("/index.xml", "/1.xml", "/3.xml"),
        "/3.xml": site.lists("/b"),
        "/a": PAGE,
        "/b": PAGE,
    }
    sources, told = fetched(site, "/index.xml")
    assert (names(site, sources), told) == (["/a", "/b"], [])


def test_an_endless_chain_of_sitemaps_has_an_end(site: Site) -> None:
    site.routes["/0"] = site.lists("/1", "/a")
    for number in range(1, 100):
        site.routes[f"/{number}"] = site.lists(f"/{number + 1}")
    with pytest.raises(ContentError, match="none of the pages"):
        fetched(site, "/0", limits=Limits(pause=0, sitemaps=10))
    assert len(site.asked) == 12


def test_only_pages_of_the_same_host_that_can_be_read_are_fetched(site: Site) -> None:
    site.routes |= {
        "/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /private"),
        "/a": PAGE,
        "/gone": 404,
        "/away": "http://elsewhere.test/",
        "/x.png": ("image/png", b""),
        "/private/b": PAGE,
    }
    kind, data = site.lists("/a", "/gone", "/away", "/x.png", "/private/b")
    more = (
        b"<url><loc>http://other.test/a</loc></url><url><loc>ftp://x/</loc></url><url><loc/></url>"
    )
    site.routes["/s"] = (kind, data.replace(b"</urlset>", more + b"</urlset>"))
    sources, told = fetched(site, "/s")
    assert names(site, sources) == ["/a"]
    assert {finding.severity for finding in told} == {"skipped"}
    assert [(finding.where.removeprefix(site.address), finding.what) for finding in told] == [
        ("ftp://x/", "this is not an address that begins with https:// or http://."),
        ("/gone", "the server answers 404 Not Found."),
        ("http://elsewhere.test/", "this is on another host."),
        ("/x.png", "what is there cannot be read (image/png)."),
        ("/private/b", "robots.txt there forbids to fetch this."),
        ("http://other.test/a", "this is on another host."),
    ]


def test_pages_beyond_the_most_are_counted_and_left(site: Site) -> None:
    paths = [f"/{number}" for number in range(9)]
    site.routes |= dict.fromkeys(paths, PAGE) | {"/s": site.lists(*paths)}
    sources, (finding,) = fetched(site, "/s", most_pages=3)
    assert names(site, sources) == paths[:3]
    assert finding.what == "there are 3 pages; 6 addresses that it lists are left out."
    sources, (finding,) = fetched(site, "/s", limits=Limits(pause=0, listed=4))
    assert names(site, sources) == paths[:4]
    assert finding.what == "more than 4 addresses are listed."


def test_a_host_that_gives_nothing_any_more_is_left_alone(site: Site) -> None:
    paths = [f"/{number}" for number in range(20)]
    site.routes |= dict.fromkeys(paths, 503) | {"/0": PAGE, "/s": site.lists(*paths)}
    sources, told = fetched(site, "/s")
    assert names(site, sources) == ["/0"]
    assert told[-1].what == "5 pages in a row failed; 14 addresses that it lists are left out."
    assert len(site.asked) == 8


def test_an_empty_sitemap_and_one_that_breaks_off_say_so(site: Site) -> None:
    site.routes["/faq"] = ("text/xml", b"<urlset></urlset>")
    assert "none of the pages that this sitemap lists" in refusal(site)
    site.routes["/faq"] = ("text/xml", b"<urlset><url>")
    assert "not well-formed XML" in refusal(site)


def test_there_is_a_pause_between_two_pages_as_the_host_asks(site: Site) -> None:
    site.routes |= {"/s": site.lists("/a", "/b"), "/a": PAGE, "/b": PAGE}

    def seconds(limits: Limits) -> float:
        began = time.monotonic()
        fetched(site, "/s", limits=limits)
        return time.monotonic() - began

    assert seconds(Limits(pause=0.1)) >= 0.2
    site.routes["/robots.txt"] = ("text/plain", b"User-agent: *\nCrawl-delay: 0.2")
    assert seconds(Limits(pause=0.01)) >= 0.4
    site.routes["/robots.txt"] = ("text/plain", b"User-agent: *\nCrawl-delay: 86400")
    assert 0.2 <= seconds(Limits(pause=0.01, longest_pause=0.1)) < 20


def test_pages_come_as_they_are_fetched(site: Site) -> None:
    site.routes |= {"/s": site.lists("/a", "/b"), "/a": PAGE, "/b": PAGE}
    sources = fetch(f"{site.address}/s", private=True, told=print, limits=QUICK)
    next(sources)
    assert site.asked[-1] == "/a"
