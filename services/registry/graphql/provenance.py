"""Who says what of an entity, whose word counts, and what waits to be said properly."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

import strawberry
from strawberry.scalars import JSON

from routeyard.domain import precedence
from routeyard.domain.claims import EntityRef, Kind, Statement, exists, is_live
from routeyard.domain.precedence import By, Voice
from services.registry import reads
from services.registry.graphql.context import Info, Named
from services.registry.graphql.described import described, field

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@described
class Claim:
    """What one source says of a field, and what its word weighs.

    `native` is the source's own name of the entity. `isMaker`: said where its maker serves it.
    """

    field: str
    value: JSON | None
    source: str
    rank: int
    native: str
    is_maker: bool
    observed_at: dt.datetime
    event_id: str
    evidence: str | None
    measured_on: dt.date | None

    @classmethod
    def of(cls, name: str, voice: Voice) -> "Claim":
        """As GraphQL shows it."""
        return cls(
            field=name,
            value=voice.value,
            source=voice.source,
            rank=voice.rank,
            native=voice.native,
            is_maker=voice.is_maker,
            observed_at=EPOCH + dt.timedelta(microseconds=voice.observed_us),
            event_id=voice.event_id,
            evidence=voice.evidence or None,
            measured_on=dt.date.fromisoformat(voice.measured_on) if voice.measured_on else None,
        )


@described
class Conflict:
    """A field on which sources disagree. `claims`: the one that holds first, then by weight.

    `decidedBy` is what put it before the strongest claim that differs.
    """

    kind: Kind
    id: strawberry.ID
    field: str
    decided_by: By
    claims: list[Claim]

    @classmethod
    def of(cls, ref: EntityRef, conflict: precedence.Conflict) -> "Conflict":
        """As GraphQL shows it."""
        return cls(
            kind=ref.kind,
            id=strawberry.ID(ref.id),
            field=conflict.field,
            decided_by=conflict.decided_by,
            claims=[Claim.of(conflict.field, voice) for voice in conflict.voices],
        )


async def conflicts(info: Info, ref: EntityRef, at: int) -> list[Conflict]:
    """The fields of an entity on which sources disagree, as of a revision."""
    said = await info.context.said.load(Named(ref, at))
    ranks = await info.context.ranks.load(at)
    return [Conflict.of(ref, each) for each in precedence.conflicts(said, ranks)]


async def claims(info: Info, ref: EntityRef, at: int, name: str | None) -> list[Claim]:
    """What sources say of an entity, by field, the claim that holds first."""
    said = await info.context.said.load(Named(ref, at))
    ranks = await info.context.ranks.load(at)
    return [
        Claim.of(spoken, voice)
        for spoken, voices in precedence.voices(said, ranks).items()
        if name in (None, spoken)
        for voice in voices
    ]


@described
class Level:
    """A capability's level or a task's quality score, 0 to 1, and what it rests on."""

    tag: str
    level: float
    group: strawberry.Private[str]
    entity: strawberry.Private[Named]

    @field
    async def claim(self, info: Info) -> Claim | None:
        """The claim that holds: who says so, when, and on what evidence."""
        name = f"{self.group}.{self.tag}"
        found = await claims(info, self.entity.ref, self.entity.at, name)
        return found[0] if found else None


def levels(of: Mapping[str, float], group: str, entity: Named) -> list[Level]:
    """An entity's levels by tag, from its `group` of fields."""
    return [
        Level(tag=tag, level=level, group=group, entity=entity) for tag, level in sorted(of.items())
    ]


class WaitsFor(StrEnum):
    """Why what is said of an entity does not hold yet."""

    LISTING = "listing"
    ENTITY = "entity"
    FACT = "fact"


@described
class Waiting:
    """An entity that sources speak of and that is not in the graph.

    LISTING: none of them lists it. ENTITY: it needs `needs`, which is not there. FACT: something
    that it cannot be without has not been said.
    """

    kind: Kind
    id: strawberry.ID
    waits_for: WaitsFor
    needs_kind: Kind | None
    needs_id: strawberry.ID | None
    sources: list[str]
    since: dt.datetime

    @classmethod
    def of(cls, waiting: reads.Waiting, needed: EntityRef | None) -> "Waiting":
        """As GraphQL shows it; `needed` is what is not there of what it needs."""
        live = [statement for statement in waiting.statements if is_live(statement)]
        return cls(
            kind=waiting.ref.kind,
            id=strawberry.ID(waiting.ref.id),
            waits_for=_reason(live, needed),
            needs_kind=needed.kind if needed else None,
            needs_id=strawberry.ID(needed.id) if needed else None,
            sources=sorted({statement.source for statement in live}),
            since=min((_first_said(statement) for statement in live), default=EPOCH),
        )


def _reason(statements: list[Statement], needed: EntityRef | None) -> WaitsFor:
    if not exists(statements):
        return WaitsFor.LISTING
    return WaitsFor.FACT if needed is None else WaitsFor.ENTITY


def _first_said(statement: Statement) -> dt.datetime:
    claimed = [*statement.fields.values(), *filter(None, [statement.announced])]
    first = min((each.stamp.observed_us for each in claimed), default=0)
    return EPOCH + dt.timedelta(microseconds=first)
