"""Many visitors at once: their questions are encoded by a few threads, in groups of like length.

A processor loses by the usual way, to gather what comes and to pad it: the time goes into the
padding. Small groups of like length, as many at once as there are processors, gain. A question that
is the only one under way has all processors for itself (index/helpers.py).

Python runs one thread at a time, but for what the encoder does. So matching, a millisecond of many
short steps, is done in the event loop, one question in each of its turns: in the threads it would
take longer, for being interrupted there.
"""

import asyncio
import os
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread, current_thread
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self

from index.helpers import helped
from index.vectors import Vectors
from qa import metrics
from qa.answer import Answer
from qa.answerer import EVERYTHING, Answerer, Scope
from qa.gate import Gate, OverloadedError
from qa.pending import Pending, Question
from qa.query_vectors import QueryVectors

TOGETHER: Final = 4
"""How many questions are encoded in one call, at most."""

WINDOW: Final = 16
"""How many questions of one batch wait at a time, so that others come between."""

ABREAST: Final = 4
"""How many batches are worked on at a time; the others wait for their turn."""

QUEUE: Final = 160
"""How many questions that are asked one by one may be under way, unless the operator says."""

MOST_WAITING: Final = 1_000
"""How many may wait for questions asked one by one, where many ask the same."""

_SHORT_QUEUE: Final = 8  # questions for each thread: enough that none is ever without work
_BATCHED: Final = 500  # questions of all batches that are under way, when one more is taken on
_FEW_BATCHED: Final = 60  # the same while more comes than can be done

_KEPT: Final = 4096  # vectors of questions: 6 MB at 384 dimensions
_GRACE: Final = 1.0  # seconds that a stop waits for what is being computed

Outcome = Vectors | Exception
"""A question's vector, (dimension,), or why there is none."""


@dataclass(slots=True)
class _UnderWay:
    """Who waits for a question, since when, and whether it was asked alone or in a batch."""

    is_alone: bool
    since: float
    waiters: list[asyncio.Future[Answer]] = field(default_factory=list)


class Dispatcher:
    """Answers questions in an event loop without blocking it.

    It works while it is entered, in one event loop, whose alone are the questions; the threads only
    see those they take. The same question is answered once for all who ask it at the same time.
    What is taken on is bounded: a question counts from when it is asked until it is matched,
    whether or not somebody still waits for it.
    """

    def __init__(self, answerer: Answerer, threads: int = 0, queue: int = QUEUE) -> None:
        """threads: how many encode at once; 0: one for each processor. queue: how many questions
        asked one by one may be under way.
        """
        self._answerer = answerer
        self._vectors = QueryVectors(answerer.encode, _KEPT)
        count = threads or os.cpu_count() or 1
        self._pending = Pending()
        self._under_way: dict[Question, _UnderWay] = {}
        self._alone = self._batched = 0
        self._gate = Gate(calm=queue, strained=min(queue, _SHORT_QUEUE * count))
        self._batch_gate = Gate(calm=_BATCHED, strained=_FEW_BATCHED)
        self._abreast = asyncio.Semaphore(ABREAST)
        self._waiting_alone = 0
        self._encoded: deque[tuple[Question, Outcome]] = deque()
        self._begun: dict[str, float] = {}  # by thread: when it took what it works on
        # A stop waits for them, but a computation that never ends must not keep the process alive.
        self._threads = [
            Thread(target=self._work, name=f"answering-{number}", daemon=True)
            for number in range(count)
        ]

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish what was asked."""
        self._pending.close()
        deadline = self._loop.time() + _GRACE
        for thread in self._threads:
            left = max(0.0, deadline - self._loop.time())
            await asyncio.to_thread(thread.join, left)

    @property
    def waiting(self) -> int:
        """How many questions are under way."""
        return len(self._under_way)

    def working_for(self) -> float:
        """For how many seconds the oldest of what the threads work on has been worked on."""
        return monotonic() - min(self._begun.copy().values(), default=monotonic())

    def refuses(self, beside: int = 0) -> bool:
        """Whether a question asked by itself is refused now, whatever it is. beside: how many are
        on their way here.
        """
        return self._gate.refuses(self._alone + beside, self._loop.time())

    def refuses_batch(self) -> bool:
        """Whether a batch is refused now, whatever it holds."""
        return self._batch_gate.refuses(self._batched, self._loop.time())

    async def answer(self, text: str, scope: Scope = EVERYTHING) -> Answer:
        """Answer a question, trimmed and known to be one that can be asked.

        Raises:
            OverloadedError: too many are under way.
        """
        question = Question(text, scope)
        if self._waiting_alone >= MOST_WAITING:
            raise OverloadedError
        if question not in self._under_way and not self._gate.takes(self._alone, self._loop.time()):
            raise OverloadedError
        self._waiting_alone += 1
        try:
            return await self._answer(question, is_alone=True)
        finally:
            self._waiting_alone -= 1

    async def answer_many(self, texts: Sequence[str], scope: Scope = EVERYTHING) -> list[Answer]:
        """Answer questions in order, each as if it were alone.

        Raises:
            OverloadedError: there are too many in other batches.
        """
        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        window = asyncio.Semaphore(WINDOW)

        async def one(text: str) -> Answer:
            async with window:
                return await self._answer(Question(text, scope), is_alone=False)

        with self._taken_on(len(distinct)):
            async with self._abreast:
                answers = await _all(map(one, distinct))
        answer_to = dict(zip(distinct, answers, strict=True))
        return [answer_to[text] for text in texts]

    @contextmanager
    def _taken_on(self, number: int) -> Iterator[None]:
        """Count the questions of a batch as under way."""
        if not self._batch_gate.takes(self._batched, self._loop.time()):
            raise OverloadedError
        self._batched += number
        try:
            yield
        finally:
            self._batched -= number

    async def _answer(self, question: Question, *, is_alone: bool) -> Answer:
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        if question not in self._under_way:
            self._under_way[question] = _UnderWay(is_alone, monotonic())
            self._alone += is_alone
            metrics.WAITING.set(len(self._under_way))
            self._pending.put(question)
        self._under_way[question].waiters.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            self._leave(question, waiter)
            raise

    def _leave(self, question: Question, waiter: asyncio.Future[Answer]) -> None:
        """Wait no longer: when nobody else does, the question gives up its place."""
        under_way = self._under_way.get(question)
        if under_way and waiter in under_way.waiters:
            under_way.waiters.remove(waiter)
            if not under_way.waiters and self._pending.withdraw(question):
                self._over(question)

    def _over(self, question: Question) -> _UnderWay:
        under_way = self._under_way.pop(question)
        self._alone -= under_way.is_alone
        metrics.WAITING.set(len(self._under_way))
        return under_way

    def _work(self) -> None:
        name = current_thread().name
        while questions := self._pending.take(TOGETHER):
            self._begun[name] = now = monotonic()
            for question in questions:
                metrics.QUEUED.observe(now - self._under_way[question].since)
            outcomes = self._outcomes(questions)
            del self._begun[name]
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._hand_out, outcomes)

    def _outcomes(self, questions: list[Question]) -> list[tuple[Question, Outcome]]:
        try:
            with metrics.ENCODED.time(), helped(given=len(self._under_way) == 1):
                vectors = self._vectors.of([question.text for question in questions])
            metrics.TOGETHER.observe(len(questions))
            return list(zip(questions, vectors, strict=True))
        except BaseException as error:  # noqa: BLE001 - it is raised again where the question came from
            if len(questions) == 1:
                return [(questions[0], _known(error))]
        # Only the question that it failed at gets the error.
        return [outcome for question in questions for outcome in self._outcomes([question])]

    def _hand_out(self, outcomes: list[tuple[Question, Outcome]]) -> None:
        if not self._encoded:
            self._loop.call_soon(self._step)
        self._encoded.extend(outcomes)

    def _step(self) -> None:
        """Answer one question: the loop does what else there is to do before the next."""
        self._end(*self._encoded.popleft())
        if self._encoded:
            self._loop.call_soon(self._step)

    def _end(self, question: Question, outcome: Outcome) -> None:
        """Answer a question to all who still wait for it."""
        waiters = [one for one in self._over(question).waiters if not one.done()]
        if not waiters:
            return
        answer: Answer | Exception
        try:
            answer = outcome if isinstance(outcome, Exception) else self._match(question, outcome)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the question came from
            answer = _known(error)
        for waiter in waiters:
            if isinstance(answer, Exception):
                waiter.set_exception(answer)
            else:
                waiter.set_result(answer)

    def _match(self, question: Question, vector: Vectors) -> Answer:
        with metrics.MATCHED.time():
            return self._answerer.answer(question.text, vector, scope=question.scope)


def _known(error: BaseException) -> Exception:
    """What is no Exception, such as a library's panic, must end neither a thread nor the loop."""
    return error if isinstance(error, Exception) else RuntimeError(repr(error))


async def _all(answering: Iterable[Coroutine[Any, Any, Answer]]) -> list[Answer]:
    """What they all come to; when one fails the others are given up, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in answering]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
