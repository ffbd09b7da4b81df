"""Administration over HTTP: listing the snapshots, going back, and who may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.build import build
from index.shelf import building, candidates, name_in_force
from qa.http import admin, problems
from qa.http.access import Access
from qa.http.headers import SecurityHeaders
from qa.keys import Keys, Role, add
from tests.conftest import MODEL, provide_hashed
from tests.qa.http.conftest import problem_in


@pytest.fixture
def twice(built: Path, corpus_file: Path) -> Path:
    """An index with two snapshots."""
    corpus_file.write_text(corpus_file.read_text().replace("9 to 17", "8 to 16"))
    build([corpus_file], built, model=MODEL, provide=provide_hashed)
    return built


def app_over(index: Path) -> FastAPI:
    app = FastAPI()
    app.state.index = index
    app.include_router(admin.router)
    problems.install(app)
    return app


@pytest.fixture
def client(twice: Path) -> Iterator[TestClient]:
    """Administration of it, with an admin key."""
    app = Access(app_over(twice), Keys.open(twice), frozenset())
    headers = {"authorization": f"Bearer {add(twice, 'ops', Role.ADMIN)}"}
    with TestClient(SecurityHeaders(app), raise_server_exceptions=False, headers=headers) as client:
        yield client


def test_the_snapshots_are_listed_newest_first_without_a_path(
    client: TestClient, twice: Path
) -> None:
    reply = client.get("/v1/admin/snapshots")
    assert reply.status_code == 200
    listed = reply.json()["snapshots"]
    assert [one["name"] for one in listed] == [path.name for path in candidates(twice)]
    assert [one["in_force"] for one in listed] == [True, False]
    assert {(one["entries"], one["problem"]) for one in listed} == {(10, "")}
    assert str(twice) not in reply.text


def test_rolling_back_puts_the_one_before_in_force(client: TestClient, twice: Path) -> None:
    newest, before = (path.name for path in candidates(twice))
    assert client.post("/v1/admin/rollback").json() == {"name": before}
    assert name_in_force(twice) == before
    again = client.post("/v1/admin/rollback", json={"name": newest})
    assert again.json() == {"name": newest}
    assert name_in_force(twice) == newest


@pytest.mark.parametrize("name", ["nothing", "../current", "x" * 101, "/etc"])
def test_a_name_that_is_none_changes_nothing_and_shows_no_path(
    client: TestClient, twice: Path, name: str
) -> None:
    before = name_in_force(twice)
    reply = client.post("/v1/admin/rollback", json={"name": name})
    problem_in(reply, 422)
    assert str(twice) not in reply.text
    assert name_in_force(twice) == before


def test_nothing_to_go_back_to_is_a_conflict(client: TestClient, twice: Path) -> None:
    assert client.post("/v1/admin/rollback", json={}).status_code == 200
    reply = client.post("/v1/admin/rollback", json={})
    problem_in(reply, 409)
    assert str(twice) not in reply.text


def test_a_damaged_snapshot_is_shown_as_such_and_not_gone_back_to(
    client: TestClient, twice: Path
) -> None:
    newest, before = candidates(twice)
    (before / "manifest.json").write_text("{}")
    listed = client.get("/v1/admin/snapshots")
    assert [one["problem"] for one in listed.json()["snapshots"]] == ["", "It is damaged."]
    reply = client.post("/v1/admin/rollback", json={"name": before.name})
    problem_in(reply, 409)
    assert str(twice) not in listed.text + reply.text
    assert name_in_force(twice) == newest.name


def test_while_one_is_built_it_says_when_to_come_again(client: TestClient, twice: Path) -> None:
    with building(twice):
        reply = client.post("/v1/admin/rollback")
    problem_in(reply, 409)
    assert reply.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/admin/snapshots"), ("POST", "/v1/admin/rollback")]
)
def test_only_an_admin_key_will_do(client: TestClient, twice: Path, method: str, path: str) -> None:
    before = name_in_force(twice)
    visitor = {"authorization": f"Bearer {add(twice, 'shop', Role.VISITOR)}"}
    problem_in(client.request(method, path, headers=visitor), 403)
    problem_in(client.request(method, path, headers={"authorization": "Bearer x"}), 401)
    problem_in(client.request(method, path, headers={"authorization": ""}), 401)
    assert name_in_force(twice) == before


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/admin/snapshots"), ("POST", "/v1/admin/rollback")]
)
def test_the_routes_refuse_by_themselves_where_nobody_guards_them(
    twice: Path, method: str, path: str
) -> None:
    key = add(twice, "ops", Role.ADMIN)
    with TestClient(SecurityHeaders(app_over(twice))) as client:
        reply = client.request(method, path, headers={"authorization": f"Bearer {key}"})
        problem_in(reply, 403)


def test_it_is_described_with_its_key_and_all_it_may_say() -> None:
    document = app_over(Path()).openapi()
    listing = document["paths"]["/v1/admin/snapshots"]["get"]
    going_back = document["paths"]["/v1/admin/rollback"]["post"]
    assert set(listing["responses"]) == {"200", "401", "403", "429"}
    assert set(going_back["responses"]) == {"200", "401", "403", "409", "422", "429"}
    assert listing["security"] == going_back["security"] == [{"HTTPBearer": []}]
