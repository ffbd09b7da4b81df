"""Many visitors at once: their questions are answered by a few threads, in groups of like length.

A processor loses by the usual way, to gather what comes and to pad it: the time goes into the
padding. Small groups of like length, as many at once as there are processors, gain.
"""

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Final, Self

from qa.answer import Answer
from qa.answerer import EVERYTHING, Answerer, Scope
from qa.pending import Pending, Question
from qa.query_vectors import QueryVectors

TOGETHER: Final = 4
"""How many questions are encoded in one call, at most."""

WINDOW: Final = 16
"""How many questions of one batch wait at a time, so that others come between."""

_KEPT: Final = 4096  # vectors of questions: 6 MB at 384 dimensions
_GRACE: Final = 1.0  # seconds that a stop waits for what is being computed

Outcome = Answer | Exception


class Dispatcher:
    """Answers questions in an event loop without blocking it.

    It works while it is entered, in one event loop, whose alone are the questions; the threads only
    see those they take. The same question is answered once for all who ask it at the same time.
    """

    def __init__(self, answerer: Answerer, threads: int = 0) -> None:
        """threads: how many work at once; 0: one for each processor."""
        self._answerer = answerer
        self._vectors = QueryVectors(answerer.encode, _KEPT)
        count = threads or os.cpu_count() or 1
        self._pending = Pending(count)
        self._waiters: dict[Question, list[asyncio.Future[Answer]]] = {}
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

    async def answer(self, text: str, scope: Scope = EVERYTHING) -> Answer:
        """Answer a question, trimmed and known to be one that can be asked."""
        question = Question(text, scope)
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        if question in self._waiters:
            self._waiters[question].append(waiter)
        else:
            self._waiters[question] = [waiter]
            self._pending.put(question)
        try:
            return await waiter
        except asyncio.CancelledError:
            self._leave(question, waiter)
            raise

    async def answer_many(self, texts: Sequence[str], scope: Scope = EVERYTHING) -> list[Answer]:
        """Answer questions in order, each as if it were alone."""
        window = asyncio.Semaphore(WINDOW)

        async def one(text: str) -> Answer:
            async with window:
                return await self.answer(text, scope)

        distinct = sorted(set(texts), key=lambda text: (len(text), text))
        answers = await asyncio.gather(*map(one, distinct))
        answer_to = dict(zip(distinct, answers, strict=True))
        return [answer_to[text] for text in texts]

    def _leave(self, question: Question, waiter: asyncio.Future[Answer]) -> None:
        """Wait no longer: when nobody else does, the question gives up its place."""
        waiters = self._waiters.get(question, [])
        if waiter in waiters:
            waiters.remove(waiter)
            if not waiters and self._pending.withdraw(question):
                del self._waiters[question]

    def _work(self) -> None:
        while questions := self._pending.take(TOGETHER):
            outcomes = self._outcomes(questions)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._hand_out, outcomes)

    def _outcomes(self, questions: list[Question]) -> list[tuple[Question, Outcome]]:
        try:
            vectors = self._vectors.of([question.text for question in questions])
            return [
                (question, self._answerer.answer(question.text, vector, scope=question.scope))
                for question, vector in zip(questions, vectors, strict=True)
            ]
        except BaseException as error:  # noqa: BLE001 - it is raised again where the question came from
            if len(questions) == 1:
                # What is no Exception, such as a library's panic, must not end the thread.
                known = error if isinstance(error, Exception) else RuntimeError(repr(error))
                return [(questions[0], known)]
        # Only the question that it failed at gets the error.
        return [outcome for question in questions for outcome in self._outcomes([question])]

    def _hand_out(self, outcomes: list[tuple[Question, Outcome]]) -> None:
        for question, outcome in outcomes:
            for waiter in self._waiters.pop(question):
                if waiter.done():  # given up in this very moment
                    continue
                if isinstance(outcome, Exception):
                    waiter.set_exception(outcome)
                else:
                    waiter.set_result(outcome)
