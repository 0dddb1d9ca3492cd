"""The graph as it will be once a batch of changes is in: their order does not matter."""

from collections.abc import Collection, Mapping, Sequence

from routeyard.domain.claims import EntityRef
from routeyard.domain.graph import Entity
from routeyard.domain.policies.policy import Policy
from routeyard.domain.tenancy import Tenant, TenantClass
from services.registry.commands.changes import Change, asked_about, outcome
from services.registry.commands.standing import Standing

MOST_USERS = 3


class Prospect:
    """See `services.registry.commands.standing.Standing`.

    What changes ask about is read once, before the first of them is checked.
    """

    def __init__(
        self,
        standing: Standing,
        held: Mapping[EntityRef, Entity],
        outcomes: Mapping[EntityRef, Entity | None],
    ) -> None:
        self._standing = standing
        self._held = held
        self._outcomes = outcomes

    @classmethod
    async def of(cls, standing: Standing, changes: Sequence[Change]) -> "Prospect":
        """What there is, with the changes on top of it."""
        refs = {ref for change in changes for ref in asked_about(change.said)}
        outcomes = {change.ref: outcome(change.said) for change in changes}
        return cls(standing, await standing.find_all(refs), outcomes)

    def leaving(self) -> "Prospect":
        """As removals have to see it: what is there before, and who will use it afterwards."""
        return _Leaving(self._standing, self._held, self._outcomes)

    async def is_there(self, ref: EntityRef) -> bool:
        """Whether an entity will exist."""
        return await self.find(ref) is not None

    async def find(self, ref: EntityRef) -> Entity | None:
        """An entity as it will be."""
        return self._outcomes[ref] if ref in self._outcomes else self._held.get(ref)

    async def find_all(self, refs: Collection[EntityRef]) -> Mapping[EntityRef, Entity]:
        """Those of the entities that will exist."""
        found = {ref: await self.find(ref) for ref in refs}
        return {ref: entity for ref, entity in found.items() if entity is not None}

    async def endpoints_of(self, owner: str) -> Sequence[str]:
        """A tenant's own endpoints, by id; no change of a batch is about them."""
        return await self._standing.endpoints_of(owner)

    async def policies_of(self, tenant: str | None, name: str | None) -> Sequence[Policy]:
        """The versions of a policy; no change of a batch is about one."""
        return await self._standing.policies_of(tenant, name)

    async def users(
        self, field: str, name: str, leaving_out: Collection[EntityRef] = ()
    ) -> Sequence[str]:
        """The first tenants and classes that will have a `tier` or `tenant_class` of that name."""
        own = [
            f"{ref.kind.replace('_', ' ')} {ref.id}"
            for ref, entity in self._outcomes.items()
            if isinstance(entity, Tenant | TenantClass)
            and getattr(entity, field, None) == name
            and ref not in leaving_out
        ]
        changed = {*self._outcomes, *leaving_out}
        return [*own, *await self._standing.users(field, name, changed)][:MOST_USERS]


class _Leaving(Prospect):
    async def find(self, ref: EntityRef) -> Entity | None:
        return self._held.get(ref)
