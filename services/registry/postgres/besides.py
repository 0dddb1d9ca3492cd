"""What an order keeps of an endpoint besides the graph, in the transaction of its commit."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.registry.besides import Besides
from services.registry.ledger import Overtaken
from services.registry.postgres import endpoint_secrets, serving


async def keep(connection: AsyncConnection, besides: Besides, at: datetime) -> None:
    """Keep all of it.

    Raises:
        Overtaken: it was changed meanwhile; the transaction is to be rolled back.
    """
    is_kept = True
    if besides.secret is not None:
        is_kept = await endpoint_secrets.put(connection, besides.secret, at)
    elif besides.forgets_secret:
        await endpoint_secrets.drop(connection, besides.endpoint, at)
    if besides.serving is not None:
        is_kept = is_kept and await serving.put(connection, besides.serving, at)
    elif besides.forgets_serving:
        await serving.drop(connection, besides.endpoint)
    if not is_kept:
        raise Overtaken(f"The endpoint {besides.endpoint!r} was changed meanwhile; try again.")
