"""Who may: without a key nothing that is protected is reached, however its path is written."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from qa.answerer import Answerer
from qa.http.access import Access
from qa.http.app import Cors, create_app
from qa.http.deps import Service
from qa.http.headers import SecurityHeaders
from qa.keys import FILE, Keys, Role, add, revoke
from qa.settings import Settings
from tests.qa.http.conftest import problem_in

OPEN = {"/healthz", "/readyz", "/widget.js", "/widget/{version}/{name}", "/site", "/docs/assets"}
ASKING = ["/v1/ask?q=gift", "/v1/suggest?q=gift", "/v1/entries", "/v1/entries/gift", "/", "/faq"]

Guarded = Callable[..., TestClient]


@pytest.fixture
def guarded(answerer: Answerer, built: Path) -> Guarded:
    """Makes a client of the service with these groups of routes protected."""

    def make(*protected: str) -> TestClient:
        app = create_app(Settings(index=built), Service(answerer))
        guard = Access(app, Keys.open(built), frozenset(protected))
        return TestClient(SecurityHeaders(guard), raise_server_exceptions=False)

    return make


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_with_nothing_protected_no_key_is_asked_for(guarded: Guarded) -> None:
    with guarded() as client:
        for path in ASKING:
            assert client.get(path).status_code == 200
            assert client.get(path, headers=bearer("unknown")).status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_asking_takes_a_key_of_either_role(guarded: Guarded, built: Path, role: Role) -> None:
    key = add(built, "shop", role)
    with guarded("ask") as client:
        for path in ASKING:
            refused = client.get(path)
            assert "Authorization: Bearer KEY" in problem_in(refused, 401)["detail"]
            assert refused.headers["www-authenticate"] == "Bearer"
            problem_in(client.get(path, headers=bearer(key[:-1])), 401)
            assert client.get(path, headers=bearer(key)).status_code == 200
            assert client.get(path, headers={"x-api-key": key}).status_code == 200


def test_a_revoked_key_is_refused_at_once(guarded: Guarded, built: Path) -> None:
    key = add(built, "shop", Role.VISITOR)
    with guarded("ask") as client:
        assert client.get("/v1/ask?q=gift", headers=bearer(key)).status_code == 200
        revoke(built, "shop")
        assert client.get("/v1/ask?q=gift", headers=bearer(key)).status_code == 401


def test_a_damaged_file_of_keys_opens_nothing(guarded: Guarded, built: Path) -> None:
    key = add(built, "shop", Role.ADMIN)
    with guarded("ask") as client:
        (built / FILE).write_text('{"keys": [')
        assert client.get("/v1/ask?q=gift", headers=bearer(key)).status_code == 401
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Basic {}"},
        {"authorization": "{}"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer {} x"},
        {"authorization": "Bearer x", "x-api-key": "{}"},
        {"cookie": "key={}"},
        {"api-key": "{}"},
    ],
)
def test_a_key_in_another_place_is_none(
    guarded: Guarded, built: Path, headers: dict[str, str]
) -> None:
    key = add(built, "shop", Role.VISITOR)
    with guarded("ask") as client:
        sent = {name: value.format(key) for name, value in headers.items()}
        assert client.get("/v1/ask?q=gift", headers=sent).status_code == 401
        assert client.get(f"/v1/ask?q=gift&key={key}&api_key={key}").status_code == 401


def test_a_proxy_may_have_its_own_use_for_authorization(guarded: Guarded, built: Path) -> None:
    key = add(built, "shop", Role.VISITOR)
    headers = {"authorization": "Basic dXNlcjpwYXNz", "x-api-key": key}
    with guarded("ask") as client:
        assert client.get("/v1/ask?q=gift", headers=headers).status_code == 200
        loud = {"authorization": f"bEARER   {key} "}
        assert client.get("/v1/ask?q=gift", headers=loud).status_code == 200


def routes(app: FastAPI) -> list[tuple[str, BaseRoute]]:
    """Every route of the service with its path, those of routers that were included too."""
    found: list[tuple[str, BaseRoute]] = []
    for route in app.routes:
        original = getattr(route, "original_router", None)
        if original is not None:
            found += [(getattr(one, "path", ""), one) for one in original.routes]
        else:
            found.append((getattr(route, "path", ""), route))
    return found


def test_every_route_but_a_short_list_needs_a_key(guarded: Guarded, built: Path) -> None:
    app = create_app(Settings(index=built))
    with guarded("ask") as client:
        seen = set()
        for path, route in routes(app):
            assert isinstance(route, Route | Mount), (path, route)
            for method in getattr(route, "methods", None) or {"GET"}:
                reply = client.request(method, path.replace("{", "").replace("}", ""))
                if path not in OPEN | {"/metrics"} and not path.startswith("/docs/assets"):
                    assert reply.status_code == 401, (method, path)
                seen.add(path)
        assert {"/v1/ask", "/v1/ask/batch", "/faq/{name:path}", "/openapi.json", "/docs"} <= seen


def test_what_says_whether_it_lives_and_files_stay_open(guarded: Guarded) -> None:
    with guarded("ask", "metrics") as client:
        for path in ("/healthz", "/readyz", "/widget.js", "/site/style.css"):
            assert client.get(path).status_code in {200, 404}, path
        assert client.get("/healthz").status_code == 200


WAYS_ROUND = [
    "//v1/ask?q=gift",
    "/v1/ask/?q=gift",
    "/v1//ask?q=gift",
    "/V1/ASK?q=gift",
    "/v1/ask%2f?q=gift",
    "/v1%2fask?q=gift",
    "/%76%31/ask?q=gift",
    "/healthz/../v1/ask?q=gift",
    "/healthz/%2e%2e/v1/ask?q=gift",
    "/site/../v1/ask?q=gift",
    "/site/%2e%2e/v1/ask?q=gift",
    "/site/..%2fv1/ask?q=gift",
    "/site/%2e%2e%2fv1%2fask?q=gift",
    "/widget/../v1/ask?q=gift",
    "/widget/%2e%2e/v1/ask?q=gift",
    "/docs/assets/../../v1/ask?q=gift",
    "/docs/assets/%2e%2e/%2e%2e/v1/ask?q=gift",
    "/v1/ask;/healthz?q=gift",
    "/v1/ask%00?q=gift",
    "/v1/ask%0a?q=gift",
    "/healthz%0a/v1/ask?q=gift",
    "/./v1/ask?q=gift",
    "\\v1\\ask?q=gift",
    "/v1/ask%23/healthz?q=gift",
    "/faq/..%2fhealthz",
    "/faq/",
]


async def over(app: object, target: str, method: str = "GET", root_path: str = "") -> int:
    """The status of a request whose target reaches the service as it is, as curl --path-as-is."""
    path, _, query = target.partition("?")
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": root_path,
        "query_string": query.encode(),
        "scheme": "http",
        "headers": [(b"host", b"testserver")],
        "client": ("192.0.2.1", 1),
        "server": ("testserver", 80),
        "state": {},
    }
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    await app(scope, receive, send)  # type: ignore[operator]
    return statuses[0]


def over_all(
    guarded: Guarded, targets: list[str], *protected: str, root_path: str = ""
) -> list[int]:
    with guarded(*protected) as client:
        assert client.portal is not None
        return [
            client.portal.call(lambda t=target: over(client.app, t, root_path=root_path))
            for target in targets
        ]


def test_there_is_no_way_round_the_key_by_the_way_a_path_is_written(guarded: Guarded) -> None:
    statuses = over_all(guarded, WAYS_ROUND, "ask")
    assert set(statuses) <= {401, 404}, dict(zip(WAYS_ROUND, statuses, strict=True))


def test_nor_round_the_admin_key_where_nothing_else_is_protected(guarded: Guarded) -> None:
    ways = [way.replace("v1/ask", "v1/admin/snapshots") for way in WAYS_ROUND if "v1/ask" in way]
    ways += ["/v1/admin", "/v1/admin/", "/v1/admin/snapshots/", "/v1/adminx"]
    statuses = over_all(guarded, ways)
    assert set(statuses) <= {401, 404}, dict(zip(ways, statuses, strict=True))


@pytest.mark.parametrize(
    ("root_path", "path", "status"),
    [
        ("/svc", "/svc/v1/ask?q=gift", 401),
        ("/svc", "/v1/ask?q=gift", 401),
        ("/svc", "/svc/healthz", 200),
        ("/svc", "/svc/svc/v1/ask?q=gift", 401),
        ("/svc", "/svc", 401),
        ("/healthz", "/healthz/v1/ask?q=gift", 401),
        ("/site", "/site/v1/ask?q=gift", 401),
        ("/v1", "/v1/v1/ask?q=gift", 401),
        ("/v1", "/v1/ask?q=gift", 401),
    ],
)
def test_a_path_prefix_of_a_proxy_changes_nothing(
    guarded: Guarded, root_path: str, path: str, status: int
) -> None:
    assert over_all(guarded, [path], "ask", root_path=root_path) == [status]


PIECES = st.sampled_from(
    ["/", "v1", "ask", "healthz", "site", "widget", "docs", "assets", "..", ".", "%2e%2e", "%2f",
     "entries", "admin", "snapshots", "suggest", "faq", "%00", ";", "readyz", "%0a", "metrics"]
)  # fmt: skip


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None
)
@given(paths=st.lists(st.lists(PIECES, min_size=1, max_size=9), min_size=25, max_size=25))
def test_whatever_path_is_tried_only_what_is_open_answers(
    guarded: Guarded, paths: list[list[str]]
) -> None:
    targets = ["/" + "".join(pieces) + "?q=gift" for pieces in paths]
    for target, status in zip(targets, over_all(guarded, targets, "ask"), strict=True):
        path = target.partition("?")[0]
        assert status in {401, 404, 405} or path in {"/healthz", "/readyz", "/metrics"}, target


async def told(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says which key it was told."""
    state = scope.get("state", {})
    name = f"{state.get('key')} {state.get('role')}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": name})


def test_what_comes_after_is_told_the_keys_name_also_where_none_is_needed(tmp_path: Path) -> None:
    key = add(tmp_path, "shop", Role.VISITOR)
    client = TestClient(Access(told, Keys.open(tmp_path), frozenset()))
    assert client.get("/", headers=bearer(key)).text == "shop visitor"
    assert client.get("/", headers=bearer("unknown")).text == "None None"
    assert client.get("/").text == "None None"


@pytest.mark.parametrize(
    ("path", "protected", "visitor", "admin", "nobody"),
    [
        ("/metrics", "metrics", 403, 200, 401),
        ("/metrics", "ask", 200, 200, 200),
        ("/metrics/", "metrics,ask", 200, 200, 401),
        ("/v1/admin/snapshots", "", 403, 200, 401),
        ("/v1/admin", "", 403, 200, 401),
        ("/v1/ask", "metrics", 200, 200, 200),
    ],
)
def test_metrics_and_administration_take_an_admin_key(
    tmp_path: Path, path: str, protected: str, visitor: int, admin: int, nobody: int
) -> None:
    groups = frozenset(protected.split(",")) - {""}
    keys = {role: add(tmp_path, role.value, role) for role in Role}
    client = TestClient(Access(told, Keys.open(tmp_path), groups))
    assert client.get(path, headers=bearer(keys[Role.VISITOR])).status_code == visitor
    assert client.get(path, headers=bearer(keys[Role.ADMIN])).status_code == admin
    assert client.get(path).status_code == nobody


def test_the_key_stands_in_no_refusal_and_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="qa")
    key = add(tmp_path, "shop", Role.VISITOR)
    client = TestClient(Access(told, Keys.open(tmp_path), frozenset({"ask"})))
    for path, sent in (("/v1/admin", key), ("/v1/ask", "qa_secret-unknown")):
        assert sent not in client.get(path, headers=bearer(sent)).text
    assert not [one for one in caplog.messages if key in one or "secret" in one]


def test_a_browsers_question_whether_it_may_ask_needs_no_key(tmp_path: Path) -> None:
    site = "https://www.example.org"
    guard = Access(told, Keys.open(tmp_path), frozenset({"ask"}))
    allowed = {"allow_methods": ["GET"], "allow_headers": ["Authorization"]}
    client = TestClient(Cors(guard, allow_origins=[site], **allowed))
    asked = {"origin": site, "access-control-request-method": "GET"}
    asked["access-control-request-headers"] = "authorization"
    assert client.options("/v1/ask", headers=asked).status_code == 200
    refused = client.get("/v1/ask", headers={"origin": site})
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == site
    assert client.options("/v1/ask").status_code == 401
