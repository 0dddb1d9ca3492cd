"""What is not there and what is somebody else's are told after the same time.

The database is quicker to find nothing than to find what may not be shown: rows of others are
judged before they are left out. So a look that finds less than was asked for by name takes whole
steps, from its own beginning: what else a request has to do moves nothing across a step's end.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

# A look by name takes about one millisecond.
STEP_S = 0.005
# Event loops sleep in whole milliseconds from now on; that would tell when the look was over.
_ROUNDED_S = 0.0015


async def even(
    begun: float,
    clock: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Return a whole number of steps after `begun`, which is a time of the clock."""
    now = clock()
    end = begun + STEP_S * math.ceil((now - begun) / STEP_S)
    await sleep(max(0.0, end - now - _ROUNDED_S))
    while clock() < end:
        await sleep(0)
