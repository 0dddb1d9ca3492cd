"""Who says what, and what waits or ends for it."""

from collections.abc import Mapping, Sequence

import msgspec

from routeyard.domain.catalog import Model
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind, Statement
from services.registry.postgres import provenance
from services.registry.postgres.look import OneLook
from services.registry.postgres.sight import Look
from services.registry.reads import Ending, Span, Waiting

_STATEMENT = msgspec.json.Decoder(Statement)
_MODEL = msgspec.json.Decoder(Model)


class AboutStatements(OneLook):
    """A part of `services.registry.reads.Reading`."""

    async def statements(
        self, refs: Sequence[EntityRef], at: int
    ) -> Mapping[EntityRef, Sequence[Statement]]:
        """What sources say of the entities, but for what tells of others' endpoints."""
        query = provenance.statements(
            await self._look(at), [ref.kind.value for ref in refs], [ref.id for ref in refs]
        )
        said: dict[EntityRef, list[Statement]] = {ref: [] for ref in refs}
        for row in await self._fetch(query):
            statement = _STATEMENT.decode(row.body)
            said[statement.ref].append(statement)
        return said

    async def ranks(self, at: int) -> Mapping[str, int]:
        """How much each source counts where sources disagree."""
        found = await self._fetch(provenance.sources(await self._look(at)))
        return {
            OPERATOR: OPERATOR_RANK,
            **{row.id: min(row.rank, OPERATOR_RANK - 1) for row in found},
        }

    async def related(
        self, relation: str, targets: Sequence[str], at: int
    ) -> Mapping[str, Sequence[Model]]:
        """The models from which one of `validation.RELATIONS` leads to each target."""
        found = await self._fetch(provenance.related(await self._look(at), relation, list(targets)))
        models: dict[str, list[Model]] = {target: [] for target in targets}
        for row in found:
            models[row.target].append(_MODEL.decode(row.body))
        return models

    async def waiting(self, first: int, after: EntityRef | None) -> Sequence[Waiting]:
        """Entities that sources speak of and that are not in the graph; for operators."""
        found = await self._for_operators(provenance.waiting(Look(self._viewer), after, first))
        said: dict[EntityRef, list[Statement]] = {}
        for row in found:
            statement = _STATEMENT.decode(row.body)
            said.setdefault(statement.ref, []).append(statement)
        return [Waiting(ref, statements) for ref, statements in said.items()]

    async def endings(self, span: Span, first: int) -> Sequence[Ending]:
        """What is deprecated or retires, day by day."""
        found = await self._fetch(provenance.endings(Look(self._viewer), span, first))
        return [
            Ending(
                row.day,
                row.field,
                EntityRef(Kind(row.kind), row.id),
                row.model,
                row.successor,
                row.offerings,
                row.overrides,
            )
            for row in found
        ]
