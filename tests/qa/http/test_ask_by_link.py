import pytest
from fastapi.testclient import TestClient

from tests.qa.http.conftest import GIBBERISH, problem_in, where

PATH = "/v1/ask"


def test_a_link_gets_what_a_post_gets(client: TestClient) -> None:
    scope = {"k": 2, "tags": ["visit"], "page": "visit"}
    posted = client.post(PATH, json={"question": "car park", **scope}).json()
    linked = client.get(PATH, params={"q": " car park ", **scope})
    assert linked.status_code == 200
    assert linked.headers["content-type"] == "application/json"
    reply = linked.json()
    assert reply.pop("id") != posted.pop("id")
    assert reply == posted
    assert reply["answer"]["id"] == "parking"


def test_all_named_tags_are_meant(client: TestClient) -> None:
    reply = client.get(f"{PATH}?q=Is+there+a+car+park&tags=visit&tags=car&k=50").json()
    assert (reply["answer"]["id"], reply["alternatives"]) == ("parking", [])


def test_what_the_faq_does_not_answer_is_no_error(client: TestClient) -> None:
    response = client.get(PATH, params={"q": GIBBERISH})
    assert (response.status_code, response.json()["answered"]) == (200, False)


@pytest.mark.parametrize("question", ["a", "x" * 2000, f" {'x' * 2000}  ", "où? 🎉", "a&b=c", "\0"])
def test_a_question_arrives_as_it_was_asked(client: TestClient, question: str) -> None:
    reply = client.get(PATH, params={"q": question})
    assert (reply.status_code, reply.json()["question"]) == (200, question.strip())


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "query.q"),
        ("question=a", "query.q"),
        ("q=", "query.q"),
        ("q=%20%0A", "query.q"),
        ("q=" + "x" * 2001, "query.q"),
        ("q=a&k=0", "query.k"),
        ("q=a&k=51", "query.k"),
        ("q=a&k=", "query.k"),
        ("q=a&k=1.5", "query.k"),
        (f"q=a&k={'9' * 5000}", "query.k"),
        ("q=a&tags=", "query.tags.0"),
        ("q=a&" + "&".join(["tags=t"] * 21), "query.tags"),
        ("q=a&page=" + "p" * 201, "query.page"),
    ],
    ids=lambda value: value[:25],
)
def test_a_value_that_cannot_be_used_is_named(client: TestClient, query: str, place: str) -> None:
    assert where(problem_in(client.get(f"{PATH}?{query}"), 422)) == [place]


@pytest.mark.parametrize("k", [1, 50])
def test_k_may_be_1_to_50(client: TestClient, k: int) -> None:
    reply = client.get(PATH, params={"q": "opening hours", "k": k}).json()
    assert len(reply["alternatives"]) == min(k, 7)


@pytest.mark.parametrize("query", ["q=caf%E9", "q=a&page=%FF", "q=%ED%A0%80", "q=a&x=%C3"])
def test_bytes_that_are_not_utf8_are_refused_not_guessed(client: TestClient, query: str) -> None:
    assert "UTF-8" in problem_in(client.get(f"{PATH}?{query}"), 400)["detail"]


def test_before_a_snapshot_is_loaded_it_says_to_come_back(unready: TestClient) -> None:
    problem_in(unready.get(PATH, params={"q": "opening hours"}), 503)
