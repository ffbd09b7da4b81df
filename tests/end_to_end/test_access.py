"""Keys, rates and frames with the real server, real worker processes, Redis and a browser."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from playwright.sync_api import sync_playwright
from redis import Redis as Client

from tests.end_to_end.conftest import QA, Run, serving
from tests.end_to_end.test_ask_page import ARGUMENTS

PASSWORD = "correct-horse"
ASKING = "/v1/ask?q=curl"


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


class TestKeys:
    def test_a_key_opens_what_is_protected_until_it_is_revoked(
        self, content_index: Path, qa: Run
    ) -> None:
        with serving(content_index, "--workers", "2", QA_PROTECTED="ask") as (address, _):
            transport = httpx.HTTPTransport(retries=3)
            with httpx.Client(base_url=address, transport=transport, timeout=30) as client:
                assert client.get(ASKING).status_code == 401
                assert client.get("/healthz").status_code == 200
                key = qa("keys", "add", "shop").stdout.strip()
                for _ in range(6):  # as both workers may take it
                    assert client.get(ASKING, headers=bearer(key)).status_code == 200
                assert client.get("/v1/admin/snapshots", headers=bearer(key)).status_code == 403
                assert qa("keys", "revoke", "shop").returncode == 0
                for _ in range(6):
                    assert client.get(ASKING, headers=bearer(key)).status_code == 401

    def test_administration_takes_an_admin_key(self, server: str, qa: Run) -> None:
        key = qa("keys", "add", "ops", "--admin").stdout.strip()
        try:
            assert httpx.get(f"{server}/v1/admin/snapshots").status_code == 401
            reply = httpx.get(f"{server}/v1/admin/snapshots", headers=bearer(key))
            assert [one["in_force"] for one in reply.json()["snapshots"]] == [True]
        finally:
            qa("keys", "revoke", "ops")

    def test_paths_that_are_written_in_another_way_open_nothing(self, content_index: Path) -> None:
        ways = ["//v1/ask", "/site/../v1/ask", "/site/%2e%2e/v1/ask", "/v1%2fask", "/V1/ask"]
        with serving(content_index, QA_PROTECTED="ask") as (address, _):
            host, port = address.removeprefix("http://").split(":")
            for way in ways:
                with closing(socket.create_connection((host, int(port)), 10)) as connection:
                    asked = f"GET {way}?q=curl HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                    connection.sendall(asked.encode())
                    status = connection.makefile("rb").readline().split()[1]
                assert status in {b"401", b"404"}, way


class Redis:
    """A store on a port of its own, which keeps nothing on disk."""

    def __init__(self, program: str) -> None:
        self._program = program
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"redis://:{PASSWORD}@127.0.0.1:{self.port}"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD]
        command = [self._program, *options, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with closing(socket.socket()) as trial:
                if trial.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("redis-server did not start.")

    def pause(self, seconds: float) -> None:
        """Let all who ask wait."""
        with closing(Client.from_url(self.address)) as client:
            client.client_pause(int(seconds * 1_000))

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(10)


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis. Without it the test is skipped, unless nothing may be."""
    program = shutil.which("redis-server")
    if program is None and os.environ.get("QA_TEST_ALL"):
        pytest.fail("redis-server is not installed, and QA_TEST_ALL forbids to skip.")
    if program is None:
        pytest.skip("redis-server is not installed: shared rates were not tried.")
    store = Redis(program)
    store.start()
    yield store
    store.stop()


def answered(addresses: list[str], times: int) -> int:
    """How many of so many questions, asked by turns and at the same time, were answered."""

    def ask(number: int) -> int:
        # On a connection of its own, so that any worker may take it.
        return httpx.get(addresses[number % len(addresses)] + ASKING, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(ask, range(times)))
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


class TestRates:
    def test_processes_that_share_a_store_let_in_no_more_than_one_would(
        self, content_index: Path, redis: Redis
    ) -> None:
        settings = {"QA_RATE_LIMIT": "100/hour", "QA_RATE_STORE": redis.address}
        with (
            serving(content_index, **settings) as (first, _),
            serving(content_index, "--workers", "2", **settings) as (second, _),
        ):
            assert answered([first, second], 240) == 100
            assert answered([first], 5) == answered([second], 5) == 0

    def test_a_process_that_was_held_up_does_not_take_the_store_for_lost(
        self, content_index: Path, redis: Redis
    ) -> None:
        settings = {"QA_RATE_LIMIT": "2/hour", "QA_RATE_STORE": redis.address}
        with serving(content_index, **settings) as (address, process):
            assert answered([address], 1) == 1
            redis.pause(0.4)
            with ThreadPoolExecutor(1) as pool:
                asking = pool.submit(answered, [address], 1)
                time.sleep(0.2)  # until the store has been asked
                process.send_signal(signal.SIGSTOP)
                time.sleep(3.5)
                process.send_signal(signal.SIGCONT)
                assert asking.result() == 1
            process.terminate()
            assert process.stderr is not None
            assert "QA_RATE_STORE" not in process.stderr.read()

    def test_several_workers_without_a_store_do_not_start(self, content_index: Path) -> None:
        command = [QA, "serve", "--port", "0", "--workers", "2", "--index", str(content_index)]
        environment = os.environ | {"QA_RATE_LIMIT": "9/minute"}
        run = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert run.returncode == 1
        assert "QA_RATE_STORE" in run.stderr
        assert run.stderr.count("\n") == 1

    def test_a_lost_store_stops_no_answer_and_is_used_again_when_it_is_back(
        self, content_index: Path, redis: Redis
    ) -> None:
        settings = {"QA_RATE_LIMIT": "20/hour", "QA_RATE_STORE": redis.address}
        with (
            serving(content_index, **settings) as (first, process),
            serving(content_index, **settings) as (second, other),
        ):
            assert answered([first], 5) == 5
            redis.stop()
            assert answered([first], 30) == 15  # by its own counts, which it has kept all along
            assert answered([second], 30) == 20
            redis.start()
            time.sleep(1.5)
            assert answered([first, second], 4) == 0
            process.terminate()
            other.terminate()
            for one in (process, other):
                assert one.stderr is not None
                said = one.stderr.read()
                assert PASSWORD not in said
                assert said.count("QA_RATE_STORE") == 1, said


Put = Callable[[str], str]


@pytest.fixture
def elsewhere() -> Iterator[Put]:
    """Another site: HTML in, the address of a page of it out."""
    body = ""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=site.serve_forever)
    thread.start()

    def put(html: str) -> str:
        nonlocal body
        body = html
        return f"http://127.0.0.1:{site.server_port}/"

    yield put
    site.shutdown()
    thread.join()
    site.server_close()


@pytest.mark.parametrize("path", ["/", "/ask", "/docs", "/faq", "/v1/entries", "/healthz"])
def test_no_page_of_another_site_may_frame_what_is_served(
    chromium: str, server: str, elsewhere: Put, path: str
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(elsewhere(f'<p>mine</p><iframe src="{server}{path}"></iframe>'))
        page.wait_for_timeout(300)
        (frame,) = [one for one in page.frames if one is not page.main_frame]
        assert not frame.url.startswith(server)
        assert any("frame-ancestors" in one for one in said), said
        # The same browser shows it where it is not framed.
        assert page.goto(server + path)
        assert page.url == server + path
        browser.close()


def test_no_page_of_another_site_reads_an_answer_or_keeps_a_hand_on_the_page(
    chromium: str, server: str, elsewhere: Put
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(elsewhere("<p>mine</p>"))
        asked = f"fetch('{server}{ASKING}').then(r => r.text(), () => 'refused')"
        assert page.evaluate(asked) == "refused"
        with page.expect_popup() as opened:
            page.evaluate(f"window.other = window.open('{server}/ask')")
        opened.value.wait_for_load_state()
        assert opened.value.evaluate("window.opener") is None
        assert page.evaluate("window.other.closed")
        browser.close()


def test_no_script_that_is_served_listens_to_messages_of_other_windows() -> None:
    root = Path(__file__).parents[2]
    scripts = [
        *(root / "widget" / "src").rglob("*.ts"),
        *(root / "qa" / "site").glob("*.js"),
        *(root / "qa" / "widget").glob("*.js"),
    ]
    assert len(scripts) > 20
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        for sign in ("postMessage", "onmessage", 'Listener("message"', "Listener('message'"):
            assert sign not in text, (script, sign)
