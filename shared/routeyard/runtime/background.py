"""Tasks that run beside a server, and end the process when they should not have ended."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from routeyard.domain.errors import RouteyardError

T = TypeVar("T")
log = logging.getLogger(__name__)


@asynccontextmanager
async def running(*work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run these until the block ends, then cancel them and wait for them.

    Work that ends by itself has failed: the process is asked to stop, so that a supervisor
    starts it anew instead of leaving half a service running.
    """
    tasks = [asyncio.create_task(_watched(each)) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watched(work: Coroutine[object, object, None]) -> None:
    name = getattr(work, "__qualname__", "background work")
    try:
        await work
    except asyncio.CancelledError:
        raise
    except RouteyardError as fault:
        log.error("%s The process stops.", fault.message)  # noqa: TRY400 - a known fault
    except BaseException:
        log.exception("%s failed; the process stops", name)
    else:
        log.error("%s ended; the process stops", name)
    os.kill(os.getpid(), signal.SIGTERM)


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """Await a piece of work; when cancelled meanwhile, it is finished first.

    Cut off while it connects, it would leave a half-open connection behind.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.warning("what was under way at the end failed: %s", fault)
        raise
