"""Running the consumers: connected when Kafka answers, and looked after while they run."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from routeyard.domain.errors import Recoverable, Unavailable
from routeyard.kafka import layout
from routeyard.kafka.clients import admin, fetch_wait_ms
from routeyard.kafka.framework import consumer_broker
from routeyard.kafka.intake import consuming
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.topics import Topics
from services.registry.consumers import Takers, subscribe

RETRY_FIRST_S, RETRY_MOST_S = 0.5, 10.0
LOOK_S = 2.0
log = logging.getLogger(__name__)

Tell = Callable[[bool], None]


async def read(settings: KafkaSettings, takers: Takers, tell: Tell) -> None:
    """Consume until cancelled; `tell` hears whether Kafka answers, every few seconds.

    On cancellation no more batches are begun, and those in hand are finished.

    Raises:
        InvalidSettings: topics are laid out in a way that breaks a promise.
    """
    delay = RETRY_FIRST_S
    while True:
        broker = consumer_broker(settings, "registry")
        subscribe(broker, Topics(settings.namespace), takers, fetch_wait_ms(settings))
        try:
            await layout.prepare(settings)
            async with asking(settings) as ask, consuming(broker):
                log.info("reading from Kafka at %s", settings.bootstrap)
                delay = RETRY_FIRST_S
                await _look(ask, tell)
        except Recoverable as fault:
            log.warning("Kafka is not read: %s", fault.message)
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_MOST_S)
        finally:
            tell(False)  # noqa: FBT003 - the callback's one argument


async def _look(ask: Callable[[], Awaitable[bool]], tell: Tell) -> None:
    while True:
        tell(await ask())
        await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def asking(settings: KafkaSettings) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """A question whether a broker answers, over a connection of its own."""
    client = admin(settings, "registry-pulse")

    async def ask() -> bool:
        try:
            await asyncio.wait_for(client.describe_cluster(), LOOK_S)
        except (KafkaError, OSError, TimeoutError):
            return False
        return True

    try:
        await client.start()
        yield ask
    except (KafkaError, OSError) as fault:
        raise Unavailable(f"No Kafka broker answers at {settings.bootstrap}.") from fault
    finally:
        await client.close()
