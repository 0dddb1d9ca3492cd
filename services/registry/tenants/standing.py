"""How the things that a folder is about stand in a running registry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.overrides import Author
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask
from services.registry.tenants import questions, translated
from services.registry.tenants.declared import Declared, Lists
from services.registry.tenants.orders import Given
from services.registry.tenants.plan import Held

Environment = Mapping[str, str]
Answer = dict[str, Any]

# As many tenants with all that is theirs as one query may come to.
CHUNK = 25
NESTED = 200
_TENANTS = (
    "query($ids: [ID!], $first: Int!, $nested: Int!) { tenants(ids: $ids, first: $first) { nodes { "
    f"{questions.TENANT} "
    f"projects(first: $nested) {{ nodes {{ {questions.PROJECT} }} pageInfo {{ hasNextPage }} }} "
    f"overrides(first: $nested) {{ nodes {{ {questions.OVERRIDE} }} pageInfo {{ hasNextPage }} }} "
    "} } }"
)


def revision(environ: Environment) -> int:
    """The newest revision."""
    return int(ask(StackFile.find(environ), "{ revision }")["revision"])


def held(environ: Environment, declared: Declared) -> dict[EntityRef, Held]:
    """Everything there is of what a folder is about."""
    found: dict[EntityRef, Held] = {}
    if any(ref.kind is Kind.TIER for ref in declared.things):
        for node in questions.listed(environ, "tiers", questions.TIER):
            found[EntityRef(Kind.TIER, node["id"])] = Held(translated.tier(node), node)
    if declared.classes:
        for node in questions.listed(environ, "tenantClasses", questions.CLASS):
            ref = EntityRef(Kind.TENANT_CLASS, node["id"])
            found[ref] = Held(translated.tenant_class(node), node)
    found |= _rules_of_all(environ, declared)
    for node in tenants(environ, sorted(declared.tenants)):
        found |= of_tenant(node, declared.tenants[node["id"]])
    return found


def tenants(environ: Environment, names: Sequence[str]) -> Iterator[Answer]:
    """Tenants by name, each with all its projects and rules."""
    for start in range(0, len(names), CHUNK):
        ids = list(names[start : start + CHUNK])
        variables = {"ids": ids, "first": CHUNK, "nested": NESTED}
        answer = ask(StackFile.find(environ), _TENANTS, variables)
        for node in answer["tenants"]["nodes"]:
            yield {
                **node,
                "projects": _all(environ, node, "projects", questions.PROJECT),
                "overrides": _all(environ, node, "overrides", questions.OVERRIDE),
            }


def _all(environ: Environment, tenant: Answer, field: str, shape: str) -> list[Answer]:
    nodes: list[Answer] = tenant[field]["nodes"]
    if not tenant[field]["pageInfo"]["hasNextPage"]:
        return nodes
    return questions.listed(environ, field, shape, {"tenant": Given("ID!", tenant["id"])})


def of_tenant(node: Answer, lists: Lists) -> Iterator[tuple[EntityRef, Held]]:
    """A tenant and all that is its, with what the folder states in full."""
    yield EntityRef(Kind.TENANT, node["id"]), Held(translated.tenant(node), node)
    for project in node["projects"]:
        ref = EntityRef(Kind.PROJECT, project["id"])
        yield ref, Held(translated.project(project), project, lists.projects)
    for rule in node["overrides"]:
        is_platforms = translated.author(rule) is Author.PLATFORM
        is_listed = lists.overrides if is_platforms else lists.own_overrides
        yield _rule(rule, is_listed=is_listed)


def _rules_of_all(environ: Environment, declared: Declared) -> Iterator[tuple[EntityRef, Held]]:
    """What is said for classes, and for everyone, where the folder speaks of it."""
    if any(lists.overrides for lists in declared.classes.values()):
        for rule in level(environ, "CLASS"):
            lists = declared.classes.get(rule["tenantClass"])
            if lists is not None:
                yield _rule(rule, is_listed=lists.overrides)
    if declared.has_platform:
        for rule in level(environ, "PLATFORM"):
            yield _rule(rule, is_listed=True)


def level(environ: Environment, name: str) -> list[Answer]:
    """All rules of a level."""
    given = {"level": Given("ScopeLevel", name)}
    return questions.listed(environ, "overrides", questions.OVERRIDE, given)


def _rule(node: Answer, *, is_listed: bool) -> tuple[EntityRef, Held]:
    return EntityRef(Kind.OVERRIDE, node["id"]), Held(translated.rule(node), node, is_listed)
