import pytest
from fastapi.testclient import TestClient

from tests.qa.http.conftest import problem_in, where

PATH = "/v1/entries"
# In the order of the pages, and without what is not shown now.
SHOWN = ["hours", "parking", "wordless", "refund", "delivery", "gift", "password", "delete"]
PARKING = {
    "id": "parking",
    "question": "Where can I park my car?",
    "answer": "Behind the house; enter by the north gate.",
    "html": "<p>Behind the house; enter by the north gate.</p>",
    "page": "visit",
    "url": "",
    "tags": ["visit", "car"],
    "language": "",
}


def listed(client: TestClient, query: str = "") -> list[str]:
    response = client.get(f"{PATH}?{query}")
    assert response.status_code == 200, response.text
    return [entry["id"] for entry in response.json()["entries"]]


def test_the_entries_that_are_shown_are_listed_page_by_page(client: TestClient) -> None:
    reply = client.get(PATH).json()
    assert list(reply) == ["total", "offset", "limit", "entries"]
    assert (reply["total"], reply["offset"], reply["limit"]) == (8, 0, 20)
    assert [entry["id"] for entry in reply["entries"]] == SHOWN
    assert reply["entries"][1] == PARKING


def test_an_entry_without_question_is_given_as_it_is_stored(client: TestClient) -> None:
    entry = client.get(f"{PATH}/wordless").json()
    assert entry["question"] == ""
    assert entry["answer"] == "All our paper is recycled and made in Finland."


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("limit=3", SHOWN[:3]),
        ("limit=3&offset=3", SHOWN[3:6]),
        ("limit=100&offset=7", SHOWN[7:]),
        ("offset=8", []),
        ("offset=10000000", []),
        ("page=account", ["password", "delete"]),
        ("tags=visit", ["hours", "parking"]),
        ("tags=visit&tags=car", ["parking"]),
        ("tags=visit&offset=1", ["parking"]),
        ("page=none", []),
    ],
)
def test_a_part_of_the_list_can_be_asked_for(
    client: TestClient, query: str, ids: list[str]
) -> None:
    assert listed(client, query) == ids


def test_total_counts_what_is_in_scope_whatever_part_is_shown(client: TestClient) -> None:
    assert client.get(f"{PATH}?page=orders&limit=1&offset=2").json()["total"] == 3


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "query.limit"),
        ("limit=101", "query.limit"),
        ("limit=ten", "query.limit"),
        ("offset=-1", "query.offset"),
        ("offset=10000001", "query.offset"),
        ("tags=", "query.tags.0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(client: TestClient, query: str, place: str) -> None:
    assert where(problem_in(client.get(f"{PATH}?{query}"), 422)) == [place]


def test_bytes_that_are_not_utf8_are_refused(client: TestClient) -> None:
    problem_in(client.get(f"{PATH}?page=%FF"), 400)


def test_one_entry_is_given_by_its_id(client: TestClient) -> None:
    response = client.get(f"{PATH}/parking")
    assert (response.status_code, response.json()) == (200, PARKING)


@pytest.mark.parametrize(
    "id_", ["nothing", "draft", "expired", "Parking", "parking/", "a/b", "%FF", "%00", "x" * 3000]
)
def test_an_entry_that_is_not_there_or_not_shown_is_not_found(client: TestClient, id_: str) -> None:
    problem = problem_in(client.get(f"{PATH}/{id_}"), 404)
    assert problem["detail"] == "There is no entry with this id. GET /v1/entries lists them."


@pytest.mark.parametrize("path", [PATH, f"{PATH}/parking"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused_with_those_there_are(
    client: TestClient, path: str, method: str
) -> None:
    response = client.request(method, path)
    problem_in(response, 405)
    assert response.headers["allow"] == "GET"


@pytest.mark.parametrize("path", [PATH, f"{PATH}/parking"])
def test_before_a_snapshot_is_loaded_it_says_to_come_back(unready: TestClient, path: str) -> None:
    problem_in(unready.get(path), 503)
