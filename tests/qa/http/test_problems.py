"""Whatever is sent, an error is a problem; nothing that a visitor sends is a fault of ours."""

import logging

import pytest
from fastapi.testclient import TestClient

from index.errors import InputError
from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.http.conftest import GIBBERISH, problem_in

SECRET = "my secret question"
JSON = {"content-type": "application/json"}


def body(route: str, question: bytes, more: bytes = b"") -> bytes:
    asked = b'"questions":[%b]' if route.endswith("batch") else b'"question":%b'
    return b"{" + asked % question + more + b"}"


@pytest.mark.parametrize("route", ["/v1/ask", "/v1/ask/batch"])
class TestBodies:
    @pytest.mark.parametrize(
        "content",
        [
            b"{",
            b"{'question': 'a'}",
            b'{"question": "a"',
            b'{"question": "a"} {}',
            b'{"question": "\x00"}',
            b'{"question": "caf\xe9"}',
            b"\xff\xfe",
            b"[" * 20_000 + b"]" * 20_000,
            b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
            b'{"question": "a", "k": ' + b"9" * 5_000 + b"}",
            b"\x00",
        ],
        ids=lambda content: repr(content[:24]),
    )
    def test_what_is_not_json_in_utf8_is_400(
        self, client: TestClient, route: str, content: bytes
    ) -> None:
        problem_in(client.post(route, content=content, headers=JSON), 400)

    @pytest.mark.parametrize(
        ("question", "more"),
        [
            (b'"\\ud800"', b""),
            (b'"a\\udc80b"', b""),
            (b'"\xed\xa0\x80"', b""),
            (b"NaN", b""),
            (b"{}", b""),
            (b"true", b""),
            (b'"a"', b',"k":NaN'),
            (b'"a"', b',"k":1e999'),
            (b'"a"', b',"k":-Infinity'),
            (b'"a"', b',"k":' + b"9" * 4_000),
            (b'"a"', b',"k":{}'),
            (b'"a"', b',"tags":["\\ud800"]'),
            (b'"a"', b',"tags":' + b"[" * 500 + b"]" * 500),
            (b'"a"', b',"page":"\\udfff"'),
        ],
        ids=lambda content: repr(content[:24]),
    )
    def test_what_cannot_be_used_is_422(
        self, client: TestClient, route: str, question: bytes, more: bytes
    ) -> None:
        response = client.post(route, content=body(route, question, more), headers=JSON)
        problem_in(response, 422)

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
    def test_another_media_type_is_422(self, client: TestClient, route: str, kind: str) -> None:
        headers = {"content-type": kind} if kind else {}
        response = client.post(route, content=body(route, b'"a"'), headers=headers)
        assert "Content-Type: application/json" in problem_in(response, 422)["detail"]

    @pytest.mark.parametrize(
        "content",
        [b'"\\u0000"', b'"\\ud83c\\udf89"', b'"a","question":"b"', '"où"'.encode()],
        ids=["nul", "pair", "twice", "accent"],
    )
    def test_what_is_odd_but_text_can_be_asked(
        self, client: TestClient, route: str, content: bytes
    ) -> None:
        if b"question" in content and route.endswith("batch"):
            content = b'"b"'
        response = client.post(route, content=body(route, content), headers=JSON)
        assert response.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/v1", "/v2/ask", "/v1/ask/batch/more", "/site/nothing.js", "/site/", "/%FF"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_nothing_and_says_so(client: TestClient, method: str, path: str) -> None:
    status = 405 if (method, path[:6]) == ("POST", "/site/") else 404
    problem_in(client.request(method, path), status)


@pytest.mark.parametrize(
    "path", ["/site/../cli.py", "/site/%2e%2e/cli.py", "/site/..%2fcli.py", "/docs/assets/%2e%2e/x"]
)
def test_no_path_leads_out_of_the_site(client: TestClient, path: str) -> None:
    problem_in(client.get(path), 404)


@pytest.fixture
def broken(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours whose message holds what was asked, as messages of libraries may."""

    def fail(texts: list[str]) -> None:
        raise RuntimeError(f"cannot encode {texts}")

    monkeypatch.setattr(answerer, "encode", fail)


@pytest.mark.usefixtures("broken")
class TestFaultsOfOurs:
    @pytest.mark.parametrize("route", ["/v1/ask", "/v1/ask/batch"])
    def test_they_are_500_and_what_was_asked_is_neither_told_nor_logged(
        self, client: TestClient, route: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        key = "questions" if route.endswith("batch") else "question"
        asked = [SECRET] if key == "questions" else SECRET
        response = client.post(route, json={key: asked})
        problem_in(response, 500)
        assert SECRET not in response.text
        assert SECRET not in caplog.text
        assert "RuntimeError" in caplog.text
        assert "test_problems.py" in caplog.text, "the log says where"

    def test_the_server_is_not_given_the_error_to_log_it_in_full(self, answerer: Answerer) -> None:
        # A client that, unlike `client`, is told of what an application lets through.
        with TestClient(create_app(Settings(), Service(answerer))) as strict:
            problem_in(strict.get("/v1/ask", params={"q": SECRET}), 500)

    def test_other_routes_go_on(self, client: TestClient) -> None:
        assert client.get("/v1/ask", params={"q": GIBBERISH}).status_code == 500
        assert client.get("/v1/entries").status_code == 200


def test_an_input_that_the_answerer_refuses_is_422_with_its_reason(
    client: TestClient, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise InputError("the question cannot be asked here.", where="question 1")

    monkeypatch.setattr(answerer, "answer", refuse)
    problem = problem_in(client.get("/v1/ask?q=a"), 422)
    assert problem["detail"] == "question 1: the question cannot be asked here."
