"""Orders that put an operator's word in place of the sources'."""

from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.correction import checked
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_canonical, require_platform_admin, require_text
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.standing import IsThere


class FactOrders(NamedTuple):
    """Correcting facts and names."""

    recorder: Recorder
    is_there: IsThere

    async def correct(
        self, caller: Principal, said: events.FactCorrected, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let the operator's word count on fields of an entity, in place of an earlier one."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        kind = Kind(said.kind)
        said = structs.replace(said, fields=checked(kind, said.fields))
        if not await self.is_there(EntityRef(kind, said.entity)):
            raise InvalidRequest(f"There is no {kind} {said.entity!r} to correct.", field="id")
        return await self.recorder.record(caller, [said], said.reason, manner)

    async def retract(
        self, caller: Principal, said: events.CorrectionRetracted, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let the sources' word count on an entity again."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        return await self.recorder.record(caller, [said], said.reason, manner)

    async def assign_name(
        self, caller: Principal, said: events.NameAssigned, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Say what an offering's own name stands for, for what was said under it before, too."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        require_canonical(said.model, said.release)
        offering = EntityRef(Kind.OFFERING, said.offering)
        if not await self.is_there(offering):
            raise InvalidRequest(f"There is no offering {said.offering!r}.", field="offering")
        # What its caller looked at is the offering, and not what is noted of its name.
        return await self.recorder.record(caller, [said], said.reason, manner, changes=[offering])
