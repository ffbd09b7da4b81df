"""A new snapshot comes into force while the service answers."""

import asyncio
import errno
import gc
import json
import os
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from fastapi.testclient import TestClient

from index import manifest
from index.build import build
from index.snapshot import Snapshot
from qa.answerer import Answerer
from qa.http.app import create_app, load_service
from qa.http.deps import Service
from qa.http.live import Live
from qa.settings import Settings
from tests.conftest import ENTRIES, MODEL, provide_hashed

QUESTIONS = [str(entry["question"]) for entry in ENTRIES[:7]]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the pointer all the time."""
    monkeypatch.setattr("qa.http.live._TURN", 0.01)


@pytest.fixture
def client(built: Path) -> Iterator[TestClient]:
    """A service that follows the index of the ten entries."""
    app = create_app(Settings(index=built))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def publish(root: Path, mark: str) -> str:
    """Build the ten entries anew, with a mark at the end of every answer; returns the name."""
    source = root.parent / "faq.jsonl"
    entries = [{**entry, "answer": f"{entry['answer']} {mark}"} for entry in ENTRIES]
    source.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return build([source], root, model=MODEL, provide=provide_hashed).name


def wait_for(happened: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if happened():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen in half a minute")


def serves(client: TestClient, name: str) -> Callable[[], bool]:
    return lambda: client.get("/readyz").json()["snapshot"] == name


def test_what_comes_into_force_is_served(client: TestClient, built: Path) -> None:
    page = client.get("/faq/visit")
    wait_for(serves(client, publish(built, "NEW")))
    answer = client.get("/v1/ask?q=opening+hours").json()["answer"]
    assert answer["answer"] == "We are open from **9 to 17**, Monday to Friday. NEW"
    assert client.get("/v1/entries/hours").json()["answer"] == answer["answer"]
    again = client.get("/faq/visit", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, "Friday. NEW" in again.text) == (200, True)


def test_an_earlier_snapshot_is_served_when_it_is_put_in_force_again(
    client: TestClient, built: Path
) -> None:
    before = (built / "current").read_text()
    wait_for(serves(client, publish(built, "NEW")))
    (built / "current").write_text(before)
    wait_for(serves(client, before.strip()))


def test_feedback_to_an_asking_from_before_is_kept_and_counts_once(
    client: TestClient, built: Path
) -> None:
    id_ = client.get("/v1/ask?q=opening+hours").json()["id"]
    used = client.get("/v1/ask?q=refund").json()["id"]
    assert client.post("/v1/feedback", json={"id": used, "helpful": True}).status_code == 204
    wait_for(serves(client, publish(built, "NEW")))
    assert client.post("/v1/feedback", json={"id": id_, "helpful": True}).status_code == 204
    assert client.post("/v1/feedback", json={"id": used, "helpful": True}).status_code == 409


@pytest.mark.parametrize("damage", ["entries", "missing"])
def test_a_damaged_snapshot_is_refused_in_a_line_and_the_old_one_stays(
    client: TestClient, built: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    before = (built / "current").read_text().strip()
    name = "20990101T000000.000000Z-00000000"
    if damage == "entries":
        folder = shutil.copytree(built / "snapshots" / before, built / "snapshots" / name)
        (folder / "entries.jsonl").write_bytes(b"{}")
    (built / "current").write_text(name)
    wait_for(lambda: bool(caplog.messages))
    (message,) = caplog.messages
    assert name in message
    assert message.endswith("The snapshot before it is served on.")
    assert "\n" not in message
    assert serves(client, before)()
    assert client.get("/v1/ask?q=opening+hours").json()["answered"]
    shutil.rmtree(built / "snapshots" / name, ignore_errors=True)
    wait_for(serves(client, publish(built, "MENDED")))
    assert len(caplog.messages) == 1


def test_a_snapshot_that_could_not_be_read_for_want_of_files_is_tried_again(
    client: TestClient, built: Path, caplog: pytest.LogCaptureFixture
) -> None:
    digest = manifest.file_digest

    def scarce(path: Path, *by: Callable[[], object]) -> str:
        if ".tmp-" in str(path):  # what is being built
            return digest(path, *by)
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE), str(path))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest, "file_digest", scarce)
        name = publish(built, "NEWER")
        wait_for(lambda: "Too many open files" in caplog.text)
        assert client.get("/v1/ask?q=opening+hours").json()["answered"]
    wait_for(serves(client, name))


def test_no_request_fails_and_no_answer_is_mixed_while_snapshots_come_and_go(
    client: TestClient, built: Path
) -> None:
    is_over = Event()

    def ask() -> list[set[str]]:
        marks = []
        while not is_over.is_set():
            reply = client.post("/v1/ask/batch", json={"questions": QUESTIONS})
            assert reply.status_code == 200, reply.text
            answers = [one["answer"]["answer"] for one in reply.json()["answers"]]
            marks.append({answer.rpartition(" ")[2] for answer in answers})
        return marks

    wait_for(serves(client, publish(built, "mark0")))
    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask) for _ in range(4)]
        for number in range(1, 7):
            wait_for(serves(client, publish(built, f"mark{number}")))
        is_over.set()
        seen = [marks for future in asking for marks in future.result()]
    assert all(len(marks) == 1 for marks in seen)
    assert {"mark0", "mark6"} <= set.union(*seen) | {"mark0", "mark6"}
    assert len(set.union(*seen)) > 1


def test_a_service_is_closed_when_its_last_request_is_done_and_not_before(built: Path) -> None:
    async def swap() -> None:
        settings = Settings(index=built)
        old, new = load_service(settings), load_service(settings)
        async with Live() as live:
            await live.put(old)
            with live.using() as first, live.using() as second:
                await live.put(new)
                assert (first, second, live.service) == (old, old, new)
                assert (await old.dispatcher.answer("opening hours")).answered
            await asyncio.gather(*live._closing)
            with pytest.raises(RuntimeError, match="no longer answered"):
                await old.dispatcher.answer("opening hours")
            with live.using() as third:
                assert third is new
            assert (await new.dispatcher.answer("opening hours")).answered
        assert live.service is None

    asyncio.run(swap())


def test_nothing_keeps_a_service_that_was_replaced(built: Path, answerer: Answerer) -> None:
    async def swap() -> weakref.ref[Service]:
        async with Live(service := Service(answerer)) as live:
            old = weakref.ref(service)
            await live.put(service)
            del service
            with live.using():
                await live.put(load_service(Settings(index=built)))
            await asyncio.gather(*live._closing)
            return old

    old = asyncio.run(swap())
    gc.collect()
    assert old() is None


def test_the_encoder_stays_and_nothing_else_of_the_snapshot_before(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoders, stores = [], []

    def noted(snapshot: Snapshot, *, promised_error: float) -> Answerer:
        encoders.append(snapshot.encoder)
        stores.append(weakref.ref(snapshot.vectors))
        return Answerer(snapshot, promised_error=promised_error)

    def only_the_last_is_there() -> bool:
        gc.collect()
        return [store() is not None for store in stores] == [False, False, True]

    monkeypatch.setattr("qa.http.app.Answerer", noted)
    with TestClient(create_app(Settings(index=built))) as client:
        for mark in ("NEW", "NEWER"):
            wait_for(serves(client, publish(built, mark)))
        wait_for(only_the_last_is_there)
    assert len(set(map(id, encoders))) == 1


def test_a_service_that_is_given_stays_unless_it_is_to_follow(
    built: Path, answerer: Answerer
) -> None:
    settings = Settings(index=built)
    with TestClient(create_app(settings, Service(answerer))) as client:
        before = client.get("/readyz").json()["snapshot"]
        name = publish(built, "NEW")
        time.sleep(0.1)
        assert serves(client, before)()
    with TestClient(create_app(settings, Service(answerer), follows=True)) as client:
        wait_for(serves(client, name))


def test_what_ends_beside_the_requests_is_told_and_they_go_on(
    built: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr("qa.http.app.follow", broken)
    with TestClient(create_app(Settings(index=built))) as client:
        wait_for(lambda: "has ended until the next start" in caplog.text)
        assert client.get("/v1/ask?q=gift").status_code == 200
    assert "RuntimeError: no more" in caplog.text
