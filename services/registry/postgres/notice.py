"""Waking those who wait for keys and secrets."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.registry.postgres.writes import NOTIFY_CHANNEL


async def announce(connection: AsyncConnection) -> None:
    """Wake them once the transaction is committed."""
    await connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": NOTIFY_CHANNEL})
