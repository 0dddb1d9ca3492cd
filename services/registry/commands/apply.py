"""Many changes of tenancy in one commit: all of them, or none."""

from collections.abc import Sequence
from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.errors import Invalid, InvalidRequest, NotAllowed
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_text
from services.registry.commands.changes import Change, Given, Taken
from services.registry.commands.kinds import KindOrders
from services.registry.commands.leaving import Leaving
from services.registry.commands.overrides import OverrideOrders, stated_elsewhere
from services.registry.commands.prospect import Prospect
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.standing import Standing
from services.registry.commands.tenants import TenantOrders
from services.registry.ledger import MAX_DELTA_BYTES, TooMany

MOST_CHANGES = 500
_RULE_REMOVED = events.TenantOverrideRemoved | events.PlatformOverrideRemoved
_GOING = _RULE_REMOVED | events.ProjectRemoved


class ApplyOrders(NamedTuple):
    """Changing many tiers, classes, tenants, projects and rules at once."""

    recorder: Recorder
    standing: Standing
    leaving: Leaving

    async def apply(
        self,
        caller: Principal,
        changes: Sequence[Change],
        reason: str,
        manner: Manner = CARRY_OUT,
    ) -> Effect:
        """Carry out all changes in one commit, each checked as the order of its own would be.

        They may stand in any order, one for an entity. What a dry run would refuse are its
        findings; `field` names the change and the way into it.
        """
        require_text("reason", reason)
        _require_sound(changes)
        prospect = await Prospect.of(self.standing, changes)
        checks = _Checks(self.recorder, prospect, self.leaving)
        checked, refused = await _checked(checks, caller, changes)
        if refused and not manner.is_dry_run:
            raise _told(refused)
        effect = await self._record(caller, checked, reason, manner)
        findings = [change.finding(fault) for change, fault in refused]
        return effect._replace(findings=[*findings, *effect.findings])

    async def _record(
        self, caller: Principal, checked: Sequence[Change], reason: str, manner: Manner
    ) -> Effect:
        if not checked:
            head = await self.recorder.ledger.head()
            return Effect(head.revision, (), ())
        said = [change.said for change in checked]
        if any(isinstance(each, _GOING) for each in said):
            # What refuses the commit has to be known before keys are shredded.
            effect = await self._commit(caller, said, reason, manner._replace(is_dry_run=True))
            _require_gone(checked, effect)
            if manner.is_dry_run:
                return effect
            await self.shred(caller, checked, reason)
        effect = await self._commit(caller, said, reason, manner)
        await self.shred(caller, checked, reason)
        return effect

    async def shred(self, caller: Principal, changes: Sequence[Change], reason: str) -> None:
        """Shred the keys of projects that leave, as the order of its own does."""
        for change in changes:
            if isinstance(change.said, events.ProjectRemoved):
                await self.leaving.project(caller, change.said.tenant, change.said.project, reason)

    async def _commit(
        self, caller: Principal, said: Sequence[Given | Taken], reason: str, manner: Manner
    ) -> Effect:
        try:
            effect = await self.recorder.record(caller, said, reason, manner)
        except TooMany as fault:
            raise _too_large(fault.message) from None
        size = sum(len(each.after or b"") for each in effect.changed)
        if manner.is_dry_run and size > MAX_DELTA_BYTES:
            raise _too_large(f"The changes come to {size} bytes.")
        return effect


def _require_sound(changes: Sequence[Change]) -> None:
    """Refuse too many changes, and two of one entity: which of them should hold?"""
    if not changes:
        raise InvalidRequest("There are no changes; name at least one.", field="changes")
    if len(changes) > MOST_CHANGES:
        raise InvalidRequest(
            f"There are {len(changes)} changes; send at most {MOST_CHANGES} at once, those first "
            "that others build on.",
            field="changes",
        )
    first: dict[object, Change] = {}
    for change in changes:
        other = first.setdefault(change.ref, change)
        if other is not change:
            kind = change.ref.kind.replace("_", " ")
            raise InvalidRequest(
                f"{other.path} and {change.path} are both about the {kind} {change.ref.id!r}; "
                "leave one of them out.",
                field=change.path,
            )


async def _checked(
    checks: "_Checks", caller: Principal, changes: Sequence[Change]
) -> tuple[list[Change], list[tuple[Change, Invalid]]]:
    """The changes that may be and change something, and the others with their faults.

    Raises:
        NotAllowed: one of them is not the caller's to order.
    """
    checked: list[Change] = []
    refused: list[tuple[Change, Invalid]] = []
    for change in changes:
        try:
            said = await checks.check(caller, change)
        except NotAllowed as fault:
            raise change.fault(fault) from None
        except Invalid as fault:
            refused.append((change, change.fault(fault)))
            continue
        nonsense = None if said is None else change.nonsense()
        if nonsense is not None:
            refused.append((change, nonsense))
        elif said is not None:
            checked.append(change._replace(said=said))
    return checked, refused


class _Checks:
    """The single orders' own checks, in view of what all changes come to."""

    def __init__(self, recorder: Recorder, prospect: Prospect, leaving: Leaving) -> None:
        self._tenants = TenantOrders(recorder, prospect, leaving)
        self._kinds = KindOrders(recorder, prospect)
        self._overrides = OverrideOrders(recorder, prospect)
        before = prospect.leaving()
        self._leaving_tenants = TenantOrders(recorder, before, leaving)
        self._leaving_kinds = KindOrders(recorder, before)
        self._leaving_overrides = OverrideOrders(recorder, before)

    async def check(self, caller: Principal, change: Change) -> Given | Taken | None:
        """What is kept of a change; None when there is nothing to take away."""
        match change.said:
            case events.TierDefined() as said:
                return await self._kinds.checked_tier(caller, said)
            case events.TenantClassDefined() as said:
                return await self._kinds.checked_class(caller, said)
            case events.TenantRegistered() as said:
                return await self._tenants.checked(caller, said)
            case events.ProjectRegistered() as said:
                return await self._tenants.checked_project(caller, said)
            case events.TenantOverridden() | events.PlatformOverridden() as said:
                return await self._overrides.checked(caller, said)
            case said:
                return await self._check_removal(caller, said)

    async def _check_removal(self, caller: Principal, said: Taken) -> Given | Taken | None:
        match said:
            case events.TierRemoved():
                return await self._leaving_kinds.checked_tier_removal(caller, said)
            case events.TenantClassRemoved():
                return await self._leaving_kinds.checked_class_removal(caller, said)
            case events.ProjectRemoved():
                return await self._leaving_tenants.checked_project_removal(caller, said)
            case _:
                return await self._leaving_overrides.checked_removal(caller, said)


def _require_gone(changes: Sequence[Change], effect: Effect) -> None:
    """Refuse to take back a rule that another source states: it would stay."""
    gone = {each.ref for each in effect.changed if each.after is None}
    for change in changes:
        if isinstance(change.said, _RULE_REMOVED) and change.ref not in gone:
            raise change.fault(stated_elsewhere(change.ref.id))


def _told(refused: Sequence[tuple[Change, Invalid]]) -> Invalid:
    """The first fault, and how many there are besides."""
    fault = refused[0][1]
    if len(refused) == 1:
        return fault
    more = f"{len(refused) - 1} more of the changes are refused, too; a dry run lists them all."
    return type(fault)(f"{fault.message} {more}", **fault.fields)


def _too_large(what: str) -> InvalidRequest:
    return InvalidRequest(
        f"{what.removesuffix(' Commit fewer events at once.')} That does not fit into one "
        f"message of {MAX_DELTA_BYTES} bytes; send the first half of the changes, then the "
        "others.",
        field="changes",
    )
