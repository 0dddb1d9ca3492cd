"""One look at the registry's memory: a read-only transaction with somebody's eyes."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.errors import Unavailable
from services.registry.even import even
from services.registry.ledger import Head
from services.registry.postgres import rows
from services.registry.postgres.engine import answering, enter, holding, rescope
from services.registry.postgres.scope import PLATFORM, scope_of
from services.registry.postgres.sight import Look, Query
from services.registry.reads import Viewer


class OneLook:
    """A transaction that begins with the first question; questions come one after the other."""

    def __init__(self, engine: AsyncEngine, viewer: Viewer) -> None:
        self._engine = engine
        self._viewer = viewer
        self._scope = scope_of(viewer.tenant)
        self._connection: AsyncConnection | None = None
        self._head: Head | None = None
        self._is_closed = False
        # Fields of one query are resolved side by side; a connection does one thing at a time.
        self._turn = asyncio.Lock()

    async def head(self) -> Head:
        """The newest commit."""
        async with self._turn:
            return await self._known_head(await self._opened())

    async def close(self) -> None:
        """Give the connection back.

        A query that failed may leave fields behind that still ask: the one at work is waited for,
        and the others are turned away.
        """
        self._is_closed = True
        async with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                with answering():
                    await connection.close()

    async def _for_operators(self, query: Query) -> Sequence[Row[Any]]:
        return await self._fetch(query) if self._viewer.tenant is None else ()

    async def _look(self, revision: int | None) -> Look:
        """The newest revision is now, which has an index of its own."""
        is_newest = revision in {None, (await self.head()).revision}
        return Look(self._viewer, None if is_newest else revision)

    async def _asked_for(self, query: Query, named: int = 1) -> Sequence[Row[Any]]:
        """What is found of so many that are asked for by name."""
        begun, found = await self._timed(query)
        if self._viewer.tenant is not None and len(found) < named:
            await even(begun)
        return found

    async def _fetch(self, query: Query) -> Sequence[Row[Any]]:
        return (await self._timed(query))[1]

    async def _timed(self, query: Query) -> tuple[float, Sequence[Row[Any]]]:
        async with self._turn:
            connection = await self._opened()
            begun = time.perf_counter()
            with holding(), answering():
                found = await connection.execute(text(query.sql), query.values)
                return begun, found.all()

    @asynccontextmanager
    async def _as_platform(self) -> AsyncIterator[AsyncConnection]:
        """The look's connection over everybody's rows; whatever goes wrong meanwhile ends the look.

        For whoever has the turn. It is put back once it is the viewer's again, never otherwise.
        """
        connection, self._connection = await self._opened(), None
        try:
            with answering():
                await rescope(connection, PLATFORM)
                yield connection
                await rescope(connection, self._scope)
        except BaseException:
            self._is_closed = True
            await asyncio.shield(connection.close())
            raise
        self._connection = connection

    async def _known_head(self, connection: AsyncConnection) -> Head:
        if self._head is None:
            with answering():
                self._head = await rows.head(connection)
        return self._head

    async def _opened(self) -> AsyncConnection:
        if self._is_closed:
            raise Unavailable("The look at the graph is over; ask again.")
        if self._connection is None:
            with answering():
                self._connection = await self._begun()
        return self._connection

    async def _begun(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            await enter(connection, self._scope)
        except BaseException:
            await connection.close()
            raise
        return connection
