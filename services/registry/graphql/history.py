"""What was, and what changed: the graph at a revision, differences, and an entity's history."""

import datetime as dt
from typing import Annotated

import strawberry

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.difference import Change, Difference, difference
from routeyard.domain.errors import InvalidRequest
from services.registry import reads
from services.registry.graphql import operations as o
from services.registry.graphql.changes import FieldChange
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, field
from services.registry.graphql.lists import Lists
from services.registry.graphql.pagination import (
    DEFAULT_FIRST,
    Connection,
    bounded,
    connection,
    read_cursor,
    whole_number,
)

CLOCKS_DIFFER = dt.timedelta(minutes=5)


@described
class Graph(Lists):
    """Everything as it was at a revision, as the caller may have seen it then.

    Health is no part of it: `Endpoint.health` tells how things stand now. `checksum` is null where
    the registry has it no more.
    """

    revision: Long
    epoch: str
    committed_at: dt.datetime

    @field
    async def checksum(self, info: Info) -> str | None:
        """What a router has to come to at this revision."""
        return await info.context.reading.checksum(self.revision)

    @field
    async def counts(self, info: Info) -> o.Counts:
        """How many there are of everything."""
        return o.Counts.of(await info.context.reading.counts(self.revision))


@described
class GraphChange:
    """What is not the same of an entity at two revisions.

    `revisions`: those after the first, up to the second, at which the entity itself changed; none
    where only what the caller may see of it did.
    """

    kind: Kind
    id: strawberry.ID
    change: Change
    fields: list[FieldChange]
    revisions: list[Long]

    @classmethod
    def of(cls, changed: reads.Changed) -> "GraphChange":
        """As GraphQL shows it."""
        told = _difference(changed.ref, changed.before, changed.after)
        return cls(
            kind=changed.ref.kind,
            id=strawberry.ID(changed.ref.id),
            change=told.change,
            fields=_fields(told),
            revisions=[Long(revision) for revision in changed.revisions],
        )


@described
class SourceEvent:
    """An event that made a version. `actor` and `reason` are empty where nobody gave them."""

    source: str
    id: str
    type: str
    observed_at: dt.datetime
    accepted_at: dt.datetime
    actor: str
    reason: str


@described
class Version:
    """What a commit made of an entity, and why.

    `actor`, `reason` and `events` are null but for the platform's own keys, and for a tenant's own
    overrides. `actor` is the key's id, or kafka; that of an event is whom the event names.
    """

    revision: Long
    committed_at: dt.datetime
    change: Change
    fields: list[FieldChange]
    actor: str | None
    reason: str | None
    events: list[SourceEvent] | None

    @classmethod
    def of(cls, version: reads.Version) -> "Version":
        """As GraphQL shows it."""
        told = _difference(version.ref, version.before, version.after)
        return cls(
            revision=Long(version.revision),
            committed_at=version.committed_at,
            change=told.change,
            fields=_fields(told),
            actor=version.actor,
            reason=version.reason,
            events=None
            if version.events is None
            else [SourceEvent(**event._asdict()) for event in version.events],
        )


@described
class AboutTime:
    """Questions about what was."""

    @field
    async def graph(
        self, info: Info, revision: Long | None = None, at: dt.datetime | None = None
    ) -> Graph:
        """The graph at a revision, or at a time; the newest one when neither is given."""
        head = await info.context.reading.head()
        asked = _asked(revision, at, info.context.services.clock())
        then = await info.context.reading.moment(asked) if asked is not None else head
        return Graph(revision=Long(then.revision), epoch=head.epoch, committed_at=then.committed_at)

    @field
    async def diff(
        self,
        info: Info,
        from_: Annotated[Long, strawberry.argument(name="from")],
        to: Long | None = None,
        kind: Kind | None = None,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[GraphChange]:
        """What is not the same at two revisions, by kind and id. Revision 0 is the empty graph."""
        most, head = bounded(info.context, first), await info.context.reading.head()
        name = f"diff:{from_}:{to}:{kind}"
        place = read_cursor(name, after)
        # A list up to the newest revision goes on to the one that was the newest when it began.
        newest = place.revision if place else head.revision
        span = (from_, newest if to is None else to)
        if not 0 <= span[0] <= span[1] <= head.revision:
            raise InvalidRequest(
                f"There is no way from revision {span[0]} to {span[1]}; give two revisions from 0 "
                f"to {head.revision}, the earlier one first.",
                field="to" if span[0] <= head.revision else "from",
            )
        last = _read_ref(place.id) if place else None
        page = await info.context.reading.differences(span, kind, most, last)
        return connection(
            name, page, wrap=GraphChange.of, key=lambda each: f"{each.ref.kind}\n{each.ref.id}"
        )

    @field
    async def history(
        self,
        info: Info,
        id: strawberry.ID,
        kind: Kind = Kind.MODEL,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Version]:
        """Every version of an entity that the caller may have seen, newest first."""
        most, name = bounded(info.context, first), f"history:{kind}:{id}"
        place = read_cursor(name, after)
        before = whole_number(place.id) if place else None
        page = await info.context.reading.versions(EntityRef(kind, id), most, before)
        return connection(name, page, wrap=Version.of, key=lambda version: version.revision)


def _asked(
    revision: int | None, at: dt.datetime | None, now: dt.datetime
) -> int | dt.datetime | None:
    if revision is not None and at is not None:
        raise InvalidRequest("Give a revision or a time, not both.", field="at")
    if at is None:
        return revision
    if at.tzinfo is None:
        raise InvalidRequest(
            "The time has no zone; write 2026-06-01T12:00:00Z, or +02:00 in place of Z.",
            field="at",
        )
    if at > now + CLOCKS_DIFFER:
        raise InvalidRequest(
            "The time lies in the future, which the graph does not know.", field="at"
        )
    return at


def _difference(ref: EntityRef, before: bytes | None, after: bytes | None) -> Difference:
    told = difference(ref, before, after)
    if told is None:
        raise ValueError(ref)
    return told


def _fields(told: Difference) -> list[FieldChange]:
    return [
        FieldChange(name=each.name, before=each.before, after=each.after) for each in told.fields
    ]


def _read_ref(written: str) -> EntityRef:
    kind, _, entity = written.partition("\n")
    if kind not in set(Kind):
        raise InvalidRequest(
            "The cursor was not given out for this list; begin again without `after`.",
            field="after",
        )
    return EntityRef(Kind(kind), entity)
