from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from tests.components.databases import as_service


@pytest.fixture
def ledger_database(database: str) -> str:
    """The services' DSN of a database with the schema and nothing in it."""
    schema.migrate(database)
    return as_service(database)


@pytest.fixture
async def engine(ledger_database: str) -> AsyncIterator[AsyncEngine]:
    pool = connect(ledger_database)
    yield pool
    await pool.dispose()
