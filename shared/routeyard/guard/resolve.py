"""What the machine's own resolver says a name stands for."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

MOST_AT_ONCE = 64
Addresses = tuple[str, ...]


def look_up(host: str) -> Addresses:
    """Addresses of a host, best first; none when there are none. It may take a minute."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(where[0]) for *_, where in found))


class SystemResolver:
    """Asks in threads of its own, which nobody else waits for, and nobody at the end.

    A name whose server is slow takes one of them, however often it is asked for.
    """

    def __init__(
        self, look: Callable[[str], Addresses] = look_up, most: int = MOST_AT_ONCE
    ) -> None:
        self._look = look
        self._room = asyncio.Semaphore(most)
        self._under_way: dict[str, asyncio.Task[Addresses]] = {}

    async def __call__(self, host: str) -> Sequence[str]:
        """See `Resolve`. Who stops waiting does not stop the others."""
        task = self._under_way.get(host)
        if task is None:
            task = asyncio.create_task(self._ask(host))
            self._under_way[host] = task
            task.add_done_callback(lambda _: self._under_way.pop(host))
        return await asyncio.shield(task)

    async def _ask(self, host: str) -> Addresses:
        async with self._room:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[Addresses] = loop.create_future()

            def work() -> None:
                found = self._look(host)
                # Nobody is told when the loop has ended meanwhile.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(partial(_tell, answer, found))

            threading.Thread(target=work, name=f"resolving {host}", daemon=True).start()
            return await answer


def _tell(answer: asyncio.Future[Addresses], found: Addresses) -> None:
    if not answer.done():
        answer.set_result(found)
