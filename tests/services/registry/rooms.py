"""The registry's endpoint orders over memory alone: no database, no broker, no name resolved."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from routeyard.domain import events as e
from routeyard.domain.catalog import Offering, Release
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, decode
from routeyard.domain.keys import Pepper
from routeyard.domain.policies.policy import Policy
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.guard.permission import Permission, read_networks
from routeyard.wire.sealing import SealingKeys
from routeyard.wire.topics import Topics
from services.registry.commands import Commands, Rooms, commands
from services.registry.commands.addresses import Addresses
from services.registry.commands.recording import Recorder
from services.registry.discovery import Discovery
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.keys import Keys
from services.registry.known import KnownModels
from services.registry.ledger import Batch
from services.registry.letters import Letters
from services.registry.outlook import Outlook
from services.registry.probes import Probes
from services.registry.reads import Page, Viewer
from services.registry.sweep import Sweep
from tests.builders import NOON, defined, endpoint, event, released
from tests.fakes.besides import MemoryBesides
from tests.fakes.keys import MemoryKeys
from tests.fakes.ledger import MemoryLedger
from tests.fakes.letters import MemoryLetters, RecordingPost
from tests.fakes.secrets import MemorySecrets
from tests.fakes.serving import MemoryProbes, MemoryServing

SEALING = SealingKeys(b"k" * 32)
ADMIN = Principal(role=Role.PLATFORM_ADMIN, scope=Scope(key="admin"))
ACME = Principal(role=Role.TENANT_ADMIN, scope=Scope(tenant="acme", key="acme"))
BETA = Principal(role=Role.TENANT_ADMIN, scope=Scope(tenant="beta", key="beta"))


class MemoryStanding:
    """See `Standing` and `Reads`: the ledger's graph. A tenant sees what is its own or nobody's."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    async def find(self, ref: EntityRef) -> Entity | None:
        body = self._ledger._bodies.get(ref)
        return None if body is None else decode(ref.kind, body)

    async def is_there(self, ref: EntityRef) -> bool:
        return ref in self._ledger._bodies

    async def endpoints_of(self, owner: str) -> Sequence[str]:
        refs = sorted(self._ledger._bodies)
        return [r.id for r in refs if r.kind is Kind.ENDPOINT and r.id.startswith(f"{owner}/")]

    async def policies_of(self, tenant: str | None, name: str | None) -> Sequence[Policy]:
        held = [await self.find(ref) for ref in sorted(self._ledger._bodies)]
        found = [
            each
            for each in held
            if isinstance(each, Policy) and each.tenant == tenant and name in {None, each.name}
        ]
        return sorted(found, key=lambda each: (each.name, each.version))

    async def find_all(self, refs: Collection[EntityRef]) -> Mapping[EntityRef, Entity]:
        found = {ref: await self.find(ref) for ref in refs}
        return {ref: entity for ref, entity in found.items() if entity is not None}

    async def users(self, *_: object) -> Sequence[str]:
        return []

    @asynccontextmanager
    async def open(self, viewer: Viewer) -> AsyncIterator["MemoryReading"]:
        yield MemoryReading(self._ledger, viewer)


class MemoryReading:
    """What `KnownModels` asks of a reading."""

    def __init__(self, ledger: MemoryLedger, viewer: Viewer) -> None:
        self._ledger = ledger
        self._viewer = viewer

    async def head(self) -> Any:
        return await self._ledger.head()

    async def entities(self, refs: Sequence[EntityRef], _: int) -> Mapping[EntityRef, Entity]:
        bodies = self._ledger._bodies
        found = {ref: decode(ref.kind, bodies[ref]) for ref in refs if ref in bodies}
        return {ref: entity for ref, entity in found.items() if self._sees(entity)}

    async def pages(
        self, kind: Kind, by: str, of: Sequence[str], first: int, _: int
    ) -> Mapping[str, Page[Entity]]:
        there: list[Any] = [
            decode(ref.kind, body)
            for ref, body in sorted(self._ledger._bodies.items())
            if ref.kind is kind
        ]
        seen = [each for each in there if self._sees(each)]
        return {
            name: Page(
                [each for each in seen if getattr(each, by) == name][:first],
                has_more=False,
                revision=0,
            )
            for name in of
        }

    def _sees(self, entity: Entity) -> bool:
        if self._viewer.tenant is None or isinstance(entity, Offering | Release):
            return True
        return getattr(entity, "owner", None) in (None, self._viewer.tenant)


class House(NamedTuple):
    """Everything that orders about endpoints work with."""

    orders: Commands
    ledger: MemoryLedger
    standing: MemoryStanding
    secrets: EndpointSecrets
    serving: MemoryServing
    probes: Probes
    post: RecordingPost
    keys: Keys
    discovery: Discovery
    sweep: Sweep
    time: list[datetime]

    async def found(self, kind: Kind, name: str) -> Any:
        return await self.standing.find(EntityRef(kind, name))

    def pass_time(self, seconds: float) -> None:
        self.time[0] += timedelta(seconds=seconds)


async def house(
    *,
    networks: Sequence[str] = ("10.0.0.0/8",),
    answers: Mapping[str, Sequence[str]] | None = None,
    platform: Permission | None = None,
) -> House:
    """Tenants acme and beta, a public endpoint that serves gpt-4o; acme may use `networks`."""
    names = (
        {"gpu.example": ("93.184.216.34",), "api.openai.com": ("104.18.6.192",)}
        if answers is None
        else answers
    )
    time = [NOON]

    def clock() -> datetime:
        # Of two orders the later one counts.
        time[0] += timedelta(microseconds=1)
        return time[0]

    async def resolve(host: str) -> Sequence[str]:
        return names.get(host, ())

    post, serving, sealed = RecordingPost(), MemoryServing(), MemorySecrets()
    ledger = MemoryLedger(besides=MemoryBesides(sealed, serving))
    standing = MemoryStanding(ledger)
    secrets = EndpointSecrets(sealed, SEALING, clock, os.urandom)
    numbers = iter(range(10_000))
    probes = Probes(
        MemoryProbes(), post, Topics(), clock, lambda: f"ask-{next(numbers)}", Counter()
    )
    known = KnownModels(standing, standing.is_there)  # type: ignore[arg-type]
    keys = Keys(MemoryKeys(), Pepper(b"pepper" * 4), clock, os.urandom)
    letters = Letters(MemoryLetters(), post, Topics(), clock, lambda *_: None)
    addresses = Addresses(resolve, platform or Permission(read_networks(["192.168.0.0/16"])))
    rooms = Rooms(addresses, known, secrets, serving, probes)
    made = House(
        commands(ledger, keys, letters, standing, clock, rooms, Outlook(ledger)),
        ledger,
        standing,
        secrets,
        serving,
        probes,
        post,
        keys,
        Discovery(
            Recorder(ledger, clock),
            standing,
            known,
            serving,
            secrets.store,
            probes,
            timedelta(seconds=300),
        ),
        Sweep(standing, secrets.store, serving, probes.store, clock),
        time,
    )
    await ledger.record(Batch(_facts(networks)))
    return made


def _facts(networks: Sequence[str]) -> list[e.Event]:
    operator = [
        e.TenantRegistered(tenant="acme", name="Acme", allowed_networks=tuple(networks)),
        e.TenantRegistered(tenant="beta", name="Beta"),
    ]
    return [
        *defined("tool_use", "long_context"),
        *(
            event(said, id=f"t{number}", source="operator", seconds=-1)
            for number, said in enumerate(operator)
        ),
        event(endpoint("openai", url="https://api.openai.com/v1"), id="e1"),
        event(released("openai", "gpt-4o"), id="m1"),
        event(released("openai", "meta-llama/Llama-3.1-8B-Instruct"), id="m2"),
    ]


def bytes_of(ledger: MemoryLedger) -> bytes:
    """All that the graph and its log hold."""
    return msgspec.json.encode(ledger.deltas)
