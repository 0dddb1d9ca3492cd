"""Routing policies: what they say, where their versions stand."""

from typing import Annotated

import msgspec
import strawberry
from strawberry.scalars import JSON

from routeyard.domain import replay
from routeyard.domain.claims import Kind
from routeyard.domain.difference import Change
from routeyard.domain.policies import policy as policies
from routeyard.domain.policies.condition import Condition
from routeyard.domain.policies.policy import Missing, PolicyState
from routeyard.domain.review import difference
from services.registry.admission import MAX_TEXT
from services.registry.commands.policies import Report
from services.registry.graphql.context import Info
from services.registry.graphql.customers import Target
from services.registry.graphql.described import described, field
from services.registry.graphql.lists import page
from services.registry.graphql.pagination import DEFAULT_FIRST, Connection, bounded
from services.registry.policies.text import Noted
from services.registry.reads import Wanted


@described
class PolicyRule:
    """One rule. `when` is its condition; without one it always applies.

    `fallback` are models. `missing`: what becomes of a preference or a fallback whose condition
    cannot be evaluated; what is required and denied applies then.
    """

    name: str
    when: str | None
    require: JSON | None
    deny: list[Target]
    prefer: JSON | None
    fallback: list[str]
    missing: Missing

    @classmethod
    def of(cls, rule: policies.Rule) -> "PolicyRule":
        """As GraphQL shows it."""
        return cls(
            name=rule.name,
            when=_text(rule.when),
            require=None if rule.require is None else msgspec.to_builtins(rule.require),
            deny=[Target.of(each) for each in rule.deny],
            prefer=None if rule.prefer is None else msgspec.to_builtins(rule.prefer),
            fallback=list(rule.fallback),
            missing=rule.missing,
        )


@described
class PolicyObjective:
    """How much cost, quality and latency count; only their proportions matter."""

    cost: float
    quality: float
    latency: float


@described
class Policy:
    """A version of a routing policy, `name@3`, or of a tenant's own, `tenant/name@3`.

    What it says never changes; where it stands (`state`) does, and `reason` and `actor` are of
    the last such change. `document` is its text. `match` says for whom it is.
    """

    id: strawberry.ID
    name: str
    version: int
    state: PolicyState
    tenant: str | None
    match: str | None
    rules: list[PolicyRule]
    objective: PolicyObjective | None
    document: str
    reason: str
    actor: str

    @classmethod
    def of(cls, policy: policies.Policy) -> "Policy":
        """As GraphQL shows it."""
        weights = policy.objective
        return cls(
            id=strawberry.ID(policy.id),
            name=policy.name,
            version=policy.version,
            state=policy.state,
            tenant=policy.tenant,
            match=_text(policy.match),
            rules=[PolicyRule.of(each) for each in policy.rules],
            objective=None
            if weights is None
            else PolicyObjective(
                cost=weights.cost, quality=weights.quality, latency=weights.latency
            ),
            document=policy.document,
            reason=policy.reason,
            actor=policy.actor,
        )


@described
class PolicyNote:
    """Something about a place in a document: lines and columns from 1."""

    line: int
    column: int
    message: str

    @classmethod
    def of(cls, noted: Noted) -> "PolicyNote":
        """As GraphQL shows it."""
        return cls(line=noted.line, column=noted.column, message=noted.message)


@described
class PolicyTest:
    """A test in a document; of one that fails, what came out."""

    name: str
    passed: bool
    message: str

    @classmethod
    def all_of(cls, found: Report) -> "list[PolicyTest]":
        """Every test of a document."""
        tests = () if found.written is None else found.written.draft.tests
        return [
            cls(
                name=test.name or f"test {number + 1}",
                passed=number not in found.failed,
                message=found.failed.get(number, ""),
            )
            for number, test in enumerate(tests)
        ]


@described
class PolicyReport:
    """What there is to say of a document. With `errors` it would not be published."""

    name: str | None
    tests: list[PolicyTest]
    errors: list[PolicyNote]
    warnings: list[PolicyNote]


@described
class PolicyPart:
    """A field before and after; null where it is not there."""

    field: str
    before: JSON | None
    after: JSON | None

    @classmethod
    def of(cls, part: difference.Part) -> "PolicyPart":
        """As GraphQL shows it."""
        return cls(field=part.field, before=part.before, after=part.after)


@described
class RuleChange:
    """What happened to a rule."""

    rule: str
    change: Change
    parts: list[PolicyPart]


@described
class DecisionMove:
    """A request that is answered otherwise: the offerings that would be tried, before and after.

    `isElsewhere`: another one is tried first, not only others after it. `firstMsBefore` and
    `firstMsAfter`: how long the first attempt may take, in milliseconds; null is not bounded.
    """

    asked: str
    before: list[strawberry.ID]
    after: list[strawberry.ID]
    is_elsewhere: bool
    first_ms_before: int | None
    first_ms_after: int | None

    @classmethod
    def of(cls, move: replay.Move) -> "DecisionMove":
        """As GraphQL shows it."""
        return cls(
            asked=move.case.name,
            before=[strawberry.ID(each) for each in move.before.chain],
            after=[strawberry.ID(each) for each in move.after.chain],
            is_elsewhere=move.is_elsewhere,
            first_ms_before=move.before.first_attempt_ms,
            first_ms_after=move.after.first_attempt_ms,
        )


@described
class PolicyDiff:
    """What lies between two versions; of `cases` requests, `moved` are answered otherwise."""

    parts: list[PolicyPart]
    rules: list[RuleChange]
    cases: int
    moved: int
    moves: list[DecisionMove]

    @classmethod
    def of(cls, told: difference.VersionDifference, most: int) -> "PolicyDiff":
        """As GraphQL shows it, with the first of the moves."""
        return cls(
            parts=[PolicyPart.of(each) for each in told.parts],
            rules=[
                RuleChange(
                    rule=each.rule,
                    change=each.change,
                    parts=[PolicyPart.of(part) for part in each.parts],
                )
                for each in told.rules
            ],
            cases=told.comparison.cases,
            moved=len(told.comparison.moves),
            moves=[DecisionMove.of(each) for each in told.comparison.moves[:most]],
        )


@described
class AboutPolicies:
    """Questions about routing policies."""

    @field
    async def policies(
        self,
        info: Info,
        tenant: strawberry.ID | None = None,
        name: str | None = None,
        state: PolicyState | None = None,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Policy]:
        """Versions by id: of one tenant's own, of a name, in a state, or all the caller sees.

        A tenant sees its own; which of the platform's hold for it, its answers name.
        """
        wanted = Wanted(tenant=tenant, name=name, state=state)
        return await page(self, info, Kind.POLICY, wanted, first, after, Policy.of)

    @field
    async def policy(
        self,
        info: Info,
        name: str,
        tenant: strawberry.ID | None = None,
        version: int | None = None,
    ) -> Policy | None:
        """A version: that of the number, else the one that decides, else the newest.

        Null when there is none, or none the caller may see.
        """
        info.context.spend(1)
        found = await versions(info, name, tenant)
        if version is not None:
            return next((Policy.of(each) for each in found if each.version == version), None)
        active = [each for each in found if each.state is PolicyState.ACTIVE]
        return Policy.of((active or found)[-1]) if found else None

    @field
    async def check_policy(
        self, info: Info, document: str, tenant: strawberry.ID | None = None
    ) -> PolicyReport:
        """Whether a document could be published, with its tests run; nothing is kept.

        For those who may publish it.
        """
        found = await info.context.services.commands.policies.check(
            info.context.principal, document, tenant
        )
        return PolicyReport(
            name=None if found.written is None else found.written.draft.name,
            tests=PolicyTest.all_of(found),
            errors=[PolicyNote.of(each) for each in found.errors],
            warnings=[PolicyNote.of(each) for each in found.warnings],
        )

    @field
    async def policy_diff(
        self,
        info: Info,
        name: str,
        from_: Annotated[int, strawberry.argument(name="from")],
        to: int,
        tenant: strawberry.ID | None = None,
        first: int = DEFAULT_FIRST,
    ) -> PolicyDiff | None:
        """What lies between two versions, and which decisions move; null where one is not seen.

        Asked is what every kind of caller may ask, and what the tests in both documents do.
        """
        most = bounded(info.context, first)
        found = {each.version: each for each in await versions(info, name, tenant)}
        if from_ not in found or to not in found:
            return None
        examiner = info.context.services.commands.policies.examiner
        told = await examiner.difference(found[from_], found[to])
        return PolicyDiff.of(told, most)


async def versions(info: Info, name: str, tenant: str | None) -> list[policies.Policy]:
    """All versions of a policy that the caller sees, the first one first."""
    if "\x00" in name or len(name) > MAX_TEXT:
        return []
    own = tenant or info.context.principal.scope.tenant
    wanted = Wanted(tenant=own, name=name, is_platforms=own is None)
    found = await info.context.reading.page(Kind.POLICY, wanted, MOST_VERSIONS, None)
    held = [each for each in found.items if isinstance(each, policies.Policy)]
    return sorted(held, key=lambda each: each.version)


MOST_VERSIONS = 200


def _text(condition: Condition | None) -> str | None:
    return None if condition is None else condition.text
