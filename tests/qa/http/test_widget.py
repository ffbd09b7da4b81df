"""The widget's files, as any page of any origin loads them: small ones stand in for the built."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.http.app import create_app
from qa.http.widget import Widget
from qa.settings import Settings
from tests.qa.http.conftest import problem_in

VERSION = "0123456789ab"
FILES = {"loader.js": "console.log('ä')", "panel.js": "export {}"}
LOADER, PANEL = f"/widget/{VERSION}/loader.js", f"/widget/{VERSION}/panel.js"
PATHS = {"/widget.js": "loader.js", LOADER: "loader.js", PANEL: "panel.js"}


def integrity(text: str) -> str:
    return f"sha384-{base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()}"


@pytest.fixture
def widget(tmp_path: Path) -> Widget | None:
    """A built widget."""
    folder = tmp_path / "widget"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    files = {name: {"integrity": integrity(text)} for name, text in FILES.items()}
    (folder / "manifest.json").write_text(json.dumps({"version": VERSION, "files": files}))
    return Widget.read(folder)


@pytest.fixture
def client(widget: Widget | None) -> TestClient:
    """A service with it; no snapshot is loaded, and none is needed."""
    app = create_app(Settings(allowed_origins=("https://www.example.org",)))
    app.state.widget = widget
    return TestClient(app)


@pytest.fixture
def bare(client: TestClient) -> TestClient:
    """A service without one."""
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.widget = None
    return client


@pytest.mark.parametrize(("path", "name"), PATHS.items())
def test_a_file_is_served_as_it_was_built(client: TestClient, path: str, name: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.text) == (200, FILES[name])
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "origin", [None, "https://www.example.org", "https://other.example.net", "null"]
)
@pytest.mark.parametrize("path", PATHS)
def test_pages_of_any_origin_may_load_it(client: TestClient, path: str, origin: str | None) -> None:
    headers = client.get(path, headers={"origin": origin} if origin else {}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert "vary" not in headers


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/widget.js", "public, max-age=300"),
        (LOADER, "public, max-age=31536000, immutable"),
        (PANEL, "public, max-age=31536000, immutable"),
        (f"{PANEL}?attempt=2", "public, max-age=31536000, immutable"),
    ],
)
def test_what_can_change_is_kept_shortly_and_what_cannot_for_ever(
    client: TestClient, path: str, caching: str
) -> None:
    assert client.get(path).headers["cache-control"] == caching


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', '"other",W/{}', "*"])
def test_who_has_it_already_is_not_sent_it_again(client: TestClient, path: str, form: str) -> None:
    first = client.get(path)
    tag = first.headers["etag"]
    again = client.get(path, headers={"if-none-match": form.format(tag)})
    assert (again.status_code, again.content) == (304, b"")
    kept = {"etag", "cache-control", "access-control-allow-origin"}
    assert {name: again.headers[name] for name in kept} == {
        name: first.headers[name] for name in kept
    }


@pytest.mark.parametrize("tag", ['"other"', "", "0123"])
def test_who_has_another_is_sent_it(client: TestClient, tag: str) -> None:
    assert client.get("/widget.js", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/widget/ba9876543210/loader.js",
        f"/widget/{VERSION.upper()}/loader.js",
        f"/widget/{VERSION}/manifest.json",
        f"/widget/{VERSION}/other.js",
        f"/widget/{VERSION}/..%2f..%2fapp.py",
        f"/widget/{VERSION}/",
        f"/widget/{VERSION}",
        "/widget/loader.js",
        "/widget",
    ],
)
def test_nothing_else_is_there(client: TestClient, path: str) -> None:
    problem_in(client.get(path), 404)


def test_another_version_says_which_address_always_works(client: TestClient) -> None:
    problem = problem_in(client.get("/widget/ba9876543210/loader.js"), 404)
    assert "/widget.js" in problem["detail"]


@pytest.mark.parametrize("path", PATHS)
def test_a_widget_that_was_not_built_is_not_found(bare: TestClient, path: str) -> None:
    problem_in(bare.get(path), 404)


@pytest.mark.parametrize("path", PATHS)
def test_head_tells_what_get_would(client: TestClient, path: str) -> None:
    same = {"X-Request-ID": "1"}
    head, get = client.head(path, headers=same), client.get(path, headers=same)
    assert head.status_code == 200
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused_with_those_there_are(
    client: TestClient, path: str, method: str
) -> None:
    response = client.request(method, path)
    problem_in(response, 405)
    assert response.headers["allow"] == "GET, HEAD"


def test_a_folder_without_a_manifest_holds_no_widget(tmp_path: Path) -> None:
    assert Widget.read(tmp_path) is None
    assert Widget.read(tmp_path / "none") is None


def test_the_one_that_is_shipped_is_what_its_manifest_says() -> None:
    shipped = Widget.shipped()
    assert shipped is not None
    assert set(shipped.files) == {"loader.js", "panel.js"}
    for built in shipped.files.values():
        assert built.integrity == integrity(built.content.decode())
