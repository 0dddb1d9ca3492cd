"""The outbox on its way to the graph log: in revision order, by one process at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

import msgspec
from msgspec import structs

from routeyard.domain.errors import Recoverable, Unavailable
from routeyard.domain.value import Value
from routeyard.runtime.clock import Clock
from routeyard.wire import graphlog
from routeyard.wire.credential import write_endpoint, write_endpoint_removal, write_key
from routeyard.wire.record import Outgoing, Position
from routeyard.wire.topics import Topics
from services.registry.ledger import Head, Ledger
from services.registry.outbox import Lead, Outbox, SecretTold

BOOKMARK_S = 1.0
RETRY_S = 1.0
SNAPSHOT_EVERY = 200
log = logging.getLogger(__name__)


class Channel(Protocol):
    """The broker, as the relay needs it. Methods raise Unavailable when it is away."""

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Publish in order; returns once acknowledged."""

    async def end_of_log(self) -> int:
        """The offset the next record of the graph log will get."""


class Relay(NamedTuple):
    """Publishes commits, snapshots, credentials, and a bookmark every second."""

    outbox: Outbox
    ledger: Ledger
    connect: Callable[[], AbstractAsyncContextManager[Channel]]
    topics: Topics
    clock: Clock

    async def run(self) -> None:
        """Publish until cancelled, beginning anew whenever the broker or the database is lost."""
        while True:
            try:
                async with self.outbox.lead() as lead, self.connect() as channel:
                    await Session(self, lead, channel).run()
            # A group, since a session runs tasks side by side: one lost broker fails them all.
            except* Recoverable as faults:
                log.warning("the relay begins anew: %s", faults.exceptions[0])
            await asyncio.sleep(RETRY_S)


class _DeltaHead(Value, frozen=True):
    """What the relay itself needs to know of a delta."""

    epoch: str
    checksum: str
    is_snapshot_only: bool = False


class Session:
    """One uninterrupted time with the lock, the database and the broker."""

    def __init__(self, relay: Relay, lead: Lead, channel: Channel) -> None:
        self._relay = relay
        self._lead = lead
        self._channel = channel
        self._bookmark = graphlog.Bookmark(epoch="", revision=0, checksum="", at=relay.clock())
        self._snapshot_at = 0
        self._last_offset = -1

    async def run(self) -> None:
        """Catch up, announce everything once, then follow the commits."""
        await self._announce_credentials(all_of_them=True)
        self._bookmark = structs.replace(self._bookmark, revision=await self._lead.published())
        while await self._publish():
            pass
        head = await self._announce_snapshot()
        self._bookmark = structs.replace(
            self._bookmark, epoch=head.epoch, revision=head.revision, checksum=head.checksum
        )
        async with asyncio.TaskGroup() as background:
            await self._follow(background)

    async def _follow(self, background: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        bookmark_at = loop.time()
        while True:
            if await self._publish() and self._is_snapshot_due():
                self._snapshot_at = self._bookmark.revision
                background.create_task(self._announce_snapshot())
            # At each waking: a revocation does not wait for the next second.
            await self._announce_credentials(all_of_them=False)
            if loop.time() >= bookmark_at:
                await self._say_bookmark()
                bookmark_at = loop.time() + BOOKMARK_S
            await self._lead.wait(max(bookmark_at - loop.time(), 0.0))

    async def _publish(self) -> bool:
        """Publish what was committed since; False when there was nothing."""
        commits = await self._lead.after(self._bookmark.revision)
        if not commits:
            return False
        # What they name is kept with them, and is to be known when they are.
        await self._announce_credentials(all_of_them=False)
        await self._write_log([graphlog.write_delta(c.delta, self._relay.topics) for c in commits])
        newest = msgspec.json.decode(commits[-1].delta, type=_DeltaHead)
        if newest.is_snapshot_only:
            await self._announce_snapshot()
        self._bookmark = structs.replace(
            self._bookmark,
            epoch=newest.epoch,
            revision=commits[-1].revision,
            checksum=newest.checksum,
        )
        await self._lead.mark(self._bookmark.revision)
        return True

    def _is_snapshot_due(self) -> bool:
        return self._bookmark.revision - self._snapshot_at >= SNAPSHOT_EVERY

    async def _announce_snapshot(self) -> Head:
        """Publish the graph whole; reading the log from the noted offset on misses nothing."""
        offset = await self._channel.end_of_log()
        head, ops = await self._relay.ledger.snapshot()
        manifest = graphlog.Manifest(
            snapshot=f"{head.epoch}/{head.revision}/{offset}",
            epoch=head.epoch,
            revision=head.revision,
            checksum=head.checksum,
            chunks=0,
            sha256="",
            log_offset=offset,
            made_at=self._relay.clock(),
        )
        # Compressing takes tens of milliseconds, during which commits go on being published.
        _, records = await asyncio.to_thread(
            graphlog.write_snapshot, manifest, ops, self._relay.topics
        )
        await self._channel.write(records)
        log.info("announced a snapshot of revision %d in %d records", head.revision, len(records))
        self._snapshot_at = head.revision
        return head

    async def _say_bookmark(self) -> None:
        now = structs.replace(self._bookmark, at=self._relay.clock())
        await self._write_log([graphlog.write_bookmark(now, self._relay.topics)])

    async def _write_log(self, records: Sequence[Outgoing]) -> None:
        positions = await self._channel.write(records)
        if positions[0].offset <= self._last_offset:
            raise Unavailable("The graph log begins anew: the broker has lost it.")
        self._last_offset = positions[-1].offset

    async def _announce_credentials(self, *, all_of_them: bool) -> None:
        keys = await self._lead.keys(all_of_them=all_of_them)
        if keys:
            await self._channel.write([write_key(each, self._relay.topics) for each in keys])
            await self._lead.mark_keys(keys)
        secrets = await self._lead.secrets(all_of_them=all_of_them)
        if secrets:
            await self._channel.write([_told(each, self._relay.topics) for each in secrets])
            await self._lead.mark_secrets(secrets)


def _told(secret: SecretTold, topics: Topics) -> Outgoing:
    if secret.credential is None:
        return write_endpoint_removal(secret.endpoint, topics)
    return write_endpoint(secret.credential, topics)
