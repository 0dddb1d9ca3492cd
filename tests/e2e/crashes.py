"""Killing parts of a stack while a catalog comes in, and what is left in the end."""

import asyncio
import random
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from routeyard.domain.errors import Unavailable
from routeyard.domain.events import Event
from routeyard.kafka import publisher
from routeyard.runtime.settings import KafkaSettings
from tests.e2e.running import RunningStack, status, wait_until

CHUNK = 60
# About what a part takes to come back; the ingest is spread over all kills.
BACK_S = 8.0
VICTIMS = ("registry", "router-1", "kafka", "router-2")


async def publish(
    kafka: str, events: Sequence[Event], pause_s: float
) -> dict[tuple[str, int], int]:
    """Publish in small chunks, each until it is acknowledged; the offsets after the last."""
    wanted: dict[tuple[str, int], int] = {}
    for start in range(0, len(events), CHUNK):
        for position in await _insist(kafka, events[start : start + CHUNK]):
            place = (position.topic, position.partition)
            wanted[place] = max(wanted.get(place, 0), position.offset + 1)
        await asyncio.sleep(pause_s)
    return wanted


async def _insist(kafka: str, events: Sequence[Event]) -> list[publisher.Position]:
    settings = KafkaSettings(bootstrap=kafka)
    while True:
        try:
            async with asyncio.timeout(20), publisher.connect(settings, "ingester") as sending:
                return await sending.send(events)
        except (Unavailable, TimeoutError):
            await asyncio.sleep(0.2)


def crash_through(
    running: RunningStack,
    events: Sequence[Event],
    kills: int,
    seed: int,
    tell: Callable[[str], Any] = print,
) -> str:
    """Ingest while parts are killed at random; the checksum that every part agrees on after."""
    chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
    wanted: dict[tuple[str, int], int] = {}
    sending = threading.Thread(
        target=lambda: wanted.update(
            asyncio.run(
                publish(
                    running.addresses.kafka, events, pause_s=BACK_S * kills * CHUNK / len(events)
                )
            )
        )
    )
    sending.start()
    revision = running.revision() or 0
    for number in range(1, kills + 1):
        victim = VICTIMS[0] if number == 1 else chance.choice(VICTIMS)
        # The point is random; that the parts had come back before, and went on, is not.
        wait_until(lambda: _is_up(running), "every part is back", 120)
        wait_until(
            lambda seen=revision: (running.revision() or 0) > seen or not sending.is_alive(),  # type: ignore[misc]
            "the ingest goes on",
            60,
        )
        threading.Event().wait(chance.uniform(0.05, 1.2))
        revision = running.revision() or revision
        running.kill(victim)
        tell(f"kill {number}: {victim} at revision {revision}")
    sending.join(600)
    wait_until(lambda: _is_up(running), "every part is back", 120)
    running.await_consumed(wanted)
    return running.await_converged()


def _is_up(running: RunningStack) -> bool:
    services = running.addresses.services().values()
    return _listens(running.addresses.kafka) and all("state" in status(url) for url in services)


def _listens(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
