"""Bugs to be put into the compiled resolver one at a time: what holds it to the specification
finds each of them."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
import pytest

from routeyard.domain import (
    constraints,
    facts,
    overlay,
    picking,
    pricing,
    ranking,
    resolver,
    rulings,
    scopes,
    tariffs,
)
from routeyard.domain import snapshot as snapshots
from routeyard.domain.catalog import Mode, PriceWindow
from routeyard.domain.claims import Kind
from routeyard.domain.overrides import Override, OverrideKind, ScopeLevel
from routeyard.domain.policies import book, checked, condition
from routeyard.domain.policies.policy import Policy, PolicyState
from routeyard.domain.resolution import (
    GENERAL,
    Inputs,
    Outcome,
    ProviderPreferences,
    Reason,
    Require,
)
from routeyard.domain.scopes import Said
from routeyard.domain.snapshot import ALIVE, Snapshot
from tests.domain.differential import cases

Patch = pytest.MonkeyPatch
BUGS: dict[str, Callable[[Patch], None]] = {}


class Caught(NamedTuple):
    """The first case that differs: its number among all, and what it differs in."""

    case: int
    seed: int
    fields: tuple[str, ...]


def first_caught(name: str, worlds: int) -> Caught | None:
    """Where a bug is found in the first so many worlds."""
    number = 0
    with Patch.context() as patch:
        BUGS[name](patch)
        for seed in range(worlds):
            for case in cases(seed):
                number += 1
                if case.differences:
                    return Caught(number, seed, tuple(case.differences))
    return None


def bug(put: Callable[[Patch], None]) -> Callable[[Patch], None]:
    """The function's name says the bug."""
    BUGS[put.__name__.replace("_", " ")] = put
    return put


def without(reason: Reason) -> Callable[[Patch], None]:
    """Fallbacks are taken from all who satisfy everything but one kind of constraint."""

    def put(patch: Patch) -> None:
        met, picks, held = constraints.constraints, resolver._picks, dict[str, Any]()

        def noted(*given: Any) -> Any:
            held["seen"], held["found"] = given[-1], met(*given)
            return held["found"]

        def wider(solve: Any, eligible: int, _: int) -> Any:
            others = held["seen"]
            for check in held["found"].all():
                if check.reason not in (reason, Reason.MODEL_NOT_REQUESTED):
                    others &= check.passing
            return picks(solve, eligible, others)

        patch.setattr(resolver, "constraints", noted)
        patch.setattr(resolver, "_picks", wider)

    return put


BUGS["fallbacks leave residency"] = without(Reason.RESIDENCY_OUTSIDE)
BUGS["fallbacks leave what is entitled"] = without(Reason.NOT_ALLOWED)
BUGS["fallbacks may be what a policy denies"] = without(Reason.DENIED_BY_POLICY)


@bug
def an_expired_override_still_holds(patch: Patch) -> None:
    is_live = scopes._Sorting._is_live

    def forever(self: Any, said: Said, override: Override) -> bool:
        return is_live(self, said, msgspec.structs.replace(override, expires_at=None))

    patch.setattr(scopes._Sorting, "_is_live", forever)


@bug
def a_key_denies_nothing(patch: Patch) -> None:
    said = scopes._rules

    def lenient(tenancy: Any, place: Any) -> Iterator[Said]:
        for each in said(tenancy, place):
            if each.level is not ScopeLevel.KEY or each.kind is not OverrideKind.DENY:
                yield each

    patch.setattr(scopes, "_rules", lenient)


@bug
def a_project_is_not_bound_to_its_residency(patch: Patch) -> None:
    bound = scopes._bound

    def loose(level: ScopeLevel, *given: Any) -> Iterator[Said]:
        yield from () if level is ScopeLevel.PROJECT else bound(level, *given)

    patch.setattr(scopes, "_bound", loose)


@bug
def a_list_below_adds_to_the_one_above(patch: Patch) -> None:
    allowed = scopes._Sorting._allowed

    def wider(self: Any, said: list[Said]) -> Any:
        groups = allowed(self, said)
        return (tuple(each for group in groups for each in group),) if groups else ()

    patch.setattr(scopes._Sorting, "_allowed", wider)


@bug
def a_limit_on_what_is_given_is_forgotten(patch: Patch) -> None:
    ceilings = rulings.ceilings
    patch.setattr(
        rulings, "ceilings", lambda rules: tuple(e for e in ceilings(rules) if e[0] == "input")
    )


@bug
def a_roll_out_is_decided_once_for_a_scope(patch: Patch) -> None:
    terms = rulings._terms

    def once(snapshot: Snapshot, scope: Any, now: datetime, _: str, said_at: Any) -> Any:
        return terms(snapshot, scope, now, "", said_at)

    patch.setattr(rulings, "_terms", once)


@bug
def ties_go_the_other_way(patch: Patch) -> None:
    tie = snapshots.tie
    patch.setattr(snapshots, "tie", lambda offering: 1e-9 - tie(offering))


@bug
def a_warm_prompt_counts_everywhere(patch: Patch) -> None:
    patch.setattr(
        ranking, "slots_of", lambda snapshot, *_: ranking._slots(snapshot, snapshot.masks[ALIVE])
    )


@bug
def a_window_ends_at_midnight(patch: Patch) -> None:
    def within(window: PriceWindow, at: time) -> bool:
        return window.start <= at < window.end

    patch.setattr(tariffs, "is_within", within)


@bug
def a_tier_begins_at_its_threshold(patch: Patch) -> None:
    bracket = tariffs.Tariffs.bracket
    patch.setattr(
        tariffs.Tariffs, "bracket", lambda self, tokens, at: bracket(self, tokens + 1, at)
    )


@bug
def an_unknown_price_is_free(patch: Patch) -> None:
    def free(amount: Decimal | None) -> float:
        return float(amount or 0)

    patch.setattr(tariffs, "unknown_as_infinite", free)
    patch.setattr(snapshots, "_UNKNOWN", dict.fromkeys(snapshots._UNKNOWN, 0.0))


@bug
def prices_outlive_their_change(patch: Patch) -> None:
    changed = snapshots._with_catalog

    def stale(snapshot: Snapshot, *given: Any) -> Snapshot:
        moved = changed(snapshot, *given)
        return moved._replace(priced=snapshot.priced if moved.size == snapshot.size else {})

    patch.setattr(snapshots, "_with_catalog", stale)


@bug
def what_is_kept_outlives_any_change_of_the_catalog(patch: Patch) -> None:
    patch.setattr(snapshots, "_is_repriced", lambda *_: True)


@bug
def terms_outlive_a_change_of_tiers(patch: Patch) -> None:
    patch.setattr(snapshots, "_FOR_ALL", snapshots._FOR_ALL - {Kind.TIER})


@bug
def terms_outlive_a_change_of_policies(patch: Patch) -> None:
    patch.setattr(snapshots, "_FOR_ALL", snapshots._FOR_ALL - {Kind.POLICY})


@bug
def a_slot_keeps_what_it_was(patch: Patch) -> None:
    move = snapshots._move
    patch.setattr(snapshots, "_move", lambda masks, at, _, new: move(masks, at, None, new))


@bug
def what_is_retired_answers_for_one_more_day(patch: Patch) -> None:
    retires = snapshots._retires
    patch.setattr(snapshots, "_retires", lambda *given: retires(*given) + 1)


@bug
def a_retired_model_answers_where_its_release_does(patch: Patch) -> None:
    retires = snapshots._retires
    patch.setattr(
        snapshots, "_retires", lambda offering, _, release: retires(offering, offering, release)
    )


@bug
def load_is_shared_with_endpoints_that_are_worse(patch: Patch) -> None:
    patch.setattr(picking, "CLOSE", 0.5)


@bug
def shares_are_ignored(patch: Patch) -> None:
    patch.setattr(picking, "_weighted", lambda *_: None)


@bug
def a_sticky_key_does_not_stick(patch: Patch) -> None:
    patch.setattr(picking, "_draw", lambda inputs: inputs.draw)


@bug
def the_order_of_providers_is_ignored(patch: Patch) -> None:
    order = ranking._order

    def unordered(snapshot: Snapshot, inputs: Inputs, *given: Any) -> None:
        requirement = msgspec.structs.replace(inputs.requirement, provider=None)
        order(snapshot, msgspec.structs.replace(inputs, requirement=requirement), *given)

    patch.setattr(ranking, "_order", unordered)


@bug
def what_a_caller_ignores_is_taken_all_the_same(patch: Patch) -> None:
    preferred = constraints._preferred

    def lenient(snapshot: Snapshot, inputs: Inputs, wanted: ProviderPreferences) -> Any:
        return preferred(snapshot, inputs, msgspec.structs.replace(wanted, ignore=()))

    patch.setattr(constraints, "_preferred", lenient)


@bug
def a_requirement_that_cannot_be_evaluated_is_let_go(patch: Patch) -> None:
    outcome = book.ReadyRule.outcome

    def open_(self: book.ReadyRule, *given: Any) -> Outcome:
        found = outcome(self, *given)
        return Outcome.NOT_EVALUATED if found is Outcome.FAILED_CLOSED else found

    patch.setattr(book.ReadyRule, "outcome", open_)


@bug
def a_shadow_decides(patch: Patch) -> None:
    def all_of_them(policies: Any) -> book.Book:
        states = (PolicyState.ACTIVE, PolicyState.SHADOW)
        return book.Book(each for each in policies if each.state in states)

    patch.setattr(book, "active", all_of_them)


@bug
def the_last_objective_counts(patch: Patch) -> None:
    begin = book.PolicySet.__init__

    def last(self: book.PolicySet, policies: Any, of: Mapping[str, Any]) -> None:
        held = list(policies)
        begin(self, held, of)
        self.objective = next((p.objective for p in reversed(held) if p.objective), None)

    patch.setattr(book.PolicySet, "__init__", last)


@bug
def policies_go_by_version(patch: Patch) -> None:
    made = book.Book

    def by_id(policies: Any) -> book.Book:
        def other(policy: Policy) -> Policy:
            return msgspec.structs.replace(policy, name=policy.id)

        return made(map(other, policies))

    patch.setattr(book, "Book", by_id)


@bug
def the_primary_is_as_slow_as_its_last_probe(patch: Patch) -> None:
    def probed(of: facts.Circumstances) -> Any:
        inputs = msgspec.structs.replace(of.inputs, load={})
        return facts._latency(of._replace(inputs=inputs))

    patch.setattr(facts, "_FACTS", {**facts._FACTS, "primary.latency_ms": probed})


@bug
def health_never_expires(patch: Patch) -> None:
    view = overlay._view
    ever = datetime(1, 1, 1, tzinfo=UTC)
    patch.setattr(overlay, "_view", lambda snapshot, health, _: view(snapshot, health, ever))


@bug
def health_is_looked_at_once(patch: Patch) -> None:
    view = overlay._view
    since, until = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    patch.setattr(overlay, "_view", lambda *given: view(*given)._replace(since=since, until=until))


@bug
def a_profile_answers_in_the_mode_of_the_request(patch: Patch) -> None:
    reachable = constraints._reachable

    def other(snapshot: Snapshot, inputs: Inputs, _: Mode) -> Any:
        return reachable(snapshot, inputs, inputs.requirement.require.mode)

    patch.setattr(constraints, "_reachable", other)


@bug
def the_general_floor_stands_for_every_step(patch: Patch) -> None:
    patch.setattr(constraints, "task_of", lambda *_: GENERAL)


@bug
def what_others_own_is_seen(patch: Patch) -> None:
    patch.setattr(resolver, "visible", lambda snapshot, _: snapshot.masks.get(ALIVE, 0))


@bug
def what_others_own_can_do_is_told(patch: Patch) -> None:
    asked = constraints._asked

    def by_anybody(snapshot: Snapshot, require: Require) -> constraints.Asked:
        found = asked(snapshot, require)
        return found._replace(able=tuple(-1 if each else 0 for each in found.able))

    patch.setattr(constraints, "_asked", by_anybody)


@bug
def nobody_asks_for_the_quota(patch: Patch) -> None:
    met = constraints.constraints

    def unlimited(snapshot: Snapshot, inputs: Inputs, *given: Any) -> Any:
        return met(snapshot, msgspec.structs.replace(inputs, is_exhausted=False), *given)

    patch.setattr(resolver, "constraints", unlimited)


@bug
def what_is_not_known_to_have_a_capability_has_it(patch: Patch) -> None:
    has = rulings.has_capability

    def unknown_too(snapshot: Snapshot, name: str, least: float) -> int:
        levels = snapshot.groups.get(("capability", name), ())
        known = 0
        for each in levels:
            known |= snapshot.masks[each]
        return has(snapshot, name, least) | ~known

    patch.setattr(constraints, "has_capability", unknown_too)


@bug
def an_endpoint_without_places_is_inside_all(patch: Patch) -> None:
    resides = constraints._resides

    def lenient(snapshot: Snapshot, *given: Any) -> Any:
        found = resides(snapshot, *given)
        return found._replace(passing=found.passing | snapshot.mask("residency"))

    patch.setattr(constraints, "_resides", lenient)


@bug
def a_worse_standing_can_be_made_up_for(patch: Patch) -> None:
    patch.setattr(ranking, "STANDING_STEP", 0.1)


@bug
def the_last_fallback_goes_first(patch: Patch) -> None:
    best_of = picking._best_of
    patch.setattr(
        picking,
        "_best_of",
        lambda snapshot, models, *given: best_of(snapshot, tuple(reversed(models)), *given),
    )


@bug
def a_bound_is_passed_by_what_is_just_as_slow(patch: Patch) -> None:
    bound = condition.bound

    def later(given: Any) -> Any:
        found = bound(given)
        return None if found is None else found._replace(most=found.most + 1)

    patch.setattr(book, "bound", later)


@bug
def a_bound_is_read_from_one_side_alone(patch: Patch) -> None:
    patch.setattr(
        checked, "_ABOVE", {sign: of for sign, of in checked._ABOVE.items() if of[0] == 0}
    )


@bug
def what_is_below_is_above(patch: Patch) -> None:
    patch.setattr(checked, "_ABOVE", checked._ABOVE | {b"_<_": (0, 0)})


@bug
def a_slow_endpoint_is_fallen_back_to(patch: Patch) -> None:
    patch.setattr(picking, "_avoided", lambda *_: "")


@bug
def a_dear_endpoint_is_avoided_as_well(patch: Patch) -> None:
    patch.setattr(picking, "OF_ENDPOINT", frozenset(book.OF_PRIMARY))


@bug
def a_ceiling_gives_way_by_less_than_a_float_can_tell(patch: Patch) -> None:
    paid = pricing.paid_at

    def rounded(*given: Any) -> Decimal | None:
        found = paid(*given)
        return None if found is None else Decimal(float(found))

    patch.setattr(constraints, "paid_at", rounded)


@bug
def a_ceiling_is_not_to_be_reached(patch: Patch) -> None:
    patch.setattr(constraints, "paid_at", lambda *_: None)


@bug
def cohorts_are_drawn_by_slot(patch: Patch) -> None:
    patch.setattr(picking, "_by_name", lambda _, slots: sorted(slots))


@bug
def money_is_what_floats_make_of_it(patch: Patch) -> None:
    estimate = pricing.cost_estimate

    def rounded(*given: Any) -> Decimal | None:
        found = estimate(*given)
        return None if found is None else Decimal(float(found)) + Decimal(math.ulp(0.0))

    patch.setattr(resolver, "cost_estimate", rounded)
