import pytest
from fastapi.testclient import TestClient

from tests.qa.http.conftest import problem_in, where

PATH = "/v1/suggest"


@pytest.mark.parametrize(
    ("typed", "first"),
    [("whe", "hours"), ("Is there a car", "parking"), ("GIFT", "gift"), (" log in", "password")],
)
def test_what_is_typed_is_completed_by_stored_questions(
    client: TestClient, typed: str, first: str
) -> None:
    response = client.get(PATH, params={"q": typed})
    assert response.status_code == 200
    assert list(response.json()) == ["suggestions"]
    best = response.json()["suggestions"][0]
    titles = {"hours": "When are you open?", "parking": "Where can I park my car?"}
    titles |= {"gift": "Do you sell gift vouchers?", "password": "How do I reset my password?"}
    assert best == {"id": first, "question": titles[first]}


@pytest.mark.parametrize("typed", ["", " ", "?", "xyzzy", "Is there a secret menu"])
def test_nothing_fitting_is_no_error(client: TestClient, typed: str) -> None:
    response = client.get(PATH, params={"q": typed})
    assert response.status_code == 200
    assert "draft" not in [one["id"] for one in response.json()["suggestions"]]
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        ("", {"refund", "delivery", "password"}),
        ("page=account", {"password"}),
        ("tags=money", {"refund"}),
        ("page=orders&tags=money", {"refund"}),
        ("page=account&tags=money", set()),
        ("page=none", set()),
    ],
)
def test_only_questions_in_scope_are_suggested(
    client: TestClient, scope: str, ids: set[str]
) -> None:
    found = client.get(f"{PATH}?q=how&k=50&{scope}").json()["suggestions"]
    assert {one["id"] for one in found} == ids


@pytest.mark.parametrize("k", [1, 2, 50])
def test_k_counts_the_suggestions(client: TestClient, k: int) -> None:
    # "how" begins three questions that are shown.
    found = client.get(PATH, params={"q": "how", "k": k}).json()["suggestions"]
    ids = [one["id"] for one in found]
    assert len(ids) == min(k, 3)
    assert set(ids) <= {"refund", "delivery", "password"}


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "query.q"),
        ("q=" + "x" * 2001, "query.q"),
        ("q=a&k=0", "query.k"),
        ("q=a&k=51", "query.k"),
    ],
    ids=lambda value: value[:10],
)
def test_a_value_that_cannot_be_used_is_named(client: TestClient, query: str, place: str) -> None:
    assert where(problem_in(client.get(f"{PATH}?{query}"), 422)) == [place]


def test_the_longest_text_can_be_typed(client: TestClient) -> None:
    assert client.get(PATH, params={"q": "how " * 500}).status_code == 200


def test_bytes_that_are_not_utf8_are_refused(client: TestClient) -> None:
    problem_in(client.get(f"{PATH}?q=caf%E9"), 400)


def test_other_methods_are_refused_with_those_there_are(client: TestClient) -> None:
    response = client.post(PATH, json={"q": "how"})
    problem_in(response, 405)
    assert response.headers["allow"] == "GET"


def test_before_a_snapshot_is_loaded_it_says_to_come_back(unready: TestClient) -> None:
    problem_in(unready.get(PATH, params={"q": "how"}), 503)
