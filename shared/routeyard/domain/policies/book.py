"""The policies in force, ready: which hold for whom, and which of their rules for a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from routeyard.domain.policies.checked import Bound
from routeyard.domain.policies.condition import VARIABLES, Loaded, bound
from routeyard.domain.policies.policy import Missing, Policy, PolicyState, Rule, name_of
from routeyard.domain.resolution import Outcome, Require, Weights

Facts = Mapping[str, Any]
# What conditions may ask of a scope: known before any request.
OF_SCOPES = frozenset(
    name for name in VARIABLES if name.partition(".")[0] in {"tenant", "project", "key"}
)
OF_PRIMARY = frozenset(name for name in VARIABLES if name.startswith("primary."))
LATENCY = "primary.latency_ms"
# What is so of all that an endpoint serves: another model there is no better off.
OF_ENDPOINT = frozenset({LATENCY, "primary.ttft_ms", "primary.health"})
# Whose policies ask for more than that (keys, say) has them worked out again.
MOST_SETS = 4_096


class ReadyRule(NamedTuple):
    """A rule with its condition loaded; `policy` is the version's id, `reads` what decides it."""

    policy: str
    rule: Rule
    condition: Loaded | None
    bound: Bound | None
    reads: tuple[str, ...]

    @classmethod
    def of(cls, policy: str, rule: Rule) -> ReadyRule:
        """Load its condition."""
        if rule.when is None:
            return cls(policy, rule, None, None, ())
        condition = Loaded(rule.when)
        return cls(policy, rule, condition, bound(rule.when), condition.reads)

    def outcome(self, values: tuple[Any, ...]) -> Outcome:
        """What becomes of it, by the values of `reads`."""
        holds = True if self.condition is None else self.condition.holds(values)
        if holds is None:
            rule = self.rule
            is_closed = rule.require is not None or bool(rule.deny) or rule.missing is Missing.APPLY
            return Outcome.FAILED_CLOSED if is_closed else Outcome.NOT_EVALUATED
        return Outcome.APPLIES if holds else Outcome.NOT_MET


class PolicySet:
    """What holds for the scopes that a set of policies is for.

    `settled`: the rules that are decided by the scope alone, with what became of them; `applied`
    those of them that apply, `measured` those that ask for what depends on the moment, `fallbacks`
    those that name some. `open`: those that a request decides. `at_primary`: those that are decided
    by what would be picked.
    """

    def __init__(self, policies: Iterable[ReadyPolicy], facts: Facts) -> None:
        held = list(policies)
        self.versions = tuple(each.id for each in held)
        self.objective: Weights | None = next((p.objective for p in held if p.objective), None)
        self.settled: list[tuple[ReadyRule, Outcome]] = []
        self.open: list[ReadyRule] = []
        self.at_primary: list[ReadyRule] = []
        for rule in (rule for each in held for rule in each.rules):
            if not OF_PRIMARY.isdisjoint(rule.reads):
                self.at_primary.append(rule)
            elif OF_SCOPES.issuperset(rule.reads):
                self.settled.append((rule, rule.outcome(tuple(map(facts.get, rule.reads)))))
            else:
                self.open.append(rule)
        self.applied = tuple(rule for rule, outcome in self.settled if applies(outcome))
        self.measured = tuple(
            each
            for each in self.applied
            if each.rule.require is not None and is_measured(each.rule.require)
        )
        self.fallbacks = tuple(each for each in self.applied if each.rule.fallback)
        self.not_evaluated = sum(is_unevaluated(outcome) for _, outcome in self.settled)


class ReadyPolicy(NamedTuple):
    """A version, ready. `objective` is what counts where it holds."""

    id: str
    match: Loaded | None
    objective: Weights | None
    rules: tuple[ReadyRule, ...]

    @classmethod
    def of(cls, policy: Policy) -> ReadyPolicy:
        """Load its conditions."""
        rules = tuple(ReadyRule.of(policy.id, rule) for rule in policy.rules)
        match = None if policy.match is None else Loaded(policy.match)
        return cls(policy.id, match, _proportions(policy.objective), rules)

    def conditions(self) -> Iterator[Loaded]:
        """All of them."""
        if self.match is not None:
            yield self.match
        yield from (rule.condition for rule in self.rules if rule.condition is not None)


class Book:
    """Policies by whom they are of. A tenant's own go before the platform's, each by name.

    Those for whom the same rules apply have the same set; sets are made when first needed.
    """

    def __init__(self, policies: Iterable[Policy] = ()) -> None:
        self._platforms: list[ReadyPolicy] = []
        self._own: dict[str, list[ReadyPolicy]] = {}
        for policy in sorted(policies, key=lambda each: each.name):
            held = self._platforms if policy.tenant is None else self._of(policy.tenant)
            held.append(ReadyPolicy.of(policy))
        everybody = (*self._platforms, *(p for own in self._own.values() for p in own))
        asked = {name for each in everybody for c in each.conditions() for name in c.reads}
        self.reads = tuple(sorted(asked & OF_SCOPES))
        self._sets: dict[tuple[Any, ...], PolicySet] = {}
        self._alike: dict[tuple[Any, ...], PolicySet] = {}

    def set_for(self, tenant: str | None, facts: Facts) -> PolicySet:
        """The policies that hold for a scope of which `facts` tells all that they read."""
        own = self._own.get(tenant or "", ())
        key = (tenant if own else None, *[facts[name] for name in self.reads])
        held = self._sets.get(key)
        if held is None:
            if len(self._sets) >= MOST_SETS:
                self._sets.clear()
                self._alike.clear()
            matching = (each for each in (*own, *self._platforms) if _matches(each, facts))
            held = self._sets[key] = self._one_of(PolicySet(matching, facts))
        return held

    def counterpart(self, version: str) -> str | None:
        """The version in here of the policy that `version` is one of."""
        tenant, slash, _ = version.partition("/")
        held = self._own.get(tenant, ()) if slash else self._platforms
        name = name_of(version)
        return next((each.id for each in held if name_of(each.id) == name), None)

    def _one_of(self, made: PolicySet) -> PolicySet:
        """The set that is like it: what snapshots work out for one is not worked out for each."""
        outcomes = (outcome for _, outcome in made.settled)
        return self._alike.setdefault((made.versions, *outcomes), made)

    def _of(self, tenant: str) -> list[ReadyPolicy]:
        return self._own.setdefault(tenant, [])


def active(policies: Iterable[Policy]) -> Book:
    """The policies that decide."""
    return Book(each for each in policies if each.state is PolicyState.ACTIVE)


def shadowed(policies: Iterable[Policy]) -> Book | None:
    """Those that would if every shadow version took its active one's place; None without any."""
    held = list(policies)
    shadows = {(p.tenant, p.name): p for p in held if p.state is PolicyState.SHADOW}
    if not shadows:
        return None
    kept = [
        each
        for each in held
        if each.state is PolicyState.ACTIVE and (each.tenant, each.name) not in shadows
    ]
    return Book([*kept, *shadows.values()])


def applies(outcome: Outcome) -> bool:
    """Whether a rule does what it says."""
    return outcome is Outcome.APPLIES or outcome is Outcome.FAILED_CLOSED


def _proportions(weights: Weights | None) -> Weights | None:
    """The same proportions, summing up to 1."""
    total = 0.0 if weights is None else weights.cost + weights.quality + weights.latency
    if weights is None or total <= 0.0:
        return None
    return Weights(
        cost=weights.cost / total, quality=weights.quality / total, latency=weights.latency / total
    )


def is_measured(require: Require) -> bool:
    """Whether it asks for a quality, a price or a latency: for what depends on the moment."""
    return (
        require.precision is not None
        or require.max_price_per_mtok is not None
        or require.max_latency_ms is not None
    )


def is_unevaluated(outcome: Outcome) -> bool:
    """Whether its condition could not be evaluated."""
    return outcome is Outcome.NOT_EVALUATED or outcome is Outcome.FAILED_CLOSED


def _matches(policy: ReadyPolicy, facts: Facts) -> bool:
    """Whether it holds for a scope; one that cannot be told about holds: it may restrict."""
    if policy.match is None:
        return True
    return policy.match.holds(tuple(map(facts.get, policy.match.reads))) is not False
