"""One run over one catalog: difference, publish, wait until it is taken over, remember."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from routeyard.domain.errors import InvalidCatalog, Unavailable
from routeyard.domain.events import Event
from routeyard.domain.value import Value
from routeyard.wire.record import Position
from services.registry.catalogs import state
from services.registry.catalogs.difference import changes
from services.registry.catalogs.parsed import ParsedCatalog
from services.registry.catalogs.report import Report, report

WAIT_S = 120.0
POLL_S = 0.2

Sent = Callable[[int], None]
Progress = Callable[[int, int], None]


class EventPublisher(Protocol):
    """Takes events to Kafka."""

    async def send(self, events: Sequence[Event], progress: Sent) -> list[Position]:
        """Publish events; where each came to lie. `progress` is told how many are through."""
        ...


class Consumed(Protocol):
    """How far the registry has come."""

    async def positions(self) -> Mapping[tuple[str, int], int]:
        """The next offset it will read, per topic and partition."""
        ...


class Run(Value, frozen=True):
    """How to run. `is_full`: state everything again, whatever was stated before."""

    directory: Path
    observed_at: datetime
    is_full: bool = False
    is_forced: bool = False
    is_dry: bool = False
    wait_s: float = WAIT_S


async def ingest(  # noqa: PLR0913 - a catalog, how to run, two ports, and who is told
    parsed: ParsedCatalog,
    run: Run,
    publisher: EventPublisher | None,
    consumed: Consumed | None,
    progress: Progress,
    *,
    name: str | None = None,
) -> Report:
    """Publish what changed. `name` tells apart the states of a source with several catalogs.

    `progress` is told how many events of how many are through. The state is saved last: a fact
    that was not taken over is published again by the next run.
    """
    kept = name or parsed.name
    changed = changes(_previous(run, kept), parsed, run.observed_at, force=run.is_forced)
    if publisher is not None and not run.is_dry:
        total = len(changed.events)
        positions = await publisher.send(changed.events, lambda sent: progress(sent, total))
        if consumed is not None:
            await taken_over(positions, consumed, run.wait_s)
        state.write(run.directory, kept, changed.state)
    return report(parsed, changed, is_dry_run=run.is_dry)


async def taken_over(positions: Sequence[Position], consumed: Consumed, wait_s: float) -> None:
    """Wait until the registry has read past every position.

    Raises:
        Unavailable: it has not within `wait_s` seconds.
    """
    wanted: dict[tuple[str, int], int] = {}
    for topic, partition, offset in positions:
        wanted[topic, partition] = max(wanted.get((topic, partition), 0), offset + 1)
    deadline = time.monotonic() + wait_s
    while wanted:
        reached = await consumed.positions()
        wanted = {place: want for place, want in wanted.items() if reached.get(place, 0) < want}
        if wanted and time.monotonic() >= deadline:
            raise Unavailable(
                f"The registry has not read {len(wanted)} of the partitions after {wait_s:g} s; "
                "check that it runs. The next run publishes the same facts again."
            )
        if wanted:
            await asyncio.sleep(POLL_S)


def _previous(run: Run, name: str) -> dict[str, str]:
    """With `is_full` no digest matches, so all is stated; what is gone is still withdrawn."""
    if not run.is_full:
        return state.read(run.directory, name)
    try:
        return dict.fromkeys(state.read(run.directory, name), "")
    except InvalidCatalog:
        return {}
