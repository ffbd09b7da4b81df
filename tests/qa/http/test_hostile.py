"""Whatever is sent, to whatever route: a refusal as a problem, never a fault, never a way around.

Every route that takes a body is found in the service's own description, so a new one is in.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from qa.answerer import Answerer
from qa.http.access import ADMIN, Access
from qa.http.app import create_app
from qa.http.deps import Service
from qa.http.hosts import Hosts
from qa.keys import Keys
from qa.settings import Settings
from tests.qa.http.conftest import problem_in
from tests.qa.http.wire import Wires, hashed_service, wired

JSON = {"content-type": "application/json"}
DEEP = 20_000

NOT_JSON = {
    "nothing": b"",
    "spaces": b" " * 50_000,
    "nested lists": b"[" * DEEP + b"]" * DEEP,
    "nested objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "nested without end": b"[" * 60_000,
    "nested in the question": b'{"question":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "a nul": b'{"question":"\x00"}',
    "only a nul": b"\x00",
    "a mark before": b'\xef\xbb\xbf{"question":"a"',
    "utf-16": '{"question":"gift"}'.encode("utf-16-le")[:-1],
    "latin-1": b'{"question":"caf\xe9"}',
    "overlong": b'{"question":"\xc0\xaf"}',
    "half a character": b'{"question":"\xf0\x9f\x8e"}',
    "a cut escape": b'{"question":"\\ud8"}',
    "a huge integer": b'{"k":' + b"9" * 10_000 + b"}",
    "a huge negative integer": b'{"k":-' + b"9" * 10_000 + b"}",
    "two values": b'{"question":"a"}{"question":"b"}',
    "a comma more": b'{"question":"a",}',
    "a comment": b'{"question":"a"/**/}',
    "single quotes": b"{'question':'a'}",
    "not closed": b'{"question":"' + b"a" * 60_000,
    "escapes": b'{"question":"' + b"\\" * 59_999,
}

NOT_USABLE = {
    "null": None,
    "a number": 7,
    "a text": "question",
    "a list": [],
    "lists": [[[[]]]],
    "nothing in it": {},
    "another type": {"question": {"question": "a"}, "questions": {}, "id": [], "helpful": "yes"},
    "numbers": {"question": 1e308, "questions": 7, "id": 7, "helpful": 1},
    "not a number": {"question": float("nan"), "questions": float("inf"), "id": float("-inf")},
    "empty": {"question": "", "questions": [], "id": "", "helpful": None},
    "half characters": {"question": "\ud800", "questions": ["\udfff"], "id": "\ud800"},
    "too long": {"question": "a" * 2_001, "questions": ["a" * 2_001], "id": "a" * 201},
    "many wrong": {"question": ["a"] * 3_000, "questions": [{}] * 3_000, "id": [{}] * 3_000},
    "a prototype": {"__proto__": {"question": "a"}, "constructor": {"helpful": True}},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of all tests here."""
    with hashed_service(tmp_path_factory.mktemp("hostile")) as service:
        yield service


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[TestClient]:
    """A client of it; a fault of the service's own is an answer."""
    with TestClient(create_app(Settings(), service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """The routes that take a body from anybody: method and path."""
    document = create_app(Settings()).openapi()
    found = [
        (method.upper(), path.replace("{id}", "hours"))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation and not path.startswith(ADMIN)
    ]
    assert len(found) >= 3
    return found


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_no_json_is_refused(
    client: TestClient, routes: list[tuple[str, str]], name: str
) -> None:
    for method, path in routes:
        response = client.request(method, path, content=NOT_JSON[name], headers=JSON)
        assert response.status_code in {400, 422}, (path, response.text)
        problem_in(response, response.status_code)


@pytest.mark.parametrize("name", NOT_USABLE)
def test_json_that_cannot_be_used_is_refused_in_few_words(
    client: TestClient, routes: list[tuple[str, str]], name: str
) -> None:
    content = json.dumps(NOT_USABLE[name]).encode()
    for method, path in routes:
        response = client.request(method, path, content=content, headers=JSON)
        problem_in(response, 422)
        assert len(response.content) < 8_000, path


USABLE = {"question": "gíft", "questions": ["gíft"], "id": "í", "helpful": True, "tags": ["í"]}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_json_is_read_in_no_other_encoding_than_utf_8(
    client: TestClient, routes: list[tuple[str, str]], encoding: str
) -> None:
    content = json.dumps(USABLE, ensure_ascii=False).encode(encoding)
    for method, path in routes:
        response = client.request(method, path, content=content, headers=JSON)
        assert "UTF-8" in problem_in(response, 400)["detail"], path


def test_a_byte_order_mark_before_it_does_no_harm(
    client: TestClient, routes: list[tuple[str, str]]
) -> None:
    for method, path in routes:
        marked, plain = (
            client.request(method, path, content=json.dumps(USABLE).encode(how), headers=JSON)
            for how in ("utf-8-sig", "utf-8")
        )
        assert marked.status_code == plain.status_code, path
        assert plain.status_code < 500


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "1e-999", "0." + "1" * 5_000, "-0"])
def test_numbers_without_end_are_refused_or_numbers(client: TestClient, number: str) -> None:
    content = f'{{"question":"gift","k":{number}}}'.encode()
    problem_in(client.post("/v1/ask", content=content, headers=JSON), 422)


def test_of_a_name_that_is_given_twice_the_last_counts_and_is_checked(client: TestClient) -> None:
    twice = b'{"question":"gift","question":%b}'
    last = client.post("/v1/ask", content=twice % b'"opening hours"', headers=JSON)
    assert last.json()["question"] == "opening hours"
    problem_in(client.post("/v1/ask", content=twice % b"[]", headers=JSON), 422)


@pytest.mark.parametrize(
    "fields",
    [
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "application/json;" * 500},
        {"content-type": "\xff"},
        {**JSON, "content-encoding": "gzip"},
        {**JSON, "accept": "*/*;q=" + "9" * 5_000},
        {**JSON, "if-none-match": '"' + "a," * 20_000},
        {**JSON, "cookie": "a=b;" * 10_000},
        {**JSON, "range": "bytes=" + "0-1," * 10_000},
        {**JSON, "x-forwarded-for": "not, an, address", "forwarded": "for=;;=,"},
    ],
    ids=lambda fields: str(fields)[-40:],
)
@pytest.mark.parametrize("path", ["/v1/ask", "/faq", "/widget.js", "/site/ask.js", "/healthz"])
def test_headers_of_any_kind_are_never_a_fault(
    client: TestClient, path: str, fields: dict[str, str]
) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE"):
        content = b'{"question":"gift"}' if method == "POST" else b""
        response = client.request(method, path, content=content, headers=headers)
        assert response.status_code < 500, (method, response.text)


# The same place in other words, and what is meant to be taken for it.
CONFUSING = [
    "//v1/ask?q=gift",
    "//evil.example/v1/ask?q=gift",
    "/./v1/ask?q=gift",
    "/v1/./ask?q=gift",
    "/healthz/../v1/ask?q=gift",
    "/healthz/..;/v1/ask?q=gift",
    "/healthz;/../v1/ask?q=gift",
    "/healthz%2f..%2fv1%2fask?q=gift",
    "/healthz/%2e%2e/v1/ask?q=gift",
    "/healthz%00/../v1/ask?q=gift",
    "/v1/ask/?q=gift",
    "/v1/ask%00?q=gift",
    "/v1/ask%0d%0aX-Evil:%20yes?q=gift",
    "/v1/ask%0d%0aX-Evil:%20yes/?q=gift",
    "/v1%2fask?q=gift",
    "/%76%31/%61%73%6b?q=gift",
    "/%2576%2531/ask?q=gift",
    "/V1/ASK?q=gift",
    "/v1/ask;x=y?q=gift",
    "/v1/ask%3fq=gift",
    "/v1\\ask?q=gift",
    "\\v1\\ask?q=gift",
    "/\\evil.example/v1/ask?q=gift",
    "/@evil.example/v1/ask?q=gift",
    "@evil.example/v1/ask?q=gift",
    "http://evil.example/v1/ask?q=gift",
    "http://evil.example/healthz/../v1/ask?q=gift",
    "http://healthz/v1/ask?q=gift",
    "http://user:word@evil.example:80/v1/ask?q=gift",
    "https://evil.example",
    "*",
    "/widget/../v1/ask?q=gift",
    "/site/../v1/ask?q=gift",
    "/site/..%2fv1/ask?q=gift",
    "/site/%2e%2e/v1/ask?q=gift",
    "/site/%2e%2e%2f%2e%2e%2fcli.py",
    "/site//etc/passwd",
    "/docs/assets/../../v1/ask?q=gift",
    "/v1/admin/snapshots",
    "/v1/admin%2fsnapshots",
    "/v1/%61dmin/snapshots",
    "//v1/admin/snapshots",
    "/v1//admin/snapshots",
    "/V1/ADMIN/snapshots",
    "/v1/entries/../admin/snapshots",
    "/v1/entries/%2e%2e/admin/snapshots",
    "/metrics",
    "/metrics/",
    "//metrics",
    "/%6detrics",
    "/metrics%2f",
]


@pytest.mark.parametrize("root_path", ["", "/below"])
def test_no_way_of_writing_a_path_leads_around_the_key(
    answerer: Answerer, tmp_path: Path, root_path: str
) -> None:
    inner = create_app(Settings(root_path=root_path), Service(answerer))
    app = Hosts(Access(inner, Keys.open(tmp_path), frozenset({"ask", "metrics"})))
    with wired(app, root_path=root_path) as wires:
        for method in ("GET", "HEAD", "POST", "OPTIONS"):
            for path in CONFUSING:
                _is_refused(wires, method, path)


def _is_refused(wires: Wires, method: str, path: str) -> None:
    wire = wires.open()
    wire.send(f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    said = wire.rest()
    wire.socket.close()
    assert 400 <= int(said.split(b" ")[1]) < 500, (method, path, said)
    assert b"gift voucher" not in said, (method, path)
    assert b"x-evil" not in said.lower().partition(b"\r\n\r\n")[0], (method, path)


@pytest.mark.parametrize("path", CONFUSING)
def test_without_keys_it_is_refused_or_what_the_plain_path_is(
    client: TestClient, path: str
) -> None:
    if not path.startswith("/"):
        return
    response = client.get(f"http://testserver{path}", follow_redirects=False)
    if response.status_code == 307:
        # With a slash too many: to the same path of the same host.
        assert response.headers["location"].startswith("http://testserver/")
    elif response.status_code == 200 and response.headers["content-type"] == "application/json":
        assert response.json()["answer"]["id"] == "gift"
    elif response.status_code == 200:
        assert response.text.startswith("# HELP"), "metrics, which are open here"
    else:
        problem_in(response, response.status_code)
        assert 400 <= response.status_code < 500
    assert "x-evil" not in response.headers
