"""What healthcheck and the registry keep of endpoints that tenants set up, and how they are tested.

Looks are shown by a healthcheck that answers every ask at once, without calling anybody: it stands
where the way to Kafka is.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.matching import Listed
from routeyard.domain.secret import SecretText
from routeyard.runtime.clock import utc_now
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import Server
from routeyard.wire.probe import ProbeResult, read_ask
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.sealing import SealingKeys
from routeyard.wire.topics import Carries, Topics
from services.registry import app as registry_app
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.postgres import endpoint_secrets, serving
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import connect, transaction
from services.registry.postgres.probes import PostgresProbes
from services.registry.postgres.scope import PLATFORM
from services.registry.serving import Serving
from tests.components.databases import as_service
from tests.services.registry.graphql.conftest import SECRET_BYTES
from tests.services.registry.scoping.customers import ADDRESS, OTHER, OWN, Customer
from tests.services.registry.scoping.facts import set_up_serves

ASKS = Topics().name(Carries.PROBE_ASK)


async def set_up(pool: AsyncEngine, now: datetime, more: int) -> None:
    """Secrets, what is declared and found, and what was told of looks, for both tenants."""
    sealing = EndpointSecrets(
        PostgresSecrets(pool), SealingKeys(SECRET_BYTES), lambda: now, lambda size: b"n" * size
    )
    for who in (OWN, OTHER):
        names = [who.rack, *(f"{who.rack}{n}" for n in range(more if who is OTHER else 0))]
        for name in names:
            there = Destination(who.word, f"https://{ADDRESS}:443")
            sealed = sealing.sealed(name, 1, there, SecretText(f"{who.word}-secret"))
            async with transaction(pool, PLATFORM) as connection:
                assert await endpoint_secrets.put(connection, sealed, now)
                assert await serving.put(connection, _serving(who, name), now)
            # Not while the matrix looks at what orders leave behind.
            await serving.PostgresServing(pool).ask_at(name, now + timedelta(days=1))
            await PostgresProbes(pool).keep(_seen(who, name, now), who.word)


def _serving(who: Customer, name: str) -> Serving:
    return Serving(
        name,
        who.word,
        declared=(Listed(native_id=f"{who.word}-ours", context=who.number),),
        found=(Listed(native_id="gpt-4o"), Listed(native_id=f"{who.word}-ours")),
        served=set_up_serves(who),
    )


def _seen(who: Customer, name: str, now: datetime) -> ProbeResult:
    return ProbeResult(
        ask=f"{name} asked",
        endpoint=name,
        zone=f"{who.word}-zone",
        at=now,
        is_reached=True,
        status=200,
        latency_ms=float(who.number),
        reason=f"{who.word} looked",
        answers=listing([f"{who.word}-ours"]),
    )


def listing(names: Sequence[str]) -> Answers:
    """A server's list of models."""
    rows = [{"id": name, "object": "model", "owned_by": "vllm"} for name in names]
    return Answers(server=Server.VLLM, listed={"object": "list", "data": rows})


class Healthcheck:
    """Stands in for the way to Kafka, and answers what is asked of healthcheck there.

    Every server serves one model, which is called as the path of its address is.
    """

    def __init__(self, database: str) -> None:
        self._pool = connect(as_service(database))

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Look at once; what was seen is where consumers would keep it."""
        for topic, key, value, _ in records:
            assert topic == ASKS, topic
            ask = read_ask(Incoming(Position(topic, 0, 0), key, value))
            result = ProbeResult(
                ask=ask.id,
                endpoint=ask.endpoint.id,
                zone="here",
                at=utc_now(),
                is_reached=True,
                status=200,
                latency_ms=8.0,
                is_saved=ask.is_saved,
                answers=listing([urlsplit(ask.endpoint.url or "").path.strip("/")]),
            )
            await PostgresProbes(self._pool).keep(result, ask.endpoint.owner)
        return []

    async def close(self) -> None:
        await self._pool.dispose()


class Resolver:
    """Every name is that of a public address; nobody is asked."""

    async def __call__(self, host: str) -> Sequence[str]:
        del host
        return (ADDRESS,)


@asynccontextmanager
async def looked_after(database: str) -> AsyncIterator[None]:
    """Registries that start in here have a healthcheck, and names that lead somewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry_app, "Post", lambda _: Healthcheck(database))
        patch.setattr(registry_app, "SystemResolver", Resolver)
        yield
