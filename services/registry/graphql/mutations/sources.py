"""Orders about sources and rehearsals."""

import strawberry

from routeyard.domain import events
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.mutations.asking import caller, manner, orders
from services.registry.graphql.operations import Letter
from services.registry.graphql.pagination import whole_number
from services.registry.graphql.rehearsal import EventInput


@described
class OrdersOfSources:
    """Who may state facts."""

    @order
    async def register_source(
        self,
        info: Info,
        name: str,
        rank: int,
        types: list[str],
        entities: list[str] | None = None,
        public_keys: list[str] | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Trust a source of facts with these event types. For platform admins.

        Entities and keys that are left out stay as they are registered; empty lists lift them.
        """
        said = events.SourceRegistered(
            name=name,
            rank=rank,
            types=tuple(types),
            entities=tuple(entities or ()),
            public_key=" ".join(public_keys) if public_keys else None,
        )
        given = {"entities": entities, "public_key": public_keys}
        keeps = {field for field, value in given.items() if value is None}
        done = await orders(info).sources.register_source(
            caller(info), said, manner(info, dry_run, if_revision), keeps=keeps
        )
        return Committed.of(done)

    @mutation
    async def rehearse(self, info: Info, events: list[EventInput]) -> Committed:
        """What events would change if they came from Kafka now. For the platform's own keys."""
        clock = info.context.services.clock
        told = [each.event(number, clock()) for number, each in enumerate(events)]
        return Committed.of(await orders(info).sources.rehearse(caller(info), told))

    @mutation
    async def replay_dead_letter(
        self,
        info: Info,
        id: strawberry.ID,
    ) -> Letter | None:
        """Publish a letter's original again; null when there is none. For platform admins."""
        found = await orders(info).letters.replay(caller(info), whole_number(id))
        return Letter.of(found) if found else None
