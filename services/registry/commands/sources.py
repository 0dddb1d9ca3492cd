"""Orders about who may state facts, and rehearsals of facts."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.authority import OPERATORS_ONLY, authorize, public_keys
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import Event
from routeyard.domain.subjects import pattern_fault
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_name, require_operator, require_platform_admin
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder, effect_of
from services.registry.ledger import Batch

TYPES = frozenset(
    name for name, payload in events.PAYLOADS.items() if payload not in OPERATORS_ONLY
)


class SourceOrders(NamedTuple):
    """Trusting sources."""

    recorder: Recorder

    async def register_source(
        self,
        caller: Principal,
        said: events.SourceRegistered,
        manner: Manner = CARRY_OUT,
        *,
        keeps: AbstractSet[str] = frozenset(),
    ) -> Effect:
        """Trust a source, or change how; the fields in `keeps` stay as they are registered."""
        require_platform_admin(caller)
        require_name("name", said.name)
        if said.name == OPERATOR or not 0 <= said.rank < OPERATOR_RANK:
            raise InvalidRequest(f"The rank must be 0 to {OPERATOR_RANK - 1}, the name not taken.")
        if unknown := sorted(set(said.types) - TYPES):
            raise InvalidRequest(f"A source cannot publish {', '.join(unknown)}.", field="types")
        if found := [fault for each in said.entities if (fault := pattern_fault(each))]:
            raise InvalidRequest(found[0], field="entities")
        if said.public_key is not None:
            public_keys(said.public_key)

        async def say() -> events.SourceRegistered:
            known = (await self.recorder.ledger.sources()).get(said.name)
            kept = {} if known is None else {name: getattr(known, name) for name in keeps}
            return structs.replace(said, **kept)

        return await self.recorder.revise(caller, say, f"register the source {said.name}", manner)

    async def rehearse(self, caller: Principal, told: Sequence[Event]) -> Effect:
        """What events would change if they came from Kafka now; nothing is kept."""
        require_operator(caller)
        sources = await self.recorder.ledger.sources()
        for event in told:
            if found := events.faults(event.data):
                raise InvalidRequest(f"The event makes no sense: {'; '.join(found)}.")
            if event.source != OPERATOR:
                authorize(event, sources)
        return effect_of(await self.recorder.ledger.record(Batch(told, is_dry_run=True)))
