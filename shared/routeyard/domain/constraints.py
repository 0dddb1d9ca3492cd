"""Hard constraints: who may be seen, and who satisfies what.

What depends on the catalog alone, or on a set of policies besides, is worked out once for a
snapshot and kept in its memo.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from routeyard.domain import bits
from routeyard.domain.catalog import SELF_HOSTED, Mode
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overlay import health_view
from routeyard.domain.policies.book import ReadyRule, is_measured
from routeyard.domain.pricing import paid_at, prices_for
from routeyard.domain.resolution import (
    GENERAL,
    CapabilityFloor,
    HostingWanted,
    Inputs,
    ProviderPreferences,
    Reason,
    Require,
    Requirement,
)
from routeyard.domain.rulings import (
    Terms,
    denied,
    has_capability,
    kept,
    lying_within,
    pinned,
    requested,
    requires,
    target,
    targets,
)
from routeyard.domain.scopes import Effective
from routeyard.domain.snapshot import ALIVE, Snapshot

_TOO_LITTLE = {
    "context": (Reason.CONTEXT_TOO_SMALL, Reason.CONTEXT_UNKNOWN),
    "max_output": (Reason.OUTPUT_TOO_SMALL, Reason.OUTPUT_UNKNOWN),
}


class Check(NamedTuple):
    """A constraint: who passes, and why the others do not.

    `unknown`: those of whom nothing is known to decide by. `said_by`: the policy's rule or the
    override that asks for it; empty for the request itself.
    """

    passing: int
    reason: Reason
    detail: str = ""
    unknown: int = 0
    unknown_reason: Reason | None = None
    said_by: str = ""


class Checked(NamedTuple):
    """Checks, and who passes all of them."""

    passing: int
    checks: tuple[Check, ...]


class Asked(NamedTuple):
    """What a requirement asks for at any time. `able`: for each capability, of whom it is known.

    `is_measured`: it asks for something that depends on the moment besides.
    """

    found: Checked
    able: tuple[int, ...]
    is_measured: bool


class Constraints(NamedTuple):
    """All that bears on a request: who passes all but `requested`, the choice of models.

    Fallbacks need not satisfy that one. `live`: what depends on the moment.
    """

    snapshot: Snapshot
    inputs: Inputs
    terms: Terms
    passing: int
    wanted: Sequence[Require]
    live: Sequence[Check]
    requested: Check | None

    def all(self) -> list[Check]:
        """Every check, made again: nobody waits for them who does not ask why."""
        snapshot, inputs, terms = self.snapshot, self.inputs, self.terms
        found = [*_reachable(snapshot, inputs, self.wanted[-1].mode).checks]
        found += _of_policies(snapshot, terms).checks
        for said in (_bounds, _denials, _pins):
            found += said(snapshot, terms.rules)
        found += [check for each in self.wanted for check in _asked(snapshot, each).found.checks]
        if inputs.health:
            found.append(Check(_up(snapshot, inputs), Reason.UNHEALTHY))
        found += self.live
        return found if self.requested is None else [*found, self.requested]


def visible(snapshot: Snapshot, inputs: Inputs) -> int:
    """The platform's own endpoints and the tenant's; others' do not exist for this caller."""
    own = snapshot.mask("owner", inputs.scope.tenant) if inputs.scope.tenant else 0
    return snapshot.masks.get(ALIVE, 0) & (snapshot.mask("owner", "") | own)


def constraints(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, decided: Sequence[ReadyRule], seen: int
) -> Constraints:
    """Every constraint on this request, over the slots it sees; `decided`: rules that it decided.

    Raises:
        InvalidRequest: it names a capability or a model that is none of what the caller sees.
    """
    wanted = requires(inputs, terms.rules)
    passing = seen & _settled(snapshot, inputs, terms, wanted[-1].mode)
    if inputs.health:
        passing &= _up(snapshot, inputs)
    measured = None
    for require in wanted:
        asked = _asked(snapshot, require)
        for able in asked.able:
            if not able & seen:
                raise _unable(snapshot, require, seen)
        passing &= asked.found.passing
        if asked.is_measured:
            measured = [require] if measured is None else [*measured, require]
    live = _live(snapshot, inputs, terms, measured or (), decided)
    for check in live:
        passing &= check.passing
    models = requested(inputs, terms.rules)
    chosen = _requested(snapshot, models, seen) if models else None
    return Constraints(snapshot, inputs, terms, passing, wanted, live, chosen)


def _up(snapshot: Snapshot, inputs: Inputs) -> int:
    return health_view(snapshot, inputs.health, inputs.now).up


def _checked(checks: Iterable[Check]) -> Checked:
    found, passing = tuple(checks), -1
    for check in found:
        passing &= check.passing
    return Checked(passing, found)


def _reachable(snapshot: Snapshot, inputs: Inputs, mode: Mode) -> Checked:
    """What has little to do with the request: whether it serves such calls, from here, today."""
    today, zone = inputs.now.date(), inputs.zone

    def work() -> Checked:
        modes = snapshot.mask("mode", mode)
        if mode is Mode.CHAT:
            modes |= snapshot.mask("mode", "unknown")
        zones = snapshot.mask("zone", "*") | snapshot.mask("zone", zone)
        return _checked(
            (
                Check(modes, Reason.MODE_DIFFERS, mode),
                Check(_above(snapshot, "retires", today.toordinal() + 0.5), Reason.RETIRED),
                Check(zones, Reason.ZONE_UNREACHABLE, zone),
            )
        )

    return kept(snapshot.memo, ("reachable", mode, today, zone), work)


def _settled(snapshot: Snapshot, inputs: Inputs, terms: Terms, mode: Mode) -> int:
    """Who passes what has to do neither with the request nor with the moment."""
    held, today = terms.settled, inputs.now.date()
    if held is None or held[0] is not snapshot.memo or held[1:4] != (mode, today, inputs.zone):
        passing = _reachable(snapshot, inputs, mode).passing & _of_policies(snapshot, terms).passing
        passing &= ~denied(snapshot, terms)
        for check in (*_bounds(snapshot, terms.rules), *_pins(snapshot, terms.rules)):
            passing &= check.passing
        held = terms.settled = (snapshot.memo, mode, today, inputs.zone, passing)
    return held[4]


def _bounds(snapshot: Snapshot, rules: Effective) -> Iterator[Check]:
    """Places and lists that must all be met."""
    for said in rules.residency:
        yield _resides(snapshot, said.residency)._replace(said_by=said.origin)
    for group in rules.allowed:
        yield Check(targets(snapshot, group), Reason.NOT_ALLOWED)


def _denials(snapshot: Snapshot, rules: Effective) -> Iterator[Check]:
    """What `denied` leaves out all at once, by who says so."""
    for said in rules.denied:
        yield Check(~targets(snapshot, (said,)), Reason.DENIED, said_by=said.origin)


def _pins(snapshot: Snapshot, rules: Effective) -> Iterator[Check]:
    for said in rules.pinned:
        yield Check(pinned(snapshot, said), Reason.PINNED_ELSEWHERE, said_by=said.origin)


def _of_policies(snapshot: Snapshot, terms: Terms) -> Checked:
    """What the policies ask for, whatever is requested."""

    def work() -> Checked:
        applied = terms.policies.applied
        return _checked(check for rule in applied for check in _of_rule(snapshot, rule))

    return kept(snapshot.memo, ("policies", terms.policies), work)


def _of_rule(snapshot: Snapshot, ready: ReadyRule) -> Iterator[Check]:
    """What a rule that applies asks for, as far as that is the same for every request."""
    origin = origin_of(ready)
    for aim in ready.rule.deny:
        detail = f"{aim.kind} {aim.id}"
        yield Check(~target(snapshot, aim), Reason.DENIED_BY_POLICY, detail, said_by=origin)
    if ready.rule.require is not None:
        for check in _fixed(snapshot, ready.rule.require):
            yield check._replace(said_by=origin)


def origin_of(ready: ReadyRule) -> str:
    """How a rule is called in reasons."""
    return f"{ready.policy}/{ready.rule.name}"


def _live(
    snapshot: Snapshot,
    inputs: Inputs,
    terms: Terms,
    measured: Iterable[Require],
    decided: Sequence[ReadyRule],
) -> list[Check]:
    """What depends on the request or the moment, but for health."""
    found: list[Check] = []
    if inputs.is_exhausted:
        found.append(Check(0, Reason.QUOTA_EXHAUSTED))
    for require in measured:
        found += _measured(snapshot, inputs, require)
    if inputs.requirement.provider is not None:
        found += _preferred(snapshot, inputs, inputs.requirement.provider)
    if terms.ceilings:
        found += [_at_most(snapshot, inputs, *each) for each in terms.ceilings]
    if terms.policies.measured or decided:
        found += _of_policies_now(snapshot, inputs, terms, decided)
    return found


def _of_policies_now(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, decided: Sequence[ReadyRule]
) -> Iterator[Check]:
    """What the policies ask for of this request."""
    for ready in decided:
        yield from _of_rule(snapshot, ready)
    for ready in (*terms.policies.measured, *decided):
        if ready.rule.require is not None:
            for check in _measured(snapshot, inputs, ready.rule.require):
                yield check._replace(said_by=origin_of(ready))


def _asked(snapshot: Snapshot, require: Require) -> Asked:
    """What is asked for is asked for again and again."""

    def work() -> Asked:
        able = tuple(~_capability(snapshot, each).unknown for each in require.capabilities)
        return Asked(_checked(_fixed(snapshot, require)), able, is_measured(require))

    return kept(snapshot.memo, require, work)


def _fixed(snapshot: Snapshot, require: Require) -> list[Check]:
    """What a requirement asks of candidates that is the same at any time."""
    found = [_capability(snapshot, each) for each in require.capabilities]
    for name, values, reason in (
        ("language", require.languages, Reason.LANGUAGE_UNKNOWN),
        ("in", require.modalities_in, Reason.MODALITY_MISSING),
        ("out", require.modalities_out, Reason.MODALITY_MISSING),
    ):
        if values:
            found += [Check(snapshot.mask(name, value), reason, value) for value in values]
    if require.min_context is not None:
        found.append(_least(snapshot, "context", require.min_context))
    if require.min_output is not None:
        found.append(_least(snapshot, "max_output", require.min_output))
    if require.residency:
        found.append(_resides(snapshot, require.residency))
    if require.hosting:
        found.append(_hosting(snapshot, require.hosting))
    if require.quantizations:
        found.append(_quantization(snapshot, require.quantizations))
    if require.callable:
        found.append(Check(snapshot.mask("enabled"), Reason.NOT_CALLABLE))
    return found


def fixed(snapshot: Snapshot, require: Require) -> int:
    """Who satisfies what a requirement asks, as far as that is the same at any time."""
    return _checked(_fixed(snapshot, require)).passing


def _measured(snapshot: Snapshot, inputs: Inputs, require: Require) -> Iterator[Check]:
    """What it asks that depends on the step, the length of the prompt, the hour or on health."""
    if require.precision is not None:
        yield _precision(snapshot, require.precision, inputs.requirement)
    ceiling = require.max_price_per_mtok
    if ceiling is not None and ceiling.input is not None:
        yield _at_most(snapshot, inputs, "input", ceiling.input)
    if ceiling is not None and ceiling.output is not None:
        yield _at_most(snapshot, inputs, "output", ceiling.output)
    if require.max_latency_ms is not None:
        yield _latency(snapshot, inputs, require.max_latency_ms)


def _preferred(snapshot: Snapshot, inputs: Inputs, wanted: ProviderPreferences) -> Iterator[Check]:
    """What the caller says of providers."""
    found = -1
    if wanted.only:
        found &= providers(snapshot, wanted.only)
    if wanted.ignore:
        found &= ~providers(snapshot, wanted.ignore)
    if wanted.order and not wanted.allow_fallbacks:
        found &= providers(snapshot, wanted.order)
    if found != -1:
        yield Check(found, Reason.PROVIDER_NOT_WANTED)
    if wanted.quantizations:
        yield _quantization(snapshot, wanted.quantizations)
    most = wanted.max_price
    if most is not None and most.prompt is not None:
        yield _at_most(snapshot, inputs, "input", most.prompt)
    if most is not None and most.completion is not None:
        yield _at_most(snapshot, inputs, "output", most.completion)


def providers(snapshot: Snapshot, names: Iterable[str]) -> int:
    """The slots that one of these serves, by provider or by endpoint."""
    return bits.union(
        snapshot.mask("provider", name) | snapshot.mask("endpoint", name) for name in names
    )


def _requested(snapshot: Snapshot, models: tuple[str, ...], seen: int) -> Check:
    passing = 0
    for name in models:
        found = named(snapshot, name)
        if not found & seen:
            # Neither refusal nor hint may tell that others have such a model.
            known = (f[1] for f, mask in snapshot.masks.items() if f[0] == "model" and mask & seen)
            raise _unheard_of("model", name, known)
        passing |= found
    return Check(passing, Reason.MODEL_NOT_REQUESTED)


def named(snapshot: Snapshot, name: str) -> int:
    """The slots of a model, a release or an offering."""
    found = snapshot.mask("model", name) | snapshot.mask("release", name)
    slot = snapshot.slot_of.get(name)
    return found if slot is None else found | 1 << slot


def _capability(snapshot: Snapshot, wanted: str | CapabilityFloor) -> Check:
    floor = CapabilityFloor(name=wanted) if isinstance(wanted, str) else wanted

    def work() -> Check:
        levels = snapshot.groups.get(("capability", floor.name), ())
        return Check(
            has_capability(snapshot, floor.name, floor.min_level),
            Reason.CAPABILITY_MISSING,
            floor.name,
            ~bits.union(snapshot.masks[each] for each in levels),
            Reason.CAPABILITY_UNKNOWN,
        )

    return kept(snapshot.memo, ("capability", floor.name, floor.min_level), work)


def _unable(snapshot: Snapshot, require: Require, seen: int) -> InvalidRequest:
    """That nobody the caller sees has a capability: what others' own can do is not told."""
    names = [each if isinstance(each, str) else each.name for each in require.capabilities]
    masks = snapshot.masks.items()
    known = {f[1] for f, mask in masks if f[0] == "capability" and mask & seen}
    return _unheard_of("capability", next(each for each in names if each not in known), known)


def _least(snapshot: Snapshot, column: str, least: int) -> Check:
    def work() -> Check:
        passing, missing = _above(snapshot, column, least), _missing(snapshot, column)
        return Check(passing, reason, str(least), missing, unknown)

    reason, unknown = _TOO_LITTLE[column]
    return kept(snapshot.memo, ("least", column, least), work)


def _precision(snapshot: Snapshot, wanted: str, requirement: Requirement) -> Check:
    task = task_of(snapshot, requirement)

    def work() -> Check:
        floor = snapshot.floors.get(task)
        if floor is None:
            return Check(0, Reason.PRECISION_UNKNOWN, task)
        column = f"quality.{task}"
        passing, missing = (
            _above(snapshot, column, getattr(floor, wanted)),
            _missing(snapshot, column),
        )
        return Check(passing, Reason.PRECISION_TOO_LOW, task, missing, Reason.PRECISION_UNKNOWN)

    return kept(snapshot.memo, ("precision", wanted, task), work)


def task_of(snapshot: Snapshot, requirement: Requirement) -> str:
    """The task whose scores speak for a step: its own where there are any."""
    step = requirement.step
    return step if step is not None and step in snapshot.floors else GENERAL


def _resides(snapshot: Snapshot, places: tuple[str, ...]) -> Check:
    def work() -> Check:
        bound = tuple(sorted(places))
        within = lying_within(snapshot, bound)
        unknown, detail = snapshot.mask("residency"), ", ".join(bound)
        reasons = (Reason.RESIDENCY_OUTSIDE, Reason.RESIDENCY_UNKNOWN)
        return Check(within, reasons[0], detail, unknown, reasons[1])

    return kept(snapshot.memo, ("resides", places), work)


def _hosting(snapshot: Snapshot, wanted: tuple[HostingWanted, ...]) -> Check:
    def work() -> Check:
        kinds = {str(kind) for kind in wanted}
        if HostingWanted.SELF_HOSTED in wanted:
            kinds |= {str(kind) for kind in SELF_HOSTED}
        passing = bits.union(snapshot.mask("hosting", kind) for kind in kinds)
        return Check(passing, Reason.HOSTING_DIFFERS, ", ".join(wanted))

    return kept(snapshot.memo, ("hosting", wanted), work)


def _quantization(snapshot: Snapshot, wanted: tuple[str, ...]) -> Check:
    passing = bits.union(snapshot.mask("quantization", kind) for kind in wanted if kind)
    unknown, detail = snapshot.mask("quantization", ""), ", ".join(wanted)
    reasons = (Reason.QUANTIZATION_DIFFERS, Reason.QUANTIZATION_UNKNOWN)
    return Check(passing, reasons[0], detail, unknown, reasons[1])


def _at_most(
    snapshot: Snapshot, inputs: Inputs, name: str, most: Decimal, origin: str = ""
) -> Check:
    prices = prices_for(snapshot, inputs)

    def work() -> Check:
        column = prices.input if name == "input" else prices.output
        ceiling = float(most)
        # Rounding keeps the order of two amounts but where it makes them equal.
        equal = np.flatnonzero(column == ceiling)
        passing = bits.to_mask(column < ceiling)
        for slot in equal.tolist():
            amount = paid_at(snapshot, inputs, slot, name)
            passing |= (amount is not None and amount <= most) << slot
        unknown = bits.to_mask(np.isinf(column))
        reasons = (Reason.PRICE_TOO_HIGH, Reason.PRICE_UNKNOWN)
        return Check(passing, reasons[0], name, unknown, reasons[1], origin)

    return kept(snapshot.priced, ("price", name, most, prices.bracket, origin), work)


def _latency(snapshot: Snapshot, inputs: Inputs, most: int) -> Check:
    view = health_view(snapshot, inputs.health, inputs.now)
    passing = bits.to_mask(view.latency_ms <= most)
    unknown = bits.to_mask(np.isnan(view.latency_ms))
    reasons = (Reason.LATENCY_TOO_HIGH, Reason.LATENCY_UNKNOWN)
    return Check(passing, reasons[0], f"{most} ms", unknown, reasons[1])


def _above(snapshot: Snapshot, column: str, least: float) -> int:
    values = snapshot.columns.get(column)
    return 0 if values is None else bits.to_mask(values >= least)


def _missing(snapshot: Snapshot, column: str) -> int:
    values = snapshot.columns.get(column)
    return -1 if values is None else bits.to_mask(np.isnan(values))


def _unheard_of(what: str, name: str, known: Iterable[str]) -> InvalidRequest:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"`routeyard {what}s` lists them."
    return InvalidRequest(f"No {what} is called {name!r}: {hint}", field=what)
