"""Counts of the rates that several processes share, in Redis; it may be lost, and come back.

Each process counts for itself as well: the store is not asked about callers who are over the limit
by what this process alone has seen, and when the store is lost the counts here go on.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Self

from index.errors import InputError
from qa.rates import Rate, Rates, Windows
from qa.settings import Settings

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage
    from redis.asyncio import Redis

_log = logging.getLogger(__name__)

_STORE: Final = "QA_RATE_STORE"
_SCHEMES: Final = ("redis://", "rediss://", "redis+unix://")
_UNUSABLE: Final = "this is not the address of a store."
_MEND: Final = "Write it as redis://HOST:PORT or redis://:PASSWORD@HOST:PORT."

_PATIENCE: Final = 0.5  # seconds for all that the store is asked about one request, or some more
_TURNS: Final = 5  # in which they are counted
_AT_START: Final = 3.0  # seconds
_NEVER: Final = 60.0  # seconds until the client itself would give up: the two above come before
_PAUSE: Final = 1.0  # seconds until a lost store is tried again, by one request alone
_CONNECTIONS: Final = 32  # of each process to the store
_PREFIX: Final = "qa-rates"


class StoreLostError(Exception):
    """The store does not answer. The message is the kind of failure, without any address."""


class Store:
    """Counts in Redis, of all who use the same database there, exact to the moment.

    What it keeps of a caller is gone when the caller's window is over.
    """

    def __init__(self, address: str) -> None:
        """Nothing is connected to yet.

        Raises:
            InputError: the address cannot be used, or a package is missing.
        """
        self._client, self._storage = _connected_to(address)

    async def wait(self, who: str, rates: Sequence[Rate], cost: int) -> float:
        """Count questions and return 0; or count none and return the seconds to wait.

        Raises:
            StoreLostError: the store does not answer, or not in time.
        """
        from redis.exceptions import RedisError

        try:
            async with _patience():
                for rate in rates:
                    if seconds := await self._wait(who, rate, cost):
                        return seconds
        except (RedisError, OSError) as error:  # a timeout is an OSError
            raise StoreLostError(type(error).__name__) from error
        return 0.0

    async def reach(self) -> None:
        """Raises StoreLostError unless the store answers."""
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(_AT_START):
                await self._client.ping()
        except (RedisError, OSError) as error:
            raise StoreLostError(type(error).__name__) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        await self._client.connection_pool.aclose()

    async def _wait(self, who: str, rate: Rate, cost: int) -> float:
        key, seconds = f"{who}/{rate.amount}/{rate.seconds}", rate.seconds
        if await self._storage.acquire_entry(key, rate.amount, seconds, cost):
            return 0.0
        if cost > 1:
            return seconds  # when so many will be free cannot be asked; by then they are
        begun, _ = await self._storage.get_moving_window(key, rate.amount, seconds)
        return max(begun + seconds - time.time(), 0.001)


@asynccontextmanager
async def _patience() -> AsyncIterator[None]:
    """Raises TimeoutError when it takes too long.

    It is counted in turns of the event loop: a process that was held up itself reads what has come
    meanwhile, and does not take the store for lost.
    """
    loop = asyncio.get_running_loop()
    next_turn: asyncio.TimerHandle

    def turn(left: int) -> None:
        nonlocal next_turn
        if left:
            next_turn = loop.call_later(_PATIENCE / _TURNS, turn, left - 1)
        else:
            limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        turn(_TURNS)
        try:
            yield
        finally:
            next_turn.cancel()


class Counts:
    """Whether a caller may ask: by the counts here, and by those of the store while it is there."""

    def __init__(
        self, store: Store | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """clock: seconds, which never go back."""
        self._store, self._clock = store, clock
        self._here = Windows(clock=clock)
        self._lost = False
        self._again = 0.0  # when the store is tried again

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Counts where the settings have them kept.

        Raises:
            InputError: the store's address cannot be used, or a package is missing.
        """
        return cls(Store(settings.rate_store) if settings.rate_store else None)

    async def wait(self, who: str, rates: Sequence[Rate], cost: int = 1) -> float:
        """Count questions and return 0; or count none and return the seconds to wait."""
        seconds = self.until(who, rates, cost)
        if not seconds and self._store:
            seconds = await self._wait_there(self._store, who, rates, cost)
            if self._lost:  # while it was waited for, others of this caller may have been let in
                seconds = self.until(who, rates, cost)
        if not seconds:
            self._here.add(who, rates, cost)
        return seconds

    def until(self, who: str, rates: Sequence[Rate], cost: int) -> float:
        """The seconds to wait by the counts here alone. Nothing is counted."""
        return self._here.wait(who, rates, cost)

    async def aclose(self) -> None:
        """Close the connections to the store."""
        if self._store:
            await self._store.aclose()

    async def _wait_there(self, store: Store, who: str, rates: Sequence[Rate], cost: int) -> float:
        if self._lost:
            if self._clock() < self._again:
                return 0.0
            self._again = self._clock() + _PAUSE  # the others do not wait for what this one finds
        try:
            seconds = await store.wait(who, rates, cost)
        except StoreLostError as error:
            if not self._lost:
                _log.warning("%s: lost (%s); each process counts by itself.", _STORE, error)
            self._lost, self._again = True, self._clock() + _PAUSE
            return 0.0
        if self._lost:
            _log.info("%s: it is back.", _STORE)
        self._lost = False
        return seconds


def refuse_unshared(settings: Settings) -> None:
    """Refuse settings with which the rates would not hold, before anything is served.

    Raises:
        InputError: a rate cannot be read, several workers have no store, or it does not answer.
    """
    if not Rates.of(settings):
        return
    if settings.workers > 1 and not settings.rate_store:
        raise InputError(
            f"{settings.workers} workers would each count by themselves.",
            where=_STORE,
            mend="Name a Redis, such as redis://localhost:6379, or use one worker.",
        )
    if settings.rate_store:
        asyncio.run(_reach(Store(settings.rate_store)))


async def _reach(store: Store) -> None:
    try:
        await store.reach()
    except StoreLostError as error:
        mend = "Start it, or put its address and password right."
        raise InputError(f"the store does not answer ({error}).", where=_STORE, mend=mend) from None
    finally:
        await store.aclose()


def _connected_to(address: str) -> "tuple[Redis, RedisStorage]":
    """A client, and what counts through it."""
    try:
        from limits.aio.storage import RedisStorage
        from redis.asyncio import BlockingConnectionPool, Redis
    except ImportError as error:
        what = f"shared rates need a package that is not installed ({error.name})."
        mend = "Install it: pip install 'qa-faq[rates]'."
        raise InputError(what, where=_STORE, mend=mend) from error
    if not address.startswith(_SCHEMES):
        raise InputError(_UNUSABLE, where=_STORE, mend=_MEND)
    try:
        pool = BlockingConnectionPool.from_url(
            address.replace("redis+unix://", "unix://"),
            max_connections=_CONNECTIONS,
            timeout=_NEVER,
            socket_timeout=_NEVER,
            socket_connect_timeout=_NEVER,
        )
        pool.connection_class(**pool.connection_kwargs)  # what the address asks for is looked at
    except (ValueError, TypeError):  # their words may hold a part of the password
        raise InputError(_UNUSABLE, where=_STORE, mend=_MEND) from None
    storage = RedisStorage(
        "async+redis://",  # the pool knows the address
        implementation="redispy",
        key_prefix=_PREFIX,
        connection_pool=pool,  # type: ignore[arg-type] # as its documentation says
    )
    return Redis(connection_pool=pool), storage
