"""What the registry tells of itself, asked of PostgreSQL."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.registry.metrics import Standing
from services.registry.postgres import audit, roles, rows, schema
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import NOBODY, PLATFORM
from services.registry.reads import Reached


class PostgresMemory:
    """See `services.registry.status.Memory`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def standing(self) -> Standing:
        """How far everything is."""
        async with transaction(self._engine, PLATFORM) as connection:
            head = await rows.head(connection)
            published = (await connection.execute(text(audit.published().sql))).scalar_one()
            consumed = await connection.execute(text(audit.consumed().sql))
            reached = [Reached(r.topic, r.partition, r.next_offset) for r in consumed]
        return Standing(head, published, reached)

    async def check(self) -> None:
        """Raise InvalidSettings for a schema of another version, or a role beyond the policies."""
        async with transaction(self._engine, NOBODY) as connection:
            await connection.run_sync(roles.check)
            await connection.run_sync(schema.check)
