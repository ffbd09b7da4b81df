import asyncio
from collections.abc import Iterator

import pytest
from fastapi import HTTPException, Request
from starlette.types import Message

from qa.http.leaving import unless_gone


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at once whether the client is there."""
    monkeypatch.setattr("qa.http.leaving._SOON", 0.0)


def request_of(messages: Iterator[Message]) -> Request:
    """A request whose client sends these and then stays."""

    async def receive() -> Message:
        for message in messages:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return Request({"type": "http"}, receive)


STAYS: list[Message] = []
LEAVES: list[Message] = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]


@pytest.mark.parametrize("turns", [0, 5])
def test_whoever_stays_gets_the_answer(turns: int) -> None:
    async def answering() -> str:
        for _ in range(turns):
            await asyncio.sleep(0)
        return "answer"

    assert asyncio.run(unless_gone(request_of(iter(STAYS)), answering(), 30)) == "answer"


def test_for_whoever_leaves_it_is_given_up() -> None:
    ended: list[str] = []

    async def answering() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("given up")
            raise

    with pytest.raises(HTTPException) as raised:
        asyncio.run(unless_gone(request_of(iter(LEAVES)), answering(), 30))
    assert (raised.value.status_code, ended) == (408, ["given up"])


def test_nobody_is_looked_for_before_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa.http.leaving._SOON", 0.2)
    messages = iter(LEAVES)

    async def main() -> None:
        await unless_gone(request_of(messages), asyncio.sleep(0.1), 30)
        with pytest.raises(HTTPException):
            await unless_gone(request_of(messages), asyncio.sleep(5), 0.1)
        await asyncio.sleep(0.3)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())
    assert list(messages) == LEAVES


def test_nobody_is_looked_for_any_longer_than_it_takes() -> None:
    async def main() -> str:
        answer = await unless_gone(request_of(iter(STAYS)), asyncio.sleep(0.05, "answer"), 30)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1
        return answer

    assert asyncio.run(main()) == "answer"


def test_what_answering_itself_was_too_slow_for_is_passed_on() -> None:
    async def answering() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        asyncio.run(unless_gone(request_of(iter(STAYS)), answering(), 30))


def test_an_error_is_passed_on() -> None:
    async def answering() -> None:
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        asyncio.run(unless_gone(request_of(iter(STAYS)), answering(), 30))


def test_a_request_that_is_cancelled_gives_up_its_answer() -> None:
    ended: list[str] = []

    async def answering() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("given up")

    async def main() -> None:
        task = asyncio.create_task(unless_gone(request_of(iter(STAYS)), answering(), 30))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await asyncio.sleep(0)

    asyncio.run(main())
    assert ended == ["given up"]


@pytest.mark.parametrize("seconds", [0.0, 5.0], ids=["looked-for", "not-yet-looked-for"])
def test_nobody_waits_longer_than_they_were_told(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.http.leaving._SOON", seconds)

    async def main() -> None:
        begun = asyncio.Event()

        async def answering() -> str:
            begun.set()
            await asyncio.Event().wait()
            return "never"

        with pytest.raises(HTTPException) as raised:
            async with asyncio.timeout(2):
                await unless_gone(request_of(iter(())), answering(), 0.01)
        assert begun.is_set()
        assert raised.value.status_code == 503
        assert raised.value.headers == {"Retry-After": "5"}

    asyncio.run(main())
