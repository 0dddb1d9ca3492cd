"""Taking the steps of a plan, batch by batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from routeyard.domain.errors import Conflict, RouteyardError
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask
from services.registry.tenants import translated
from services.registry.tenants.orders import RADIUS
from services.registry.tenants.plan import Plan, Step

Environment = Mapping[str, str]
Answer = dict[str, Any]
Tell = Callable[[int, int, int], None]

MOST_CHANGES = 500
# The registry takes requests of 256 KiB; the rest is for the document and the reason.
MOST_BYTES = 224 * 1024
_APPLY = (
    "mutation($changes: [TenancyChange!]!, $reason: String!, $dry: Boolean!, $at: Long) "
    "{ applyTenancy(changes: $changes, reason: $reason, dryRun: $dry, ifRevision: $at) "
    "{ revision findings { kind id field message } "
    f"blastRadius @include(if: $dry) {RADIUS} }} }}"
)


class Batch(NamedTuple):
    """Steps that are taken in one commit, and the changes that they come to."""

    steps: Sequence[Step]
    changes: Sequence[Answer]


def batches(plan: Plan, reason: str) -> Iterator[Batch]:
    """The plan in as few orders as it takes, in its order."""
    steps: list[Step] = []
    changes: list[Answer] = []
    size = 0
    for step in plan.steps:
        change = _change(step, reason)
        # What a step adds to the request, with the escapes that it may need.
        bytes_ = len(json.dumps(change)) + 1
        if steps and (len(steps) == MOST_CHANGES or size + bytes_ > MOST_BYTES):
            yield Batch(steps, changes)
            steps, changes, size = [], [], 0
        steps.append(step)
        changes.append(change)
        size += bytes_
    if steps:
        yield Batch(steps, changes)


class Rehearsal(NamedTuple):
    """What a plan would come to: what would be refused, each with its place, and whom it touches.

    `radius` is None where that cannot be told.
    """

    findings: Sequence[str] = ()
    radius: Answer | None = None


def rehearse(environ: Environment, plan: Plan, reason: str) -> Rehearsal:
    """What the registry says of a plan that fits into one commit.

    Of a longer plan it cannot be told before its first batch is in.
    """
    found = list(batches(plan, reason))
    if len(found) != 1:
        return Rehearsal()
    (batch,) = found
    done = _order(environ, batch, reason, plan.revision, is_dry_run=True)
    findings = [_told(batch, each["field"], each["message"]) for each in done["findings"]]
    return Rehearsal(findings, None if findings else done["blastRadius"])


def take(environ: Environment, plan: Plan, reason: str, tell: Tell) -> int:
    """Take all steps; the newest revision. `tell`: steps taken, of how many, as of which revision.

    Raises:
        InvalidRequest: a step was refused; batches before its own are in.
        Conflict: somebody changed the same meanwhile.
    """
    taken, revision = 0, plan.revision
    for batch in batches(plan, reason):
        try:
            done = _order(environ, batch, reason, plan.revision, is_dry_run=False)
        except RouteyardError as fault:
            raise _with_progress(fault, taken) from None
        taken += len(batch.steps)
        revision = done["revision"]
        tell(taken, len(plan.steps), revision)
    return revision


def _change(step: Step, reason: str) -> Answer:
    if step.thing is None:
        return translated.removal(step.ref, dict(step.node), reason)
    return translated.change(step.thing)


def _order(
    environ: Environment, batch: Batch, reason: str, revision: int, *, is_dry_run: bool
) -> Answer:
    variables = {
        "changes": batch.changes,
        "reason": reason,
        "dry": is_dry_run,
        "at": revision,
    }
    try:
        done: Answer = ask(StackFile.find(environ), _APPLY, variables)["applyTenancy"]
    except Conflict as fault:
        raise Conflict(
            f"Somebody changed the same since the plan was made ({fault.message.rstrip('.')}); "
            "run the command again and look at the new plan."
        ) from None
    except RouteyardError as fault:
        field = str(fault.fields.get("field") or "")
        raise type(fault)(_told(batch, field, fault.message)) from None
    return done


def _told(batch: Batch, field: str, message: str) -> str:
    """A fault with the place in the files that it comes from."""
    number = next((int(part) for part in field.split(".") if part.isdigit()), None)
    if number is None or number >= len(batch.steps):
        return message
    step = batch.steps[number]
    what = f"{step.ref.kind.replace('_', ' ')} {step.ref.id}"
    return f"{step.place or what}: {message}"


def _with_progress(fault: RouteyardError, taken: int) -> RouteyardError:
    if not taken:
        return fault
    return type(fault)(
        f"{fault.message} {taken} changes before it are in; mend this and run the command again."
    )
