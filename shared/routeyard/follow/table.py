"""Following a compacted topic: the newest value of every key, as it changes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from routeyard.domain.errors import Recoverable
from routeyard.kafka.reader import Reader, reading
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.record import Incoming

RETRY_MOST_S = 5.0
CHECK_S = 4.0
log = logging.getLogger(__name__)


class TableFollower:
    """Hands every record of a topic over, from its beginning on, in order.

    After the topic is lost and written anew it is read from the beginning again: `on_record`
    has to take repeated records without harm.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        topic: str,
        client_id: str,
        on_record: Callable[[Incoming], None],
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._client_id = client_id
        self._on_record = on_record
        self.is_complete = asyncio.Event()

    async def run(self) -> None:
        """Follow until cancelled; `is_complete` is set once everything there was is read."""
        while True:
            try:
                async with reading(self._settings, self._topic, self._client_id) as reader:
                    await self._follow(reader)
            except Recoverable as fault:
                log.warning("reading %s begins anew: %s", self._topic, fault.message)
            await asyncio.sleep(random.uniform(0.1, RETRY_MOST_S))  # noqa: S311 - spreads a herd

    async def _follow(self, reader: Reader) -> None:
        for record in await reader.read_to_end():
            self._on_record(record)
        self.is_complete.set()
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        while True:
            for record in await reader.read():
                self._on_record(record)
            if loop.time() - checked_at > CHECK_S:
                await reader.check_place()
                checked_at = loop.time()
