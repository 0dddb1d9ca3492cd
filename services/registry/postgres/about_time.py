"""What was: moments, differences, steps, and the versions of an entity."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from routeyard.domain.claims import EntityRef, Kind, Statement
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overrides import Author, author_of
from services.registry.origins import Told, origins
from services.registry.postgres import history
from services.registry.postgres.look import OneLook
from services.registry.postgres.sight import Look
from services.registry.reads import Changed, Moment, Page, SourceEvent, Step, Version

_STATEMENT = msgspec.json.Decoder(Statement)


class AboutTime(OneLook):
    """A part of `services.registry.reads.Reading`."""

    async def moment(self, asked: int | datetime) -> Moment:
        """The revision of that number, or the newest one at a time; see the protocol."""
        head = await self.head()
        if isinstance(asked, int):
            if not 1 <= asked <= head.revision:
                raise InvalidRequest(
                    f"There is no revision {asked}; the newest is {head.revision}, the first 1.",
                    field="revision",
                )
            query = history.moment(asked)
        else:
            query = history.moment_at(asked)
        found = await self._fetch(query)
        if not found:
            raise InvalidRequest(
                "The graph was empty then: the first commit came later; ask for a later time.",
                field="at",
            )
        return Moment(found[0].revision, found[0].committed_at)

    async def checksum(self, revision: int) -> str | None:
        """What a router must come to at a revision; None when it is not known any more."""
        if revision == (head := await self.head()).revision:
            return head.checksum
        found = await self._fetch(history.checksum(revision))
        return found[0].checksum if found else None

    async def differences(
        self, span: tuple[int, int], kind: Kind | None, first: int, after: EntityRef | None
    ) -> Page[Changed]:
        """What is not the same at two revisions, by kind and id."""
        old, new = self._ends(span)
        kinds = sorted(Kind) if kind is None else [kind]
        found = await self._fetch(history.differences(old, new, kinds, after, first + 1))
        return _changes(found, first, span[1])

    async def step(self, revision: int, most: int) -> Step | None:
        """What a commit changed, at most so many entities; None when the viewer sees none of it."""
        concerned = await self._fetch(history.concerned(revision))
        if not concerned:
            return None
        refs = [EntityRef(Kind(row.kind), row.id) for row in concerned]
        old, new = self._ends((revision - 1, revision))
        found = await self._fetch(history.step(old, new, refs, most + 1))
        return await self._step(_changes(found, most, revision)) if found else None

    async def _step(self, page: Page[Changed]) -> Step:
        (made,) = await self._fetch(history.made(page.revision))
        # Who feeds the platform is its own affair; a tenant's orders are the tenant's.
        is_own = self._viewer.tenant in {None, made.tenant}
        return Step(
            page.revision,
            made.committed_at,
            made.actor if is_own else None,
            made.reason if is_own else None,
            page.items,
            page.has_more,
        )

    def _ends(self, span: tuple[int, int]) -> tuple[Look, Look]:
        old, new = span
        return Look(self._viewer, old, "old"), Look(self._viewer, new, "new")

    async def versions(self, ref: EntityRef, first: int, before: int | None) -> Page[Version]:
        """What commits before a revision made of an entity, newest first."""
        found = await self._asked_for(history.versions(self._viewer, ref, before, first + 1))
        # Nothing is looked up of what is not told: others' rules have statements, absent ones none.
        told = bool(found) and self._may_see_makers(ref) and await self._events(ref, found[:first])
        items = [
            Version(
                ref,
                _bytes(row.before),
                _bytes(row.after),
                row.revision,
                row.committed_at,
                row.actor if told else None,
                row.reason if told else None,
                told[row.revision] if told else None,
            )
            for row in found[:first]
        ]
        return Page(items, len(found) > first, (await self.head()).revision)

    def _may_see_makers(self, ref: EntityRef) -> bool:
        """Who feeds the platform is its own affair; a tenant's rules are the tenant's."""
        is_tenants = ref.kind is Kind.OVERRIDE and author_of(ref.id) is Author.TENANT
        return self._viewer.tenant is None or is_tenants or ref.kind is Kind.POLICY

    async def _events(
        self, ref: EntityRef, found: Sequence[Row[Any]]
    ) -> Mapping[int, Sequence[SourceEvent]]:
        """The events that made each version, by its revision."""
        told = [
            Told(row.from_revision, row.to_revision, _STATEMENT.decode(row.body))
            for row in await self._fetch(history.statements(ref, [row.revision for row in found]))
        ]
        keys = {
            row.revision: origins(ref, row.revision, told, is_new=row.before is None)
            for row in found
        }
        wanted = sorted(set().union(*keys.values()))
        events = {
            (row.source, row.event_id): _event(row)
            for row in await self._fetch(history.events(wanted))
        }
        return {
            revision: sorted(
                (events[key] for key in of if key in events),
                key=lambda event: (event.accepted_at, event.observed_at, event.source, event.id),
            )
            for revision, of in keys.items()
        }


def _changes(found: Sequence[Row[Any]], first: int, revision: int) -> Page[Changed]:
    items = [
        Changed(
            EntityRef(Kind(row.kind), row.id), _bytes(row.before), _bytes(row.after), row.revisions
        )
        for row in found[:first]
    ]
    return Page(items, len(found) > first, revision)


def _bytes(body: str | None) -> bytes | None:
    return None if body is None else body.encode()


def _event(row: Row[Any]) -> SourceEvent:
    return SourceEvent(
        row.source,
        row.event_id,
        row.type,
        row.observed_at,
        row.accepted_at,
        row.actor,
        row.reason,
    )
