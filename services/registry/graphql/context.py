"""What one request carries through its resolvers; nothing in it outlives the request."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import strawberry
from strawberry.dataloader import DataLoader

from routeyard.domain.catalog import Model
from routeyard.domain.claims import EntityRef, Kind, Statement
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Entity
from routeyard.domain.health import EndpointHealth
from routeyard.domain.tenancy import Principal
from routeyard.runtime.clock import Clock
from services.registry.commands import Commands
from services.registry.commands.recording import Effect, Entropy, Manner, by_chance
from services.registry.idempotency import Draw
from services.registry.keystore import KeyStore
from services.registry.letters import LetterStore
from services.registry.outlook import Outlook
from services.registry.reads import Page, Reading

MAX_NODES = 20_000


class Services(NamedTuple):
    """What resolvers call, the same for every request."""

    commands: Commands
    letters: LetterStore
    keys: KeyStore
    outlook: Outlook
    clock: Clock


class Children(NamedTuple):
    """The first entities of a kind under a parent, as they were at a revision."""

    kind: Kind
    by: str
    parent: str
    first: int
    at: int


class Named(NamedTuple):
    """An entity as it was at a revision."""

    ref: EntityRef
    at: int


class Related(NamedTuple):
    """The models from which a relation leads to `target`, as it was at a revision."""

    relation: str
    target: str
    at: int


class Context:
    """One request: who asks, what it may still load, and loaders that gather what fields ask.

    `draw`: what new ids and keys are made of, in a request that may be repeated.
    """

    def __init__(
        self,
        services: Services,
        principal: Principal,
        reading: Reading,
        draw: Draw | None = None,
    ) -> None:
        self._draw = draw
        self.services = services
        self.principal = principal
        self.reading = reading
        self.children = DataLoader(self._children)
        self.named = DataLoader(self._named)
        self.health = DataLoader(self._health)
        self.said = DataLoader(self._said)
        self.ranks = DataLoader(self._ranks)
        self.related = DataLoader(self._related)
        self._nodes_left = MAX_NODES

    def entropy(self, place: str) -> Entropy:
        """What the ids and keys of an order are made of, by its field's key in the answer."""
        return by_chance if self._draw is None else self._draw.of(place)

    async def told(self, place: str) -> Effect | None:
        """What an order came to in an earlier try at this request, which was cut off."""
        if self._draw is None or not self._draw.is_again:
            return None
        return await self.services.commands.recorder.told(Manner(entropy=self.entropy(place)))

    def spend(self, nodes: int) -> None:
        """Count nodes before they are loaded.

        Raises:
            InvalidRequest: the query asks for more than MAX_NODES in all.
        """
        self._nodes_left -= nodes
        if self._nodes_left < 0:
            raise InvalidRequest(
                f"The query asks for more than {MAX_NODES} nodes; ask for smaller pages."
            )

    async def _children(self, asked: list[Children]) -> Sequence[Page[Entity]]:
        found: dict[Children, Page[Entity]] = {}
        for kind, by, first, at in {(c.kind, c.by, c.first, c.at) for c in asked}:
            parents = [
                c.parent for c in asked if (c.kind, c.by, c.first, c.at) == (kind, by, first, at)
            ]
            pages = await self.reading.pages(kind, by, parents, first, at)
            found |= {Children(kind, by, parent, first, at): page for parent, page in pages.items()}
        return [found[each] for each in asked]

    async def _named(self, asked: list[Named]) -> Sequence[Entity | None]:
        found: dict[Named, Entity] = {}
        for at in {each.at for each in asked}:
            there = await self.reading.entities([n.ref for n in asked if n.at == at], at)
            found |= {Named(ref, at): entity for ref, entity in there.items()}
        return [found.get(each) for each in asked]

    async def _said(self, asked: list[Named]) -> Sequence[Sequence[Statement]]:
        found: dict[Named, Sequence[Statement]] = {}
        for at in {each.at for each in asked}:
            refs = [each.ref for each in asked if each.at == at]
            said = await self.reading.statements(refs, at)
            found |= {Named(ref, at): statements for ref, statements in said.items()}
        return [found[each] for each in asked]

    async def _ranks(self, asked: list[int]) -> Sequence[Mapping[str, int]]:
        return [await self.reading.ranks(at) for at in asked]

    async def _related(self, asked: list[Related]) -> Sequence[Sequence[Model]]:
        found: dict[Related, Sequence[Model]] = {}
        for relation, at in {(each.relation, each.at) for each in asked}:
            targets = [each.target for each in asked if (each.relation, each.at) == (relation, at)]
            models = await self.reading.related(relation, targets, at)
            found |= {Related(relation, target, at): own for target, own in models.items()}
        return [found[each] for each in asked]

    async def _health(self, endpoints: list[str]) -> Sequence[Sequence[EndpointHealth]]:
        states = await self.reading.health(endpoints)
        return [states[endpoint] for endpoint in endpoints]


Info = strawberry.Info[Context, None]
