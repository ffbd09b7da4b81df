"""Slow and hostile clients before the real service: they are ended, and the others are served."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx

from bench.reliability.slow import (
    MEMORY,
    attack,
    endless_body,
    held_body,
    large_head,
    silent,
    slow_body,
    slow_head,
)
from bench.speed.servers import memory
from tests.end_to_end.conftest import serving

EACH = 50
ENDS = {
    slow_head: {"408"},
    slow_body: {"408"},
    silent: {"closed"},
    large_head: {"431"},
    endless_body: {"413"},
    # More than may be held together; those that are held in time go the way of the slow ones.
    held_body: {"503", "408"},
}


def test_they_are_all_ended_while_others_are_served(content_index: Path) -> None:
    with serving(content_index) as (address, process):
        served: list[int] = []
        port = int(address.rpartition(":")[2])

        async def others(over: asyncio.Event) -> None:
            async with httpx.AsyncClient(base_url=address, timeout=30) as client:
                while not over.is_set():
                    reply = await client.post("/v1/ask", json={"question": f"is it {len(served)}"})
                    served.append(reply.status_code)
                    await asyncio.sleep(0.2)

        async def all_at_once() -> list[Counter[str]]:
            over = asyncio.Event()
            asking = asyncio.create_task(others(over))
            ended = await asyncio.gather(*(attack(port, kind, EACH) for kind in ENDS))
            over.set()
            await asking
            return ended

        httpx.post(f"{address}/v1/ask", json={"question": "is it there"}).raise_for_status()
        before = memory(process.pid)[0]
        ended = asyncio.run(all_at_once())
        grown = memory(process.pid)[0] - before
    for (kind, ends), came in zip(ENDS.items(), ended, strict=True):
        assert came.keys() <= ends, kind.__name__
        assert came.total() == EACH
    assert set(served) == {200}
    assert grown < MEMORY
