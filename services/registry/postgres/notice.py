"""Waking those who wait for commits, keys and secrets."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

NOTIFY_CHANNEL = "routeyard_graph"


async def announce(connection: AsyncConnection, told: str = "") -> None:
    """Wake them once the transaction is committed; `told` is the revision, where there is one."""
    notify = text("SELECT pg_notify(:channel, :told)")
    await connection.execute(notify, {"channel": NOTIFY_CHANNEL, "told": told})
