"""Orders about routing policies: publishing versions, and moving them on and back."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import PolicyMoved, PolicyPublished, PolicyWithdrawn
from routeyard.domain.policies.policy import Policy, PolicyState
from routeyard.domain.tenancy import Principal
from routeyard.domain.validation import Finding
from services.registry.admission import require_name, require_text
from services.registry.commands.owners import owner_of
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder, Settled
from services.registry.commands.standing import Standing, require_tenant
from services.registry.examining import Examiner
from services.registry.policies.text import Noted, Written, read

# Versions that decide nothing: so many can be gone back to, the others are in the history alone.
MOST_KEPT = 20
MOST_OF_A_TENANT = 20
MOST_TOLD = 50
# What becomes of the version whose place another one takes.
_REPLACED = {PolicyState.SHADOW: PolicyState.DRAFT, PolicyState.ACTIVE: PolicyState.RETIRED}
_IDLE = (PolicyState.DRAFT, PolicyState.RETIRED)


class NewVersion(NamedTuple):
    """A document to be published. `tenant`: whose own policy it is; else the caller's, if any."""

    document: str
    reason: str
    tenant: str | None = None


class Which(NamedTuple):
    """A version of a policy. Without `version` the newest one, or of those in force the one."""

    name: str
    version: int | None = None
    tenant: str | None = None


class Report(NamedTuple):
    """What there is to say of a document. With `errors` it would be refused.

    `failed`: tests by their number, and what came out.
    """

    errors: Sequence[Noted]
    warnings: Sequence[Noted]
    written: Written | None
    failed: Mapping[int, str]


class PolicyOrders(NamedTuple):
    """Publishing and moving."""

    recorder: Recorder
    standing: Standing
    examiner: Examiner

    async def check(self, caller: Principal, document: str, tenant: str | None) -> Report:
        """Whether a document could be published, and what else there is to say of it."""
        owner = await self._owner(caller, tenant)
        written = await asyncio.to_thread(read, document, owner)
        if not isinstance(written, Written):
            return Report(written, (), None, {})
        name = written.draft.name
        versions = await self.standing.policies_of(owner, name)
        policy = written.draft.policy(_next(versions), document, owner)
        found = await self.examiner.examine(policy, written)
        return Report(found.errors, found.warnings, written, found.failed)

    async def publish(
        self, caller: Principal, new: NewVersion, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Publish a document as the next version of its policy: a draft, which decides nothing.

        Raises:
            InvalidRequest: it would not stand; the message has a line for everything wrong.
        """
        require_text("reason", new.reason)
        owner = await self._owner(caller, new.tenant)
        report = await self.check(caller, new.document, new.tenant)
        if report.written is None or report.errors:
            return await self._refused(report.errors, manner)
        written, actor = report.written, caller.scope.key or ""
        await self._require_room(owner, written.draft.name)

        async def say() -> Settled:
            draft = written.draft
            versions = await self.standing.policies_of(owner, draft.name)
            said = PolicyPublished(
                name=draft.name,
                version=_next(versions),
                document=new.document,
                reason=new.reason,
                actor=actor,
                rules=draft.rules,
                match=draft.match,
                objective=draft.objective,
                tenant=owner,
            )
            old = [_withdrawn(each, actor) for each in _too_old(versions)]
            return Settled([said, *old], _refs(versions, events.version_of(said)))

        effect = await self.recorder.settle(caller, say, new.reason, manner)
        return effect._replace(warnings=[str(each) for each in report.warnings])

    async def move(
        self,
        caller: Principal,
        which: Which,
        state: PolicyState,
        reason: str,
        manner: Manner = CARRY_OUT,
    ) -> Effect:
        """Make a version a shadow, have it decide, or no longer.

        Of a policy one version at most is a shadow and one decides: the former one goes back, or
        is retired, in the same commit. What decided before may again, whatever is found in it.
        """
        require_text("reason", reason)
        require_name("name", which.name)
        owner = await self._owner(caller, which.tenant)
        warnings: list[str] = []

        async def say() -> Settled:
            versions = await self.standing.policies_of(owner, which.name)
            held = _held(versions, which, owner, state)
            if held.state is state:
                raise InvalidRequest(f"{held.id} is {state} already.", field="version")
            if state is not PolicyState.RETIRED:
                warnings[:] = await self._examined(held)
            replaced = _REPLACED.get(state)
            moved = [(held, state)]
            if replaced is not None:
                moved += [(each, replaced) for each in versions if each.state is state]
            actor = caller.scope.key or ""
            said = [_moved(each, to, reason, actor) for each, to in moved]
            return Settled(said, _refs(versions, held.id))

        effect = await self.recorder.settle(caller, say, reason, manner)
        return effect._replace(warnings=warnings)

    async def _examined(self, policy: Policy) -> list[str]:
        """Look at a version again: the graph is not what it was when it was published."""
        written = await asyncio.to_thread(read, policy.document, policy.tenant)
        if not isinstance(written, Written):
            return [str(each) for each in written]
        errors, warnings, _ = await self.examiner.examine(policy, written)
        if errors and policy.state is not PolicyState.RETIRED:
            raise _refusal(errors)
        return [str(each) for each in (*errors, *warnings)]

    async def _owner(self, caller: Principal, tenant: str | None) -> str | None:
        owner = owner_of(caller, tenant)
        if owner is not None:
            await require_tenant(self.standing.is_there, owner)
        return owner

    async def _require_room(self, owner: str | None, name: str) -> None:
        if owner is None:
            return
        names = {each.name for each in await self.standing.policies_of(owner, None)}
        if name not in names and len(names) >= MOST_OF_A_TENANT:
            raise InvalidRequest(
                f"A tenant has at most {MOST_OF_A_TENANT} policies; publish under the name of one "
                "that is no longer needed.",
                field="document",
            )

    async def _refused(self, errors: Sequence[Noted], manner: Manner) -> Effect:
        if not manner.is_dry_run:
            raise _refusal(errors)
        head = await self.recorder.ledger.head()
        findings = [
            Finding(
                ref=EntityRef(Kind.POLICY, ""),
                field=f"document:{each.line}:{each.column}",
                message=each.message,
                is_final=True,
            )
            for each in errors[:MOST_TOLD]
        ]
        return Effect(head.revision, (), findings)


def _refusal(errors: Sequence[Noted]) -> InvalidRequest:
    told = [str(each) for each in errors[:MOST_TOLD]]
    if len(errors) > MOST_TOLD:
        told.append(f"{len(errors) - MOST_TOLD} more are wrong; mend these first.")
    return InvalidRequest("\n".join(told), field="document")


def _next(versions: Sequence[Policy]) -> int:
    return 1 + max((each.version for each in versions), default=0)


def _too_old(versions: Sequence[Policy]) -> list[Policy]:
    """The oldest of those that decide nothing, once there are too many."""
    idle = [each for each in versions if each.state in _IDLE]
    return idle[: max(0, len(idle) + 1 - MOST_KEPT)]


def _held(
    versions: Sequence[Policy], which: Which, owner: str | None, state: PolicyState
) -> Policy:
    """The version that is meant: without a number the newest, or the one to be retired."""
    held = [each for each in versions if which.version in {None, each.version}]
    if which.version is None and state is PolicyState.RETIRED:
        held = [each for each in held if each.state is PolicyState.ACTIVE]
    if held:
        return held[-1]
    name = which.name if owner is None else f"{owner}/{which.name}"
    if which.version is None and versions:
        raise InvalidRequest(f"No version of {name} decides; name the one that you mean.")
    what = "policy" if which.version is None else f"version {which.version} of a policy"
    raise InvalidRequest(f"There is no {what} {name!r} here; `policies` lists those there are.")


def _refs(versions: Iterable[Policy], version: str) -> set[EntityRef]:
    return {EntityRef(Kind.POLICY, name) for name in (version, *(each.id for each in versions))}


def _moved(policy: Policy, state: PolicyState, reason: str, actor: str) -> PolicyMoved:
    return PolicyMoved(
        name=policy.name,
        version=policy.version,
        state=state,
        reason=reason,
        actor=actor,
        tenant=policy.tenant,
    )


def _withdrawn(policy: Policy, actor: str) -> PolicyWithdrawn:
    return PolicyWithdrawn(
        name=policy.name,
        version=policy.version,
        reason=f"only {MOST_KEPT} versions are kept",
        actor=actor,
        tenant=policy.tenant,
    )
