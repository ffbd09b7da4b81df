"""Whatever an operator and visitors do, in whatever order: what is promised holds all the time.

Every edition of the FAQ says its number in each answer, so that a reply mixed from two would show.
"""

import json
import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from index.build import build
from index.history import kept, roll_back
from index.shelf import name_in_force
from qa import keys
from qa.http import live
from qa.http.access import Access
from qa.http.app import create_app
from qa.keys import Keys, Role
from qa.settings import Settings
from tests.conftest import ENTRIES, MODEL, provide_hashed

KEPT = 3
PATIENCE = 30.0  # seconds until what was published must be served
SHOWN = [entry for entry in ENTRIES if entry["id"] not in {"draft", "expired"}]
QUESTIONS = [str(entry["question"]) for entry in SHOWN if "question" in entry]


class Site(RuleBasedStateMachine):
    """One index and the service over it, with keys. editions: which one a snapshot holds."""

    live_keys = Bundle("live_keys")
    revoked_keys = Bundle("revoked_keys")
    askings = Bundle("askings")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.root = self.folder / "index"
        self.editions: dict[str, int] = {}
        self.publish()
        self.admin = keys.add(self.root, "always", Role.VISITOR)
        self.given: set[str] = set()
        app = create_app(Settings(index=self.root))
        guarded = Access(app, Keys.open(self.root), frozenset({"ask"}))
        self.client = TestClient(guarded, raise_server_exceptions=False)
        self.client.__enter__()
        self.headers = {"authorization": f"Bearer {self.admin}"}

    def teardown(self) -> None:
        if hasattr(self, "client"):
            self.client.__exit__(None, None, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method: str, path: str, **more: Any) -> Response:  # noqa: ANN401 - as the client has it
        response = self.client.request(method, path, headers=self.headers, **more)
        assert response.status_code < 500, response.text
        return response

    @rule()
    def publish(self) -> None:
        number = len(self.editions) + 1
        source = self.folder / "faq.jsonl"
        entries = [one | {"answer": f"{one['answer']} Edition {number}."} for one in ENTRIES]
        source.write_text("".join(json.dumps(one) + "\n" for one in entries), encoding="utf-8")
        build([source], self.root, model=MODEL, provide=provide_hashed, keep=KEPT)
        self.editions[name_in_force(self.root)] = number

    @precondition(lambda self: len(kept(self.root)) > 1)
    @rule(choice=st.integers(0, KEPT - 1))
    def roll_back(self, choice: int) -> None:
        names = [one.name for one in kept(self.root)]
        wanted = names[choice % len(names)]
        assert roll_back(self.root, wanted).name == wanted
        assert name_in_force(self.root) == wanted

    @rule()
    def wait_until_it_is_served(self) -> None:
        wanted, deadline = name_in_force(self.root), time.monotonic() + PATIENCE
        while self.call("GET", "/readyz").json()["snapshot"] != wanted:
            assert time.monotonic() < deadline, "it was never served"
            time.sleep(0.01)
        reply = self.call("POST", "/v1/ask", json={"question": QUESTIONS[0]}).json()
        assert self.editions_in(reply) == {self.editions[wanted]}

    @rule(target=askings, question=st.sampled_from(QUESTIONS))
    def ask(self, question: str) -> str:
        reply = self.call("POST", "/v1/ask", json={"question": question}).json()
        assert reply["answered"]
        assert reply["answer"]["question"] == question
        assert len(self.editions_in(reply)) == 1
        return str(reply["id"])

    @rule(asked=st.lists(st.sampled_from(QUESTIONS), min_size=2, max_size=6))
    def ask_many(self, asked: list[str]) -> None:
        reply = self.call("POST", "/v1/ask/batch", json={"questions": asked}).json()
        assert [one["answer"]["question"] for one in reply["answers"]] == asked
        assert len(self.editions_in(reply)) == 1

    @rule(question=st.text(min_size=1, max_size=40))
    def ask_anything(self, question: str) -> None:
        reply = self.call("POST", "/v1/ask", json={"question": question})
        assert reply.status_code in {200, 422}
        assert len(self.editions_in(reply.json())) <= 1

    @rule(limit=st.integers(1, 10))
    def list_entries(self, limit: int) -> None:
        reply = self.call("GET", f"/v1/entries?limit={limit}").json()
        assert reply["total"] == len(SHOWN)
        assert len(self.editions_in(reply)) == 1

    @rule(asking=askings, helpful=st.booleans())
    def give_feedback(self, asking: str, helpful: bool) -> None:
        said = {"id": asking, "helpful": helpful}
        status = self.call("POST", "/v1/feedback", json=said).status_code
        assert status == (409 if asking in self.given else 204)
        self.given.add(asking)

    @rule(target=live_keys, number=st.integers(0, 10**9))
    def add_key(self, number: int) -> tuple[str, str]:
        name = f"{number}-{time.monotonic_ns()}"
        return name, keys.add(self.root, name, Role.VISITOR)

    @rule(target=revoked_keys, key=consumes(live_keys))
    def revoke_key(self, key: tuple[str, str]) -> tuple[str, str]:
        keys.revoke(self.root, key[0])
        assert self.status_with(key[1]) == 401, "at once"
        return key

    @rule(key=live_keys)
    def use_key(self, key: tuple[str, str]) -> None:
        assert self.status_with(key[1]) == 200

    @rule(key=revoked_keys)
    def use_revoked_key(self, key: tuple[str, str]) -> None:
        assert self.status_with(key[1]) == 401

    @invariant()
    def it_serves_what_was_published_and_says_so(self) -> None:
        ready = self.call("GET", "/readyz").json()
        assert ready["snapshot"] in self.editions
        assert ready["entries"] == len(ENTRIES)

    @invariant()
    def without_a_key_nothing_is_told(self) -> None:
        assert self.client.get("/v1/entries").status_code == 401

    def status_with(self, presented: str) -> int:
        response = self.client.get("/v1/entries", headers={"authorization": f"Bearer {presented}"})
        return int(response.status_code)

    def editions_in(self, reply: object) -> set[int]:
        """The editions that the answers in a reply are of; each must have been published."""
        found = {int(number) for number in re.findall(r'Edition (\d+)\."', json.dumps(reply))}
        assert found <= set(self.editions.values())
        return found


def test_what_is_promised_holds_in_whatever_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_TURN", 0.01)
    run_state_machine_as_test(
        Site, settings=settings(max_examples=5, stateful_step_count=20, deadline=None)
    )
