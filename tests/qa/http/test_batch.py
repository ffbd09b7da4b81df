import pytest
from fastapi.testclient import TestClient

from tests.qa.http.conftest import GIBBERISH, problem_in, where

PATH = "/v1/ask/batch"
QUESTIONS = ["opening hours", GIBBERISH, "Is there a car park?", "opening hours", "refund " * 285]


def test_every_question_gets_what_it_gets_alone_in_its_place(client: TestClient) -> None:
    response = client.post(PATH, json={"questions": QUESTIONS, "k": 2})
    assert response.status_code == 200
    assert list(response.json()) == ["answers"]
    answers = response.json()["answers"]
    assert len({answer["id"] for answer in answers}) == len(QUESTIONS)
    for question, answer in zip(QUESTIONS, answers, strict=True):
        alone = client.post("/v1/ask", json={"question": question, "k": 2}).json()
        assert answer.pop("confidence") == pytest.approx(alone.pop("confidence"), abs=1e-4)
        scores = [
            [other.pop("score") for other in reply["alternatives"]] for reply in (answer, alone)
        ]
        assert scores[0] == pytest.approx(scores[1], abs=2e-4)
        assert answer | {"id": ""} == alone | {"id": ""}


def test_scope_counts_for_all_questions(client: TestClient) -> None:
    body = {"questions": ["opening hours", "refund"], "page": "orders", "k": 50}
    answers = client.post(PATH, json=body).json()["answers"]
    shown = [[one["answer"] or {}, *one["alternatives"]] for one in answers]
    ids = {entry["id"] for entries in shown for entry in entries if entry}
    assert ids <= {"refund", "delivery", "gift"}
    assert answers[1]["answer"]["id"] == "refund"


@pytest.mark.parametrize("count", [1, 1000])
def test_a_batch_holds_1_to_1000_questions(client: TestClient, count: int) -> None:
    response = client.post(PATH, json={"questions": ["gift"] * count, "k": 1})
    assert (response.status_code, len(response.json()["answers"])) == (200, count)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"questions": []}, "body.questions"),
        ({"questions": ["gift"] * 1001}, "body.questions"),
        ({"questions": "gift"}, "body.questions"),
        ({"questions": None}, "body.questions"),
        ({"question": "gift"}, "body.questions"),
        ({"questions": ["gift", " "]}, "body.questions.1"),
        ({"questions": ["gift", "x" * 2001]}, "body.questions.1"),
        ({"questions": ["gift", 1]}, "body.questions.1"),
        ({"questions": ["gift"], "k": 0}, "body.k"),
        ({"questions": ["gift"], "k": 51}, "body.k"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_value_that_cannot_be_used_is_named_by_its_place(
    client: TestClient, body: object, place: str
) -> None:
    assert where(problem_in(client.post(PATH, json=body), 422)) == [place]


def test_a_thousand_faults_make_a_short_reply(client: TestClient) -> None:
    response = client.post(PATH, json={"questions": [""] * 1000})
    assert len(problem_in(response, 422)["errors"]) <= 20
    assert len(response.content) < 5000


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused_with_those_there_are(client: TestClient, method: str) -> None:
    response = client.request(method, PATH)
    problem_in(response, 405)
    assert response.headers["allow"] == "POST"


def test_before_a_snapshot_is_loaded_it_says_to_come_back(unready: TestClient) -> None:
    problem_in(unready.post(PATH, json={"questions": ["gift"]}), 503)
