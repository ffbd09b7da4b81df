"""What holds whatever the threads do: no test depends on how fast they are."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from threading import Event, active_count
from typing import Any

import pytest

from index import helpers
from index.vectors import Vectors
from qa.answer import Answer
from qa.answerer import EVERYTHING, Answerer, Scope
from qa.dispatcher import TOGETHER, WINDOW, Dispatcher
from qa.gate import OverloadedError
from tests.conftest import ENTRIES

WORDS = ["opening hours", "refund", "gift", "car park", "password", "delivery", "paper", "menu"]
QUESTIONS = [f"{one} {other}" for one in WORDS for other in WORDS] + [
    wording for entry in ENTRIES for wording in entry.get("alternates", [])
]
VISIT = Scope(page="visit")


class Gate:
    """Stands before the encoder: notes what comes, and lets it through once it is open."""

    def __init__(self, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self._encode = encode
        self.came, self.opened = Event(), Event()
        self.calls: list[list[str]] = []
        self.helped: list[bool] = []
        self.broken = ""

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(list(texts))
        self.helped.append(helpers._help.given)
        self.came.set()
        assert self.opened.wait(30), "nobody opened the gate"
        if self.broken in texts:
            raise RuntimeError("cannot encode")
        return self._encode(texts)


@pytest.fixture
def gate(answerer: Answerer, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A closed gate before the encoder of `answerer`."""
    gate = Gate(answerer.encode)
    monkeypatch.setattr(answerer, "encode", gate)
    return gate


def running(
    answerer: Answerer, work: Callable[[Dispatcher], Coroutine[Any, Any, None]], threads: int = 1
) -> None:
    """Do some work with a dispatcher in a loop of its own."""

    async def main() -> None:
        async with Dispatcher(answerer, threads) as dispatcher:
            await asyncio.wait_for(work(dispatcher), 60)

    asyncio.run(main())


async def ask(
    dispatcher: Dispatcher, *texts: str, scope: Scope = EVERYTHING
) -> list[asyncio.Task[Answer]]:
    """Ask at the same time; all of them wait when this returns."""
    tasks = [asyncio.create_task(dispatcher.answer(text, scope)) for text in texts]
    await asyncio.sleep(0)
    return tasks


async def occupy(dispatcher: Dispatcher, gate: Gate) -> asyncio.Task[Answer]:
    """Give the only thread a question, so that others wait."""
    (first,) = await ask(dispatcher, "the first")
    await asyncio.to_thread(gate.came.wait, 30)
    return first


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("scope", [EVERYTHING, VISIT])
def test_every_answer_is_the_one_given_alone(
    answerer: Answerer, threads: int, scope: Scope
) -> None:
    alone = [answerer.ask(question, scope=scope) for question in QUESTIONS]

    async def work(dispatcher: Dispatcher) -> None:
        tasks = await ask(dispatcher, *QUESTIONS, scope=scope)
        assert await asyncio.gather(*tasks) == alone
        assert await dispatcher.answer_many(QUESTIONS, scope) == alone

    running(answerer, work, threads)


def test_a_lone_question_is_begun_at_once(answerer: Answerer, gate: Gate) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        task = await occupy(dispatcher, gate)
        assert gate.calls == [["the first"]]
        gate.opened.set()
        await task

    running(answerer, work)


def test_only_a_question_that_is_the_only_one_is_helped_with(
    answerer: Answerer, gate: Gate
) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        others = await ask(dispatcher, "gift", "a question much longer than that one")
        gate.opened.set()
        await asyncio.gather(first, *others)
        await dispatcher.answer("refund")

    running(answerer, work)
    assert gate.helped == [True, False, True]


def test_the_oldest_goes_first_and_with_it_those_of_like_length(
    answerer: Answerer, gate: Gate
) -> None:
    short, long = ["gift", "card", "shop", "post"], [f"{letter * 40}?" for letter in "abcd"]
    mixed = [text for pair in zip(long, short, strict=True) for text in pair]

    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        tasks = await ask(dispatcher, *mixed)
        gate.opened.set()
        await asyncio.gather(first, *tasks)

    running(answerer, work)
    assert TOGETHER == 4
    assert gate.calls == [["the first"], long, short]


def test_the_same_question_is_computed_once_for_all_who_ask(answerer: Answerer, gate: Gate) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        tasks = await ask(dispatcher, "the first", "gift", "gift", "gift")
        elsewhere = await ask(dispatcher, "gift", scope=VISIT)
        gate.opened.set()
        answers = await asyncio.gather(*tasks)
        assert answers[0] is await first
        assert answers[1] is answers[2] is answers[3]
        assert (await elsewhere[0]).entry != answers[1].entry

    running(answerer, work)
    assert gate.calls == [["the first"], ["gift"]], "two scopes share one vector"


def test_a_question_asked_again_is_answered_again_but_not_encoded(
    answerer: Answerer, gate: Gate
) -> None:
    gate.opened.set()

    async def work(dispatcher: Dispatcher) -> None:
        before = await dispatcher.answer("gift")
        after = await dispatcher.answer("gift")
        assert after == before
        assert after is not before

    running(answerer, work)
    assert gate.calls == [["gift"]]


def test_an_error_is_that_of_its_own_question_only(answerer: Answerer, gate: Gate) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        gate.broken = "bad!"
        tasks = await ask(dispatcher, "gift", "bad!", "card", "bad!")
        gate.opened.set()
        results = await asyncio.gather(first, *tasks, return_exceptions=True)
        assert [type(result) for result in results] == [
            *(Answer, Answer, RuntimeError, Answer, RuntimeError)
        ]
        assert await dispatcher.answer("gift")

    running(answerer, work)


def test_a_batch_with_an_error_in_it_fails_and_others_go_on(answerer: Answerer, gate: Gate) -> None:
    gate.opened.set()
    gate.broken = "bad!"

    async def work(dispatcher: Dispatcher) -> None:
        with pytest.raises(RuntimeError, match="cannot encode"):
            await dispatcher.answer_many(["gift", "bad!"])
        assert await dispatcher.answer("gift")

    running(answerer, work)


def test_a_batch_with_an_error_in_it_gives_the_rest_up(answerer: Answerer, gate: Gate) -> None:
    gate.broken = "a!"
    rest = [f"question {number}" for number in range(200)]

    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        many = asyncio.create_task(dispatcher.answer_many(["a!", *rest]))
        await asyncio.sleep(0)
        gate.opened.set()
        with pytest.raises(RuntimeError, match="cannot encode"):
            await many
        assert dispatcher.waiting <= WINDOW + 1  # what a thread has taken or is done with, at most
        await first

    running(answerer, work)
    encoded = {text for call in gate.calls for text in call}
    assert set(rest) - encoded


def test_whoever_leaves_gives_up_the_place(answerer: Answerer, gate: Gate) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        left, stays = await ask(dispatcher, "gift", "card")
        left.cancel()
        await asyncio.wait([left])
        gate.opened.set()
        await asyncio.gather(first, stays)
        assert left.cancelled()

    running(answerer, work)
    assert gate.calls == [["the first"], ["card"]]


def test_whoever_leaves_takes_nothing_from_those_who_wait_for_the_same(
    answerer: Answerer, gate: Gate
) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        other, left, stays = await ask(dispatcher, "the first", "gift", "gift")
        for leaving in (first, left):
            leaving.cancel()
            await asyncio.wait([leaving])
        gate.opened.set()
        assert (await stays).entry is not None
        assert isinstance(await other, Answer), "its question was being computed already"

    running(answerer, work)


def test_who_comes_after_all_left_a_question_at_work_still_gets_its_answer(
    answerer: Answerer, gate: Gate
) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        first.cancel()
        await asyncio.wait([first])
        (late,) = await ask(dispatcher, "the first")
        gate.opened.set()
        assert isinstance(await late, Answer)

    running(answerer, work)
    assert gate.calls == [["the first"]]


def test_a_batch_lets_others_come_between(answerer: Answerer, gate: Gate) -> None:
    """One of its questions is being computed, and of the other 99 few are in the queue."""
    batch = [f"question {number:03}" for number in range(100)]

    async def work(dispatcher: Dispatcher) -> None:
        many = asyncio.create_task(dispatcher.answer_many(batch))
        await asyncio.to_thread(gate.came.wait, 30)
        (single,) = await ask(dispatcher, "a" * 500)
        gate.opened.set()
        await asyncio.gather(many, single)

    running(answerer, work)
    sent = [text for call in gate.calls for text in call]
    assert sent.index("a" * 500) <= WINDOW
    assert sorted(sent) == sorted([*batch, "a" * 500])


def test_a_batch_is_answered_in_order_and_the_same_question_once(
    answerer: Answerer, gate: Gate
) -> None:
    gate.opened.set()
    batch = ["password", "gift", "password", "opening hours", "gift"]

    async def work(dispatcher: Dispatcher) -> None:
        answers = await dispatcher.answer_many(batch)
        assert answers == [answerer.ask(text) for text in batch]
        assert await dispatcher.answer_many([]) == []

    running(answerer, work, threads=2)
    encoded = [text for call in gate.calls for text in call]
    # Those after are of the comparison.
    assert sorted(encoded[:3]) == ["gift", "opening hours", "password"]


def test_a_batch_that_is_given_up_leaves_nothing_in_the_queue(
    answerer: Answerer, gate: Gate
) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        many = asyncio.create_task(dispatcher.answer_many(["gift", "card", "shop"] * 9))
        for _ in range(3):
            await asyncio.sleep(0)
        many.cancel()
        await asyncio.wait([many])
        gate.opened.set()
        await first

    running(answerer, work)
    assert gate.calls == [["the first"]]


def test_stopping_finishes_what_was_asked_and_ends_the_threads(
    answerer: Answerer, gate: Gate
) -> None:
    async def main() -> list[Answer]:
        async with Dispatcher(answerer, 2) as dispatcher:
            tasks = await ask(dispatcher, *QUESTIONS)
            gate.opened.set()
        return await asyncio.gather(*tasks)

    before = active_count()
    answers = asyncio.run(main())
    assert answers == [answerer.ask(question) for question in QUESTIONS]
    assert active_count() == before


def test_a_computation_that_does_not_end_keeps_no_stop_waiting(
    answerer: Answerer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.dispatcher._GRACE", 0.01)

    async def main() -> asyncio.Task[Answer]:
        async with Dispatcher(answerer, 1) as dispatcher:
            return await occupy(dispatcher, gate)

    task = asyncio.run(main())
    assert task.cancelled(), "the loop ended though it was not answered"
    gate.opened.set()


def test_a_question_keeps_its_place_until_the_thread_is_done_with_it(
    answerer: Answerer, gate: Gate
) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        first = await occupy(dispatcher, gate)
        first.cancel()
        await asyncio.wait([first])
        assert dispatcher.waiting == 1, "a thread still works on it"
        (second,) = await ask(dispatcher, "the second")
        assert dispatcher.waiting == 2
        second.cancel()
        await asyncio.wait([second])
        assert dispatcher.waiting == 1, "nobody had begun with it"
        gate.opened.set()

    running(answerer, work)


def test_more_questions_than_may_wait_are_refused(answerer: Answerer, gate: Gate) -> None:
    async def main() -> None:
        async with Dispatcher(answerer, 1, queue=3) as dispatcher:
            tasks = await ask(dispatcher, "gift", "card", "shop")
            assert dispatcher.refuses()
            with pytest.raises(OverloadedError):
                await dispatcher.answer("post")
            again = await ask(dispatcher, "gift")
            gate.opened.set()
            assert (await asyncio.gather(*again, *tasks))[0].entry
            assert not dispatcher.refuses()

    asyncio.run(main())


def test_a_batch_beside_which_there_are_too_many_is_refused_as_a_whole(
    answerer: Answerer, gate: Gate
) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        many = asyncio.create_task(dispatcher.answer_many([f"gift {n}" for n in range(1_000)]))
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await dispatcher.answer_many(["gift", "card"])
        assert not dispatcher.refuses(), "who asks one question has a queue of their own"
        gate.opened.set()
        assert len(await many) == 1_000
        assert len(await dispatcher.answer_many(["gift", "card"])) == 2

    running(answerer, work)


def test_it_tells_for_how_long_it_has_worked_on_something(answerer: Answerer, gate: Gate) -> None:
    async def work(dispatcher: Dispatcher) -> None:
        assert dispatcher.working_for() == pytest.approx(0, abs=1e-3)
        first = await occupy(dispatcher, gate)
        before = dispatcher.working_for()
        await asyncio.sleep(0.02)
        assert dispatcher.working_for() >= before + 0.015
        gate.opened.set()
        await first

    running(answerer, work)


def test_one_question_is_matched_in_each_turn_of_the_loop(
    answerer: Answerer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn, matched = 0, list[int]()
    answer = answerer.answer

    def noted(text: str, vector: Vectors, *, scope: Scope) -> Answer:
        matched.append(turn)
        return answer(text, vector, scope=scope)

    async def work(dispatcher: Dispatcher) -> None:
        nonlocal turn
        first = await occupy(dispatcher, gate)
        others = await ask(dispatcher, *(f"question {number}" for number in range(20)))
        gate.opened.set()
        while not all(one.done() for one in [first, *others]):
            turn += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(answerer, "answer", noted)
    running(answerer, work, threads=2)
    assert len(matched) == 21
    assert len(set(matched)) == 21


def test_an_error_in_matching_is_that_of_its_question(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Panic(BaseException): ...

    answer = answerer.answer

    def panics(text: str, vector: Vectors, *, scope: Scope) -> Answer:
        if text == "bad":
            raise Panic("no more")
        return answer(text, vector, scope=scope)

    async def work(dispatcher: Dispatcher) -> None:
        bad, good = await ask(dispatcher, "bad", "gift")
        with pytest.raises(RuntimeError, match="no more"):
            await bad
        assert await good

    monkeypatch.setattr(answerer, "answer", panics)
    running(answerer, work)


def test_no_more_wait_for_the_same_question_than_may(
    answerer: Answerer, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.dispatcher.MOST_WAITING", 5)

    async def work(dispatcher: Dispatcher) -> None:
        asked = await ask(dispatcher, *["gift"] * 7)
        gate.opened.set()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [isinstance(one, OverloadedError) for one in outcomes] == [False] * 5 + [True] * 2
        assert await dispatcher.answer("gift")

    running(answerer, work)
