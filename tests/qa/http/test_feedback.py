import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from qa.answerer import Answerer
from qa.feedback import Feedback
from qa.http.app import create_app, load_service
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.http.conftest import GIBBERISH, problem_in, where

PATH = "/v1/feedback"


@pytest.fixture
def client(built: Path, answerer: Answerer) -> Iterator[TestClient]:
    """The service over the ten entries, with feedback in their index."""
    service = Service(answerer, Feedback.open(built))
    with TestClient(create_app(Settings(), service), raise_server_exceptions=False) as client:
        yield client


def asked(client: TestClient, question: str = "opening hours") -> str:
    id_: str = client.post("/v1/ask", json={"question": question}).json()["id"]
    return id_


def give(client: TestClient, id_: str, **body: object) -> Response:
    return client.post(PATH, json={"id": id_, "helpful": True, **body})


def counts(index: Path) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(index / "feedback.sqlite3")) as database:
        return database.execute("SELECT entry, verdict, number FROM counts").fetchall()


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"helpful": True}, "helpful"),
        ({"helpful": True, "reason": None, "comment": None}, "helpful"),
        ({"helpful": False}, "not_helpful"),
        ({"helpful": False, "reason": "not_my_question"}, "not_my_question"),
        ({"helpful": False, "reason": "did_not_help", "comment": "Too short."}, "did_not_help"),
    ],
)
def test_what_a_visitor_says_is_counted_for_the_entry(
    client: TestClient, built: Path, body: dict[str, object], verdict: str
) -> None:
    response = give(client, asked(client), **body)
    assert (response.status_code, response.content) == (204, b"")
    assert counts(built) == [("hours", verdict, 1)]


def test_an_asking_without_answer_is_counted_for_no_entry(client: TestClient, built: Path) -> None:
    give(client, asked(client, GIBBERISH), helpful=False)
    assert counts(built) == [("", "not_helpful", 1)]


def test_every_way_of_asking_gives_an_id(client: TestClient, built: Path) -> None:
    batch = client.post("/v1/ask/batch", json={"questions": ["opening hours", "refund"]}).json()
    ids = [reply["id"] for reply in batch["answers"]]
    ids.append(client.get("/v1/ask?q=opening+hours").json()["id"])
    assert [give(client, id_).status_code for id_ in ids] == [204] * 3
    assert counts(built) == [("hours", "helpful", 2), ("refund", "helpful", 1)]


def test_an_asking_counts_once(client: TestClient, built: Path) -> None:
    id_ = asked(client)
    assert give(client, id_).status_code == 204
    for helpful in (True, False):
        assert "once" in problem_in(give(client, id_, helpful=helpful), 409)["detail"]
    assert counts(built) == [("hours", "helpful", 1)]


def test_another_worker_knows_the_id_and_that_it_was_used(client: TestClient, built: Path) -> None:
    id_ = asked(client)
    with TestClient(create_app(Settings(index=built))) as other:
        assert give(other, id_).status_code == 204
        problem_in(give(client, id_), 409)
        problem_in(give(other, id_), 409)


@pytest.mark.parametrize("id_", ["x", "A" * 48, "0" * 32, "../etc/passwd", "é", "x" * 200, "\0"])
def test_an_id_that_was_never_given_out_is_not_found(client: TestClient, id_: str) -> None:
    assert "POST /v1/ask" in problem_in(give(client, id_), 404)["detail"]


def test_an_id_of_another_index_is_not_found(
    client: TestClient, answerer: Answerer, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    service = Service(answerer, Feedback.open(tmp_path / "other"))
    with TestClient(create_app(Settings(), service)) as other:
        problem_in(give(client, asked(other)), 404)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"helpful": True}, "body.id"),
        ({"id": "", "helpful": True}, "body.id"),
        ({"id": 1, "helpful": True}, "body.id"),
        ({"id": "x" * 201, "helpful": True}, "body.id"),
        ({"id": "x"}, "body.helpful"),
        ({"id": "x", "helpful": None}, "body.helpful"),
        ({"id": "x", "helpful": "yes"}, "body.helpful"),
        ({"id": "x", "helpful": 1}, "body.helpful"),
        ({"id": "x", "helpful": False, "reason": "too_long"}, "body.reason"),
        ({"id": "x", "helpful": False, "reason": ""}, "body.reason"),
        ({"id": "x", "helpful": True, "reason": "did_not_help"}, "body"),
        ({"id": "x", "helpful": False, "comment": "x" * 1001}, "body.comment"),
        ({"id": "x", "helpful": False, "comment": ["x"]}, "body.comment"),
        ([], "body"),
        (None, "body"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_value_that_cannot_be_used_is_named(client: TestClient, body: object, place: str) -> None:
    assert where(problem_in(client.post(PATH, json=body), 422)) == [place]


def test_a_comment_that_is_not_text_is_named(client: TestClient) -> None:
    content = json.dumps({"id": asked(client), "helpful": False, "comment": "\ud800"})
    response = client.post(PATH, content=content, headers={"content-type": "application/json"})
    assert where(problem_in(response, 422)) == ["body.comment"]


def test_what_cannot_be_used_does_not_use_up_the_asking(client: TestClient) -> None:
    id_ = asked(client)
    problem_in(give(client, id_, comment="x" * 1001), 422)
    assert give(client, id_, comment="x" * 1000).status_code == 204


def test_nothing_that_was_asked_or_said_is_kept(client: TestClient, built: Path) -> None:
    give(client, asked(client, "when do you open, asks Ms Zebedee"), comment="Call 0123456789.")
    kept = (built / "feedback.sqlite3").read_bytes()
    assert b"Zebedee" not in kept
    assert b"0123456789" not in kept


def test_comments_are_kept_where_the_operator_says_so(built: Path) -> None:
    settings = Settings(index=built, keep_comments=True)
    with TestClient(create_app(settings)) as client:
        give(client, asked(client), comment="  Too short. ")
    with closing(sqlite3.connect(built / "feedback.sqlite3")) as database:
        assert database.execute("SELECT comment FROM comments").fetchall() == [("Too short.",)]


class TestWhereNothingCanBeWritten:
    """A folder in the file's place: no process can write there, root neither."""

    def test_feedback_is_refused_and_questions_are_answered(
        self, built: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (built / "feedback.sqlite3").mkdir()
        app = create_app(Settings(), load_service(Settings(index=built)))
        assert "feedback cannot be kept" in caplog.text
        with TestClient(app) as client:
            reply = client.get("/v1/ask?q=opening+hours").json()
            assert reply["answer"]["id"] == "hours"
            assert "kept" in problem_in(give(client, reply["id"]), 503)["detail"]

    def test_it_may_come_later_and_pass(self, client: TestClient, built: Path) -> None:
        id_ = asked(client)
        file, aside = built / "feedback.sqlite3", built / "aside"
        file.rename(aside)
        file.mkdir()
        response = give(client, id_)
        problem_in(response, 503)
        assert response.headers["retry-after"] == "60"
        assert client.get("/v1/ask?q=opening+hours").status_code == 200
        file.rmdir()
        aside.rename(file)
        assert give(client, id_).status_code == 204


def test_a_file_that_was_removed_is_begun_anew(client: TestClient, built: Path) -> None:
    give(client, asked(client))
    (built / "feedback.sqlite3").unlink()
    assert give(client, asked(client)).status_code == 204
    assert counts(built) == [("hours", "helpful", 1)]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused_with_those_there_are(client: TestClient, method: str) -> None:
    response = client.request(method, PATH)
    problem_in(response, 405)
    assert response.headers["allow"] == "POST"


def test_before_a_snapshot_is_loaded_it_says_to_come_back(unready: TestClient) -> None:
    problem_in(give(unready, "x"), 503)
