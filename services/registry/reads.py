"""What can be asked of the registry's memory, by whom, and how answers are cut into pages."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from routeyard.domain.catalog import Model
from routeyard.domain.claims import EntityRef, Kind, Statement
from routeyard.domain.errors import NotAllowed
from routeyard.domain.graph import Entity
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.tenancy import Principal, Role
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
    """Where a page begins: after `id`, in the graph as it was at `revision`."""

    revision: int
    id: str


class Page(NamedTuple, Generic[T]):
    """A part of a list, as it was at `revision`."""

    items: Sequence[T]
    has_more: bool
    revision: int


class Wanted(NamedTuple):
    """Which entities of a kind; None is any. Each kind knows some of these."""

    id: str | None = None
    provider: str | None = None
    model: str | None = None
    endpoint: str | None = None
    tenant: str | None = None
    capability: str | None = None
    min_context: int | None = None
    hosting: str | None = None
    residency: str | None = None
    search: str | None = None


class Counts(NamedTuple):
    """How many there are of what the viewer sees; letters are None but for operators."""

    of: Mapping[Kind, int]
    dead: int | None
    parked: int | None


class Change(NamedTuple):
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
    """A day on which something is deprecated (`deprecated_on`) or goes (`retires_on`)."""

    day: date
    field: str
    ref: EntityRef
    model: str
    successor: str | None


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

    async def counts(self) -> Counts:
        """How many there are of everything."""

    async def page(
        self, kind: Kind, wanted: Wanted, first: int, place: Place | None
    ) -> Page[Entity]:
        """Entities of a kind by id; InvalidRequest when the place is at no known revision."""

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

    async def capabilities(self) -> Sequence[tuple[str, int]]:
        """Every capability's tag, and how many models have it."""

    async def health(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[EndpointHealth]]:
        """The last known states of endpoints that are seen, by zone."""

    async def health_history(self, endpoint: str, first: int) -> Sequence[Change]:
        """When an endpoint that is seen changed its state, newest first."""

    async def consumed(self) -> Sequence[Reached]:
        """How far every topic is taken over."""

    async def commits(self, first: int, before: int | None) -> Sequence[Committed]:
        """The audit of commits before a revision, newest first."""


class Reads(Protocol):
    """The registry's memory, for reading."""

    def open(self, viewer: Viewer) -> AbstractAsyncContextManager[Reading]:
        """A look that is consistent until it is closed; nothing is asked before first use."""
