"""What can be asked of the registry's memory, by whom, and how answers are cut into pages."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from routeyard.domain.catalog import Capability, Model
from routeyard.domain.claims import EntityRef, Kind, Statement
from routeyard.domain.errors import NotAllowed
from routeyard.domain.graph import Entity
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.overrides import ScopeLevel
from routeyard.domain.scopes import Tenancy
from routeyard.domain.tenancy import Principal, Role, Scope
from services.registry.ledger import Head

OPERATORS = frozenset({Role.PLATFORM_ADMIN, Role.SERVICE})
T = TypeVar("T")


class Viewer(NamedTuple):
    """Whose eyes the graph is seen with; None sees everything."""

    tenant: str | None


def viewer(principal: Principal) -> Viewer:
    """What a caller may see: its own tenant's and the platform's, or everything for operators.

    Raises:
        NotAllowed: a tenant's key that names no tenant.
    """
    if principal.role in OPERATORS:
        return Viewer(None)
    if not principal.scope.tenant:
        raise NotAllowed("The key belongs to no tenant; ask your administrator for a new one.")
    return Viewer(principal.scope.tenant)


class Place(NamedTuple):
    """Where a page begins: after `id`, in the graph as it was at `revision`.

    `key` is what the entity there is sorted by, as text; None where it has no such value.
    """

    revision: int
    id: str
    key: str | None = None


class Page(NamedTuple, Generic[T]):
    """A part of a list, as it was at `revision`. `keys` is what the items are sorted by."""

    items: Sequence[T]
    has_more: bool
    revision: int
    keys: Sequence[str | None] = ()

    def key(self, number: int) -> str | None:
        """What an item is sorted by."""
        return self.keys[number] if self.keys else None


class Tagged(NamedTuple):
    """A capability above zero, or of a level at least."""

    tag: str
    min_level: float | None = None


class Wanted(NamedTuple):
    """Which entities of a kind; None and empty are any. Each kind knows some of these.

    `hosting`, `residency` and prices (US dollars per million tokens) are those of one and the
    same offering and its endpoint, where models are asked for. `is_platforms`: of no tenant.
    """

    provider: str | None = None
    model: str | None = None
    endpoint: str | None = None
    tenant: str | None = None
    tenant_class: str | None = None
    level: ScopeLevel | None = None
    name: str | None = None
    state: str | None = None
    is_platforms: bool = False
    all_of: tuple[Tagged, ...] = ()
    any_of: tuple[Tagged, ...] = ()
    none_of: tuple[Tagged, ...] = ()
    min_context: int | None = None
    max_context: int | None = None
    max_input: Decimal | None = None
    max_output: Decimal | None = None
    hosting: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()
    lifecycle: tuple[str, ...] = ()
    mode: str | None = None
    dialect: str | None = None
    modalities_in: tuple[str, ...] = ()
    modalities_out: tuple[str, ...] = ()
    open_weights: bool | None = None
    search: str | None = None


class Sort(StrEnum):
    """What lists are sorted by."""

    ID = "id"
    NAME = "name"
    CONTEXT = "context"
    RELEASED_ON = "released_on"
    PRICE_INPUT = "price_input"
    PRICE_OUTPUT = "price_output"
    QUALITY = "quality"


class Order(NamedTuple):
    """How a list is sorted: what has no value last, equals by id. `task` is quality's."""

    by: Sort = Sort.ID
    is_descending: bool = False
    task: str | None = None

    @property
    def is_by_id(self) -> bool:
        """The order that needs no key."""
        return self.by is Sort.ID


BY_ID = Order()


class Moment(NamedTuple):
    """When a revision was made."""

    revision: int
    committed_at: datetime


class Changed(NamedTuple):
    """An entity's bytes at two revisions, and the revisions between at which it changed."""

    ref: EntityRef
    before: bytes | None
    after: bytes | None
    revisions: Sequence[int]


class Step(NamedTuple):
    """What one commit changed of what a viewer sees.

    `actor` and `reason` are None for who may not know them; `has_more`: there are more changes.
    """

    revision: int
    committed_at: datetime
    actor: str | None
    reason: str | None
    changes: Sequence[Changed]
    has_more: bool


class SourceEvent(NamedTuple):
    """An accepted event. `actor` and `reason` are empty where nobody gave them."""

    source: str
    id: str
    type: str
    observed_at: datetime
    accepted_at: datetime
    actor: str
    reason: str


class Version(NamedTuple):
    """What a commit made of an entity, and the events it was made of.

    `actor`, `reason` and `events` are None for who may not see them.
    """

    ref: EntityRef
    before: bytes | None
    after: bytes | None
    revision: int
    committed_at: datetime
    actor: str | None
    reason: str | None
    events: Sequence[SourceEvent] | None


class Known(NamedTuple):
    """A capability: how many models have it, and its definition where there is one."""

    tag: str
    models: int
    definition: Capability | None


class Counts(NamedTuple):
    """How many there are of what the viewer sees; letters are None but for operators."""

    of: Mapping[Kind, int]
    dead: int | None
    parked: int | None


class StateChange(NamedTuple):
    """An endpoint's state that began."""

    zone: str
    state: HealthState
    since: datetime
    reason: str


class Reached(NamedTuple):
    """How far a partition is taken over."""

    topic: str
    partition: int
    next_offset: int


class Committed(NamedTuple):
    """One commit in the audit."""

    revision: int
    actor: str
    reason: str
    ops: int
    committed_at: datetime


class Ending(NamedTuple):
    """A day on which something is deprecated (`deprecated_on`) or goes (`retires_on`).

    `offerings` counts what is served of it; `overrides` point at it, the first hundred.
    """

    day: date
    field: str
    ref: EntityRef
    model: str
    successor: str | None
    offerings: int
    overrides: Sequence[str]


class Waiting(NamedTuple):
    """An entity that sources speak of and that is not in the graph."""

    ref: EntityRef
    statements: Sequence[Statement]


class Span(NamedTuple):
    """Days, both included, and the ending after which a page begins."""

    since: date
    until: date
    after: tuple[date, str, str, str] | None = None


class Reading(Protocol):
    """One consistent look at the memory, through one viewer's eyes.

    What the viewer may not see is not there. `at` is the revision of the page an entity came
    from. Methods raise Unavailable when the memory does not answer.
    """

    async def head(self) -> Head:
        """The newest commit."""

    async def moment(self, asked: int | datetime) -> Moment:
        """The revision of that number, or the newest one at a time.

        Raises:
            InvalidRequest: there is none: it lies in the future, or before the first commit.
        """

    async def checksum(self, revision: int) -> str | None:
        """What a router must come to at a revision; None when it is not known any more."""

    async def counts(self, at: int | None = None) -> Counts:
        """How many there are of everything."""

    async def page(  # noqa: PLR0913, PLR0917 - what, how many, from where, in which order, when
        self,
        kind: Kind,
        wanted: Wanted,
        first: int,
        place: Place | None,
        order: Order = BY_ID,
        at: int | None = None,
    ) -> Page[Entity]:
        """Entities of a kind, sorted, as they are or were at a revision.

        A place has a revision of its own, which counts.

        Raises:
            InvalidRequest: the place is at no known revision, or in a list sorted otherwise.
        """

    async def differences(
        self, span: tuple[int, int], kind: Kind | None, first: int, after: EntityRef | None
    ) -> Page[Changed]:
        """What is not the same at two revisions, by kind and id."""

    async def step(self, revision: int, most: int) -> Step | None:
        """What a commit changed, at most so many entities; None when the viewer sees none of it."""

    async def versions(self, ref: EntityRef, first: int, before: int | None) -> Page[Version]:
        """What commits before a revision made of an entity, newest first."""

    async def pages(
        self, kind: Kind, by: str, of: Sequence[str], first: int, at: int
    ) -> Mapping[str, Page[Entity]]:
        """The first entities for each parent, where `by` ("model", "endpoint") names it."""

    async def entities(self, refs: Sequence[EntityRef], at: int) -> Mapping[EntityRef, Entity]:
        """Those of the entities that are there."""

    async def statements(
        self, refs: Sequence[EntityRef], at: int
    ) -> Mapping[EntityRef, Sequence[Statement]]:
        """What sources say of the entities, but for what tells of others' endpoints."""

    async def ranks(self, at: int) -> Mapping[str, int]:
        """How much each source counts where sources disagree."""

    async def related(
        self, relation: str, targets: Sequence[str], at: int
    ) -> Mapping[str, Sequence[Model]]:
        """The models from which one of `validation.RELATIONS` leads to each target."""

    async def waiting(self, first: int, after: EntityRef | None) -> Sequence[Waiting]:
        """Entities that sources speak of and that are not in the graph; for operators."""

    async def endings(self, span: Span, first: int) -> Sequence[Ending]:
        """What is deprecated or retires, day by day."""

    async def capabilities(self, at: int | None = None) -> Sequence[Known]:
        """Every capability that is defined or that a model has, by tag."""

    async def tenancy(self, scope: Scope) -> Tenancy | None:
        """What is said for a scope and for those around it; None where it is not seen."""

    async def health(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[EndpointHealth]]:
        """The last known states of endpoints that are seen, by zone."""

    async def health_history(self, endpoint: str, first: int) -> Sequence[StateChange]:
        """When an endpoint that is seen changed its state, newest first."""

    async def consumed(self) -> Sequence[Reached]:
        """How far every topic is taken over."""

    async def commits(self, first: int, before: int | None) -> Sequence[Committed]:
        """The audit of commits before a revision, newest first."""


class Reads(Protocol):
    """The registry's memory, for reading."""

    def open(self, viewer: Viewer) -> AbstractAsyncContextManager[Reading]:
        """A look that is consistent until it is closed; nothing is asked before first use."""
