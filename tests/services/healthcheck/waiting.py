"""Waiting for what has to become true, with a deadline."""

import asyncio
from collections.abc import Callable

DEADLINE_S = 30.0
PAUSE_S = 0.005


async def until(holds: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    async with asyncio.timeout(deadline_s):
        while not holds():  # noqa: ASYNC110 - it is not ours to tell when
            await asyncio.sleep(PAUSE_S)
