"""What applies to a scope, and where it comes from."""

import strawberry

from routeyard.domain import scopes
from routeyard.domain.overrides import Author, OverrideKind, ScopeLevel
from routeyard.domain.scopes import Outcome
from routeyard.domain.tenancy import LimitKind, Scope
from services.registry.graphql.customers import Override, Target
from services.registry.graphql.described import described
from services.registry.graphql.values import amount


@described
class Applied:
    """One thing said for the scope or for one around it, and what became of it.

    `origin` is an override's id, or `tier:…`, `class:…`, `tenant:…`, `project:…`. What does not
    apply tells why in `outcome`, and in `because` which other one took its place.
    """

    level: ScopeLevel
    author: Author
    origin: str
    kind: OverrideKind | None
    targets: list[Target]
    limit: LimitKind | None
    value: str | None
    residency: list[str]
    outcome: Outcome
    because: str | None
    override: Override | None

    @classmethod
    def of(cls, verdict: scopes.Verdict, *, is_operator: bool) -> "Applied":
        """As GraphQL shows it."""
        said = verdict.said
        override = said.override
        return cls(
            level=said.level,
            author=said.author,
            origin=said.origin,
            kind=said.kind,
            targets=[Target.of(each) for each in said.aims],
            limit=said.limit,
            value=amount(said.value),
            residency=list(said.residency),
            outcome=verdict.outcome,
            because=verdict.because or None,
            override=None if override is None else Override.of(override, is_operator=is_operator),
        )


@described
class AllowList:
    """A candidate has to be met by one of the targets."""

    origins: list[str]
    targets: list[Target]

    @classmethod
    def of(cls, group: tuple[scopes.Said, ...]) -> "AllowList":
        """As GraphQL shows it."""
        return cls(
            origins=[said.origin for said in group],
            targets=[Target.of(aim) for said in group for aim in said.aims],
        )


@described
class EffectiveLimit:
    """The most of something, and who set it."""

    kind: LimitKind
    value: str
    origin: str


@described
class EffectiveScope:
    """What applies to a scope: every list of `allowed` has to be met, every bound of `residency`.

    `said` is everything on the way from the platform down, widest first.
    """

    tenant: strawberry.ID
    project: str | None
    key: str | None
    allowed: list[AllowList]
    denied: list[Target]
    limits: list[EffectiveLimit]
    residency: list[list[str]]
    aliases: list[str]
    profiles: list[str]
    said: list[Applied]

    @classmethod
    def of(cls, scope: Scope, rules: scopes.Effective, *, is_operator: bool) -> "EffectiveScope":
        """As GraphQL shows it."""
        return cls(
            tenant=strawberry.ID(scope.tenant or ""),
            project=scope.project,
            key=scope.key,
            allowed=[AllowList.of(group) for group in rules.allowed],
            denied=[Target.of(aim) for said in rules.denied for aim in said.aims],
            limits=[
                EffectiveLimit(kind=kind, value=str(said.value), origin=said.origin)
                for kind, said in rules.limits.items()
            ],
            residency=[list(said.residency) for said in rules.residency],
            aliases=sorted(rules.aliases),
            profiles=sorted(rules.profiles),
            said=[Applied.of(each, is_operator=is_operator) for each in rules.verdicts],
        )
