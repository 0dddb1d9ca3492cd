"""The one connection of a process that hears of commits."""

import asyncio
import logging
from collections.abc import Callable

import psycopg
from sqlalchemy.engine import make_url

from services.registry.postgres.writes import NOTIFY_CHANNEL

RETRY_S = 1.0
log = logging.getLogger(__name__)


class PostgresListener:
    """Calls `tell` at each commit, and whenever it may have missed some."""

    def __init__(self, database_url: str, tell: Callable[[], None]) -> None:
        self._url = make_url(database_url).set(drivername="postgresql")
        self._tell = tell

    async def run(self) -> None:
        """Listen until cancelled, connecting anew whenever the connection is lost."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as fault:
                log.warning("no word of commits comes from PostgreSQL: %s", type(fault).__name__)
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._url.render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=5,
            application_name="routeyard-listener",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        ) as connection:
            await connection.execute(f"LISTEN {NOTIFY_CHANNEL}".encode())
            self._tell()
            async for _ in connection.notifies():
                self._tell()
