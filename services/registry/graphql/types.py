"""Models, releases, endpoints and offerings, and how one leads to the next."""

import datetime as dt
from typing import Any, TypeVar

import strawberry

from routeyard.domain import catalog
from routeyard.domain.catalog import Dialect, Hosting, Lifecycle, Mode, ServerKind, Variant
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.difference import version_of
from routeyard.domain.graph import Entity
from services.registry.graphql.context import Children, Info, Named, Related
from services.registry.graphql.described import Long, described, field
from services.registry.graphql.pagination import DEFAULT_FIRST, Connection, bounded, connection
from services.registry.graphql.provenance import Claim, Conflict, Level, claims, conflicts, levels
from services.registry.graphql.values import (
    Health,
    HealthChange,
    Price,
)
from services.registry.reads import OPERATORS, Page

At = strawberry.Private[int]
T = TypeVar("T")


@described
class Model:
    """A model under its canonical name, `lab/name`, or a tenant's own, `@tenant/name`."""

    id: strawberry.ID
    provider: str
    name: str | None
    family: str | None
    mode: Mode | None
    lifecycle: Lifecycle
    released_on: dt.date | None
    deprecated_on: dt.date | None
    retires_on: dt.date | None
    knowledge_cutoff: str | None
    open_weights: bool | None
    licence: str | None
    parameters: Long | None
    modalities_in: list[str]
    modalities_out: list[str]
    languages: list[str]
    context: int | None
    max_output: int | None
    capabilities: list[Level]
    quality: list[Level]
    benchmarks: list[Level]
    variant: Variant | None
    variant_of: strawberry.ID | None
    succeeded_by: strawberry.ID | None
    falls_back_to: strawberry.ID | None
    owner: str | None
    at: At

    @classmethod
    def of(cls, model: catalog.Model, at: int) -> "Model":
        """As GraphQL shows it."""
        me = Named(EntityRef(Kind.MODEL, model.id), at)
        return cls(
            id=strawberry.ID(model.id),
            provider=model.provider,
            name=model.name,
            family=model.family,
            mode=model.mode,
            lifecycle=model.lifecycle,
            released_on=model.released_on,
            deprecated_on=model.deprecated_on,
            retires_on=model.retires_on,
            knowledge_cutoff=model.knowledge_cutoff,
            open_weights=model.open_weights,
            licence=model.licence,
            parameters=None if model.parameters is None else Long(model.parameters),
            modalities_in=list(model.modalities_in),
            modalities_out=list(model.modalities_out),
            languages=list(model.languages),
            context=model.context,
            max_output=model.max_output,
            capabilities=levels(model.capabilities, "capabilities", me),
            quality=levels(model.quality, "quality", me),
            benchmarks=levels(model.benchmarks, "benchmarks", me),
            variant=model.variant,
            variant_of=_id(model.variant_of),
            succeeded_by=_id(model.succeeded_by),
            falls_back_to=_id(model.falls_back_to),
            owner=model.owner,
            at=at,
        )

    @field
    async def claims(self, info: Info, field: str | None = None) -> list[Claim]:
        """What sources say, the claim that holds first; of one field, or of all."""
        return await claims(info, EntityRef(Kind.MODEL, self.id), self.at, field)

    @field
    async def conflicts(self, info: Info) -> list[Conflict]:
        """The fields on which sources disagree, and what decides."""
        return await conflicts(info, EntityRef(Kind.MODEL, self.id), self.at)

    @field
    async def successor(self, info: Info) -> "Model | None":
        """The model that its maker names in its place."""
        return await _other(info, self.succeeded_by, self.at)

    @field
    async def predecessors(self, info: Info) -> "list[Model]":
        """The models that this one succeeds."""
        return await _leading_here(info, "succeeded_by", self)

    @field
    async def base(self, info: Info) -> "Model | None":
        """The model that this one was made from."""
        return await _other(info, self.variant_of, self.at)

    @field
    async def variants(self, info: Info) -> "list[Model]":
        """The models that were made from this one."""
        return await _leading_here(info, "variant_of", self)

    @field
    async def fallback_chain(self, info: Info) -> "list[Model]":
        """The models to fall back to, first things first, as the graph has it."""
        return await fallback_chain(info, self)

    @field
    async def offerings(self, info: Info, first: int = DEFAULT_FIRST) -> Connection["Offering"]:
        """Where the model is served. Ask `offerings(filter: {model})` for further pages."""
        return await _children(info, Children(Kind.OFFERING, "model", self.id, first, self.at))

    @field
    async def releases(self, info: Info, first: int = DEFAULT_FIRST) -> Connection["Release"]:
        """The model's dated versions."""
        return await _children(info, Children(Kind.RELEASE, "model", self.id, first, self.at))


@described
class Release:
    """A dated version of a model: `model@20250929`, or `model@undated`."""

    id: strawberry.ID
    model_id: strawberry.ID
    released_on: dt.date | None
    lifecycle: Lifecycle
    deprecated_on: dt.date | None
    retires_on: dt.date | None
    succeeded_by: strawberry.ID | None
    at: At

    @classmethod
    def of(cls, release: catalog.Release, at: int) -> "Release":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(release.id),
            model_id=strawberry.ID(release.model),
            released_on=release.released_on,
            lifecycle=release.lifecycle,
            deprecated_on=release.deprecated_on,
            retires_on=release.retires_on,
            succeeded_by=_id(release.succeeded_by),
            at=at,
        )

    @field
    async def model(self, info: Info) -> Model | None:
        """The model it is a version of."""
        return await named(info, Model, Kind.MODEL, self.model_id, self.at)


@described
class Endpoint:
    """An address that serves. `owner`: the tenant whose own it is, null for the platform's.

    `secretVersion` counts how often its secret was set; the secret itself is shown nowhere.
    """

    id: strawberry.ID
    provider: str
    name: str | None
    url: str | None
    dialect: Dialect
    server: ServerKind
    hosting: Hosting
    residency: list[str]
    zones: list[str]
    owner: str | None
    keyless: bool
    is_enabled: bool
    has_secret: bool
    secret_version: int | None
    at: At
    dedicated: strawberry.Private[tuple[str, ...]]

    @classmethod
    def of(cls, endpoint: catalog.Endpoint, at: int) -> "Endpoint":
        """As GraphQL shows it; the credential's name stays inside."""
        return cls(
            id=strawberry.ID(endpoint.id),
            provider=endpoint.provider,
            name=endpoint.name,
            url=endpoint.url,
            dialect=endpoint.dialect,
            server=endpoint.server,
            hosting=endpoint.hosting,
            residency=list(endpoint.residency),
            zones=list(endpoint.zones),
            owner=endpoint.owner,
            keyless=endpoint.keyless,
            is_enabled=endpoint.is_enabled,
            has_secret=endpoint.credential is not None,
            secret_version=version_of(endpoint.credential),
            at=at,
            dedicated=endpoint.dedicated_to,
        )

    @field
    async def dedicated_to(self, info: Info) -> list[str]:
        """The tenants who alone see it, of which a tenant sees itself; none for everyone."""
        caller = info.context.principal
        own = caller.scope.tenant
        return [each for each in self.dedicated if caller.role in OPERATORS or each == own]

    @field
    async def offerings(self, info: Info, first: int = DEFAULT_FIRST) -> Connection["Offering"]:
        """What is served here. Ask `offerings(filter: {endpoint})` for further pages."""
        return await _children(info, Children(Kind.OFFERING, "endpoint", self.id, first, self.at))

    @field
    async def health(self, info: Info) -> list[Health]:
        """The last known state, from each zone that looked."""
        states = await info.context.health.load(self.id)
        now = info.context.services.clock()
        return [Health.of(state, now) for state in states]

    @field
    async def health_history(self, info: Info, first: int = DEFAULT_FIRST) -> list[HealthChange]:
        """When the state changed, newest first."""
        most = bounded(info.context, first)
        changes = await info.context.reading.health_history(self.id, most)
        return [HealthChange.of(change) for change in changes]


@described
class Offering:
    """A release served at an endpoint under the endpoint's own name for it, `nativeId`."""

    id: strawberry.ID
    endpoint_id: strawberry.ID
    model_id: strawberry.ID
    release_id: strawberry.ID
    native_id: str
    mode: Mode | None
    price: Price | None
    lifecycle: Lifecycle
    deprecated_on: dt.date | None
    retires_on: dt.date | None
    context: int | None
    max_output: int | None
    quantization: str | None
    regions: list[str]
    modalities_in: list[str]
    modalities_out: list[str]
    capabilities: list[Level]
    at: At

    @classmethod
    def of(cls, offering: catalog.Offering, at: int) -> "Offering":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(offering.id),
            endpoint_id=strawberry.ID(offering.endpoint),
            model_id=strawberry.ID(offering.model),
            release_id=strawberry.ID(offering.release),
            native_id=offering.native_id,
            mode=offering.mode,
            price=Price.of(offering.price) if offering.price else None,
            lifecycle=offering.lifecycle,
            deprecated_on=offering.deprecated_on,
            retires_on=offering.retires_on,
            context=offering.context,
            max_output=offering.max_output,
            quantization=offering.quantization,
            regions=list(offering.regions),
            modalities_in=list(offering.modalities_in),
            modalities_out=list(offering.modalities_out),
            capabilities=levels(
                offering.capabilities,
                "capabilities",
                Named(EntityRef(Kind.OFFERING, offering.id), at),
            ),
            at=at,
        )

    @field
    async def claims(self, info: Info, field: str | None = None) -> list[Claim]:
        """What sources say, the claim that holds first; of one field, or of all."""
        return await claims(info, EntityRef(Kind.OFFERING, self.id), self.at, field)

    @field
    async def conflicts(self, info: Info) -> list[Conflict]:
        """The fields on which sources disagree, and what decides."""
        return await conflicts(info, EntityRef(Kind.OFFERING, self.id), self.at)

    @field
    async def endpoint(self, info: Info) -> Endpoint | None:
        """Where it is served."""
        return await named(info, Endpoint, Kind.ENDPOINT, self.endpoint_id, self.at)

    @field
    async def model(self, info: Info) -> Model | None:
        """The model that is served."""
        return await named(info, Model, Kind.MODEL, self.model_id, self.at)

    @field
    async def release(self, info: Info) -> Release | None:
        """The version that is served."""
        return await named(info, Release, Kind.RELEASE, self.release_id, self.at)


def _id(name: str | None) -> strawberry.ID | None:
    return None if name is None else strawberry.ID(name)


async def _other(info: Info, model: str | None, at: int) -> Model | None:
    return None if model is None else await named(info, Model, Kind.MODEL, model, at)


async def _leading_here(info: Info, relation: str, model: Model) -> list[Model]:
    found = await info.context.related.load(Related(relation, model.id, model.at))
    info.context.spend(len(found))
    return [Model.of(each, model.at) for each in found]


async def fallback_chain(info: Info, model: Model) -> list[Model]:
    """The models that `falls_back_to` leads to; validation keeps it from leading round."""
    chain: list[Model] = []
    while (last := chain[-1] if chain else model).falls_back_to is not None:
        following = await _other(info, last.falls_back_to, model.at)
        if following is None:
            break
        chain.append(following)
    return chain


def show(entity: Entity, at: int) -> Any:
    """An entity that leads to others, as GraphQL shows it."""
    match entity:
        case catalog.Model():
            return Model.of(entity, at)
        case catalog.Release():
            return Release.of(entity, at)
        case catalog.Endpoint():
            return Endpoint.of(entity, at)
        case catalog.Offering():
            return Offering.of(entity, at)
        case _:
            raise TypeError(type(entity))


def shown(name: str, page: Page[Entity]) -> Connection[Any]:
    """A page of such entities; `name` is the list's."""
    return connection(
        name, page, wrap=lambda entity: show(entity, page.revision), key=lambda entity: entity.id
    )


async def _children(info: Info, asked: Children) -> Connection[Any]:
    bounded(info.context, asked.first)
    return shown(asked.kind, await info.context.children.load(asked))


async def named(info: Info, shape: type[T], kind: Kind, entity: str, at: int) -> T | None:
    """One entity as it was at a revision, if the caller sees it."""
    info.context.spend(1)
    found = await info.context.named.load(Named(EntityRef(kind, entity), at))
    result = None if found is None else show(found, at)
    return result if isinstance(result, shape) else None
