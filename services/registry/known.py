"""Which models of the graph an owner's names may stand for: those it may know of."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import NamedTuple

from msgspec import structs

from routeyard.domain.catalog import Endpoint, Model, Offering
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.events import Served
from routeyard.domain.events.sense import PRIVATE
from routeyard.domain.matching import Known, Listed, match, mentioned
from services.registry.even import even
from services.registry.reads import Reading, Reads, Viewer

IsThere = Callable[[EntityRef], Awaitable[bool]]
MOST_RELEASES = 50
MOST_OFFERED = 2_000


class KnownModels(NamedTuple):
    """Looks models up with an owner's eyes; None is the platform."""

    reads: Reads
    is_there: IsThere

    async def served(
        self, endpoint: Endpoint, listed: Sequence[Listed], dialect: str
    ) -> tuple[Served, ...]:
        """What is listed, matched to the graph; without capabilities that nobody defined."""
        known = await self.of(mentioned(listed, dialect), endpoint.owner)
        defined = await self.defined({tag for each in listed for tag in each.capabilities or {}})
        return match([_only(each, defined) for each in listed], endpoint.owner, known, dialect)

    async def defined(self, tags: Collection[str]) -> set[str]:
        """Those of the capabilities that are defined."""
        there = {tag: await self.is_there(EntityRef(Kind.CAPABILITY, tag)) for tag in tags}
        return {tag for tag, is_there in there.items() if is_there}

    async def of(self, models: Collection[str], owner: str | None) -> Known:
        """Those of the models that the owner sees, and those that nobody serves yet.

        A model that is served to others alone is not among them: that would tell of it.
        """
        asked = sorted(models)
        async with self.reads.open(Viewer(owner)) as reading:
            found = await _with_releases(reading, await _there(reading, asked))
        rest = [name for name in asked if name not in found]
        if owner is None or not rest:
            return found
        async with self.reads.open(Viewer(None)) as reading:
            at, begun = (await reading.head()).revision, time.perf_counter()
            public = await _there(reading, rest)
            offered = await reading.pages(Kind.OFFERING, "model", public, 1, at)
            unserved = [name for name in public if not offered[name].items]
            await even(begun)
            return {**found, **await _with_releases(reading, unserved)}

    async def offered(self, endpoint: Endpoint) -> list[Served]:
        """What the graph has at a tenant's endpoint, which nobody else speaks of."""
        if endpoint.owner is None:
            return []
        async with self.reads.open(Viewer(None)) as reading:
            at = (await reading.head()).revision
            pages = await reading.pages(Kind.OFFERING, "endpoint", [endpoint.id], MOST_OFFERED, at)
        return [_served(each) for each in pages[endpoint.id].items if isinstance(each, Offering)]


def _served(offering: Offering) -> Served:
    return Served(
        native_id=offering.native_id,
        model=offering.model,
        release=offering.release,
        is_private=offering.model.startswith(PRIVATE),
    )


async def _there(reading: Reading, models: Collection[str]) -> list[str]:
    at = (await reading.head()).revision
    refs = [EntityRef(Kind.MODEL, name) for name in models]
    found = await reading.entities(refs, at) if refs else {}
    return [entity.id for entity in found.values() if isinstance(entity, Model)]


async def _with_releases(reading: Reading, models: Collection[str]) -> dict[str, list[str]]:
    if not models:
        return {}
    at = (await reading.head()).revision
    pages = await reading.pages(Kind.RELEASE, "model", sorted(models), MOST_RELEASES, at)
    return {name: [each.id for each in page.items] for name, page in pages.items()}


def _only(listed: Listed, defined: Collection[str]) -> Listed:
    tags = {tag: level for tag, level in (listed.capabilities or {}).items() if tag in defined}
    return structs.replace(listed, capabilities=tags or None)
