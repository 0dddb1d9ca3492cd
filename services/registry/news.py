"""Word of commits, for all in this process who wait for one."""

import asyncio


class News:
    """Wakes everyone who waits, whenever something was committed. A hint only: nothing is in it."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def next(self) -> asyncio.Event:
        """What is set at the next commit; take it before looking, so that none is missed."""
        return self._next

    def tell(self) -> None:
        """Something may have been committed."""
        told, self._next = self._next, asyncio.Event()
        told.set()
