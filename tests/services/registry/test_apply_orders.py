"""Orders for many changes, on a ledger in memory."""

import os
from collections.abc import Collection, Mapping, Sequence

import pytest

from routeyard.domain import events, graph
from routeyard.domain.claims import EntityRef
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Entity
from routeyard.domain.keys import Pepper
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.policies.policy import Policy
from routeyard.domain.tenancy import Principal, Role, Scope, TargetKind
from routeyard.wire.sealing import SealingKeys
from services.registry.commands.apply import ApplyOrders
from services.registry.commands.changes import Change
from services.registry.commands.leaving import Leaving
from services.registry.commands.recording import Manner, Recorder
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.keys import Keys
from services.registry.ledger import Batch
from tests.builders import NOON, event
from tests.fakes.keys import MemoryKeys
from tests.fakes.ledger import MemoryLedger
from tests.fakes.secrets import MemorySecrets
from tests.fakes.serving import MemoryServing

ADMIN = Principal(role=Role.PLATFORM_ADMIN, scope=Scope(key="admin"))


class Held:
    """What there is, as the ledger in memory has it."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    async def is_there(self, ref: EntityRef) -> bool:
        return await self.find(ref) is not None

    async def find(self, ref: EntityRef) -> Entity | None:
        return (await self.find_all([ref])).get(ref)

    async def find_all(self, refs: Collection[EntityRef]) -> Mapping[EntityRef, Entity]:
        _, ops = await self._ledger.snapshot()
        return {op.ref: graph.decode(op.kind, op.body) for op in ops if op.ref in refs}

    async def endpoints_of(self, _: str) -> Sequence[str]:
        return []

    async def policies_of(self, *_: object) -> Sequence[Policy]:
        return []

    async def users(self, *_: object) -> Sequence[str]:
        return []


def rule(name: str, text: str = "why") -> Change:
    said = events.TenantOverridden(
        tenant="acme",
        name=name,
        kind=OverrideKind.DENY,
        target_kind=TargetKind.MODEL,
        target=text,
        reason=text,
        actor="admin",
    )
    return Change(said, f"changes.{name}.override")


@pytest.fixture
async def ledger() -> MemoryLedger:
    made = MemoryLedger()
    joined = events.TenantRegistered(tenant="acme", name="Acme")
    await made.record(Batch([event(joined, id="acme", source="operator")]))
    return made


@pytest.fixture
def orders(ledger: MemoryLedger) -> ApplyOrders:
    keys = Keys(MemoryKeys(), Pepper(b"pepper"), lambda: NOON, os.urandom)
    secrets = EndpointSecrets(MemorySecrets(), SealingKeys(bytes(32)), lambda: NOON, os.urandom)
    leaving = Leaving(keys, secrets, MemoryServing())
    return ApplyOrders(Recorder(ledger, lambda: NOON), Held(ledger), leaving)


@pytest.mark.parametrize("manner", [Manner(), Manner(is_dry_run=True)])
async def test_what_fits_no_message_says_how_to_split_and_is_not_there(
    ledger: MemoryLedger, orders: ApplyOrders, manner: Manner
) -> None:
    many = [rule(f"r{number}", "x" * 500) for number in range(500)]
    before = await ledger.head()
    with pytest.raises(InvalidRequest, match="send the first half of the changes") as told:
        await orders.apply(ADMIN, many, "why", manner)
    assert told.value.fields["field"] == "changes"
    assert await ledger.head() == before
    await orders.apply(ADMIN, many[:250], "why")
    await orders.apply(ADMIN, many[250:], "why")
    assert (await ledger.head()).revision == before.revision + 2


async def test_a_rule_that_another_source_states_is_not_taken_back_in_part(
    ledger: MemoryLedger, orders: ApplyOrders
) -> None:
    await ledger.record(Batch([event(rule("theirs").said, id="theirs", source="portal")]))
    before = await ledger.head()
    taken = events.TenantOverrideRemoved(tenant="acme", name="theirs", reason="why", actor="admin")
    changes = [rule("mine"), Change(taken, "changes.1.removeOverride")]
    with pytest.raises(InvalidRequest, match="Another source states") as told:
        await orders.apply(ADMIN, changes, "why")
    assert told.value.fields["field"] == "changes.1.removeOverride"
    assert await ledger.head() == before


async def test_nothing_to_take_away_is_no_commit(ledger: MemoryLedger, orders: ApplyOrders) -> None:
    before = await ledger.head()
    taken = events.TenantOverrideRemoved(tenant="acme", name="none", reason="why", actor="admin")
    done = await orders.apply(ADMIN, [Change(taken, "changes.0.removeOverride")], "why")
    assert (done.revision, done.changed) == (before.revision, ())
