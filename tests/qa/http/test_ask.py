import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa.answerer import Answerer
from qa.http.app import create_app
from qa.http.deps import Service
from qa.settings import Settings
from tests.qa.conftest import SnapshotOf
from tests.qa.http.conftest import GIBBERISH, problem_in, where

PATH = "/v1/ask"
REPLY = [
    "id",
    "question",
    "answered",
    "confidence",
    "answer",
    "basis",
    "alternatives",
    "message",
]


def ask(client: TestClient, **body: object) -> dict[str, Any]:
    response = client.post(PATH, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    reply: dict[str, Any] = response.json()
    assert list(reply) == REPLY
    return reply


def test_a_stored_wording_gets_the_stored_answer_and_its_safe_rendering(client: TestClient) -> None:
    reply = ask(client, question="  opening hours \n", k=2)
    assert (reply["question"], reply["answered"]) == ("opening hours", True)
    assert reply["confidence"] >= 0.9
    assert reply["message"] == "The FAQ answers this."
    assert reply["answer"] == {
        "id": "hours",
        "question": "When are you open?",
        "answer": "We are open from **9 to 17**, Monday to Friday.",
        "html": "<p>We are open from <strong>9 to 17</strong>, Monday to Friday.</p>",
        "page": "visit",
        "url": "https://example.org/visit",
        "tags": ["visit"],
        "language": "",
    }
    assert reply["basis"] == {"wording": "opening hours", "passage": ""}
    assert [list(other) for other in reply["alternatives"]] == [["id", "question", "score"]] * 2
    assert "hours" not in [other["id"] for other in reply["alternatives"]]


def test_what_the_faq_does_not_answer_is_a_reply_without_answer(client: TestClient) -> None:
    reply = ask(client, question=GIBBERISH)
    assert (reply["answered"], reply["answer"], reply["alternatives"]) == (False, None, [])
    assert reply["basis"] is None
    assert reply["message"] == "The FAQ has no answer to this."
    assert 0 <= reply["confidence"] < 0.2


def test_unanswered_the_nearest_questions_are_offered(
    client: TestClient, answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answerer, "threshold", 1.0)
    reply = ask(client, question="opening hours")
    assert (reply["answered"], reply["answer"], reply["basis"]) == (False, None, None)
    assert len(reply["alternatives"]) == 3
    best = reply["alternatives"][0]
    assert best == {"id": "hours", "question": "When are you open?", "score": 1.0}


def test_of_a_long_answer_the_passage_that_it_rests_on_is_named_as_plain_text(
    snapshot_of: SnapshotOf,
) -> None:
    passage = "Islands wait for the ferry, which goes on Mondays. " + "It is slow. " * 17
    entry = {
        "question": "Do you deliver?",
        "answer": "Parcels go out **daily**. "
        + "We pack them. " * 18
        + "\n\n"
        + passage.replace("ferry", "[ferry](/ferry)"),
    }
    service = Service(Answerer(snapshot_of(entry)))
    with TestClient(create_app(Settings(), service)) as client:
        reply = ask(client, question="Do you deliver?")
        assert reply["basis"]["wording"] == "Do you deliver?"
        reply = ask(client, question="do you deliver to islands, and when does the ferry go?")
    assert reply["answer"]["answer"] == entry["answer"]
    assert reply["basis"] == {"wording": "Do you deliver?", "passage": passage.strip()}


def test_an_answer_without_a_wording_rests_on_none(snapshot_of: SnapshotOf) -> None:
    answer = "All our paper is recycled."
    service = Service(Answerer(snapshot_of({"answer": answer}), promised_error=0.3))
    with TestClient(create_app(Settings(), service)) as client:
        reply = ask(client, question=answer)
    assert reply["answered"]
    assert reply["basis"] == {"wording": "", "passage": ""}


def test_every_asking_has_a_name_of_its_own(client: TestClient) -> None:
    names = {ask(client, question="gift")["id"] for _ in range(20)}
    assert len(names) == 20
    assert all(re.fullmatch("[A-Za-z0-9_-]{16,200}", name) for name in names)


def test_no_cache_keeps_what_was_asked(client: TestClient) -> None:
    replies = [
        client.post(PATH, json={"question": "gift"}),
        client.get(PATH, params={"q": "gift"}),
        client.post(f"{PATH}/batch", json={"questions": ["gift"]}),
        client.get("/v1/suggest", params={"q": "gift"}),
    ]
    assert [reply.headers["cache-control"] for reply in replies] == ["no-store"] * 4


def test_many_at_once_get_what_each_gets_alone(client: TestClient) -> None:
    questions = [f"{one} {other}" for one in ("refund", "gift", "car") for other in ("?", "park")]
    alone = [ask(client, question=question) | {"id": ""} for question in questions]
    with ThreadPoolExecutor(len(questions)) as pool:
        together = list(pool.map(lambda question: ask(client, question=question), questions))
    assert [reply | {"id": ""} for reply in together] == alone


@pytest.mark.parametrize(("k", "found"), [(1, 1), (3, 3), (50, 7)])
def test_k_counts_the_alternatives(client: TestClient, k: int, found: int) -> None:
    # Eight of the ten entries are shown, one of which is the answer.
    assert len(ask(client, question="opening hours", k=k)["alternatives"]) == found
    assert len(ask(client, question="opening hours")["alternatives"]) == 3


def test_only_entries_in_scope_answer(client: TestClient) -> None:
    scope = {"tags": ["visit", "car"], "page": "visit"}
    reply = ask(client, question="Is there a car park?", **scope, k=50)
    assert (reply["answer"]["id"], reply["alternatives"]) == ("parking", [])
    other = ask(client, question="Is there a car park?", page="orders", k=50)
    shown = [other["answer"] or {}, *other["alternatives"]]
    assert "parking" not in [entry.get("id") for entry in shown]
    assert ask(client, question="Is there a car park?", page="no such page")["answered"] is False


def test_a_scope_of_null_is_no_scope(client: TestClient) -> None:
    reply = ask(client, question="opening hours", tags=None, page=None)
    assert reply["answer"]["id"] == "hours"


def test_drafts_and_expired_entries_are_never_in_a_reply(client: TestClient) -> None:
    for question in ("Is there a secret menu?", "Is there a winter sale?"):
        reply = client.post(PATH, json={"question": question, "k": 50})
        assert '"draft"' not in reply.text
        assert '"expired"' not in reply.text


@pytest.mark.parametrize(
    "question",
    ["a", "x" * 2000, " " * 3000 + "x" * 2000 + "\n" * 3000, "🎉" * 2000, "\0", "?!", "a\r\nb"],
    ids=["1", "2000", "2000-trimmed", "2000-emoji", "nul", "punctuation", "lines"],
)
def test_a_question_of_1_to_2000_characters_can_be_asked(client: TestClient, question: str) -> None:
    assert ask(client, question=question)["question"] == question.strip()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"question": "x" * 2001}, "body.question"),
        ({"question": ""}, "body.question"),
        ({"question": " \t\n"}, "body.question"),
        ({"question": None}, "body.question"),
        ({"question": 1}, "body.question"),
        ({"question": ["a"]}, "body.question"),
        ({}, "body.question"),
        ({"q": "a"}, "body.question"),
        ({"question": "a", "k": 0}, "body.k"),
        ({"question": "a", "k": 51}, "body.k"),
        ({"question": "a", "k": -1}, "body.k"),
        ({"question": "a", "k": 1.5}, "body.k"),
        ({"question": "a", "k": "many"}, "body.k"),
        ({"question": "a", "k": None}, "body.k"),
        ({"question": "a", "k": 10**400}, "body.k"),
        ({"question": "a", "tags": "visit"}, "body.tags"),
        ({"question": "a", "tags": [""]}, "body.tags.0"),
        ({"question": "a", "tags": ["t" * 201]}, "body.tags.0"),
        ({"question": "a", "tags": ["t"] * 21}, "body.tags"),
        ({"question": "a", "tags": [1]}, "body.tags.0"),
        ({"question": "a", "page": 1}, "body.page"),
        ({"question": "a", "page": "p" * 201}, "body.page"),
        ([], "body"),
        ("opening hours", "body"),
        (None, "body"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_that_cannot_be_used_is_named(client: TestClient, body: object, place: str) -> None:
    problem = problem_in(client.post(PATH, json=body), 422)
    assert where(problem) == [place]
    assert problem["detail"].startswith(f"{place}: ")


def test_all_faults_of_a_request_are_named(client: TestClient) -> None:
    response = client.post(PATH, json={"question": "", "k": 0, "tags": 1})
    assert set(where(problem_in(response, 422))) == {"body.question", "body.k", "body.tags"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused_with_those_there_are(client: TestClient, method: str) -> None:
    response = client.request(method, PATH)
    problem_in(response, 405)
    assert response.headers["allow"] == "GET, POST"


def test_a_path_below_is_nothing(client: TestClient) -> None:
    assert PATH in problem_in(client.post(f"{PATH}/more", json={"question": "a"}), 404)["detail"]


def test_before_a_snapshot_is_loaded_it_says_to_come_back(unready: TestClient) -> None:
    response = unready.post(PATH, json={"question": "opening hours"})
    problem_in(response, 503)
    assert response.headers["retry-after"] == "1"


def test_the_types_of_a_reply_are_those_of_the_contract(client: TestClient) -> None:
    reply = ask(client, question="opening hours")
    checks: dict[str, Callable[[Any], bool]] = {
        "id": lambda value: isinstance(value, str),
        "answered": lambda value: value is True,
        "confidence": lambda value: isinstance(value, float) and 0 <= value <= 1,
        "basis": lambda value: [type(part) for part in value.values()] == [str, str],
        "alternatives": lambda value: all(
            isinstance(one["score"], float) and one["score"] <= 1 for one in value
        ),
    }
    assert [name for name, holds in checks.items() if not holds(reply[name])] == []
