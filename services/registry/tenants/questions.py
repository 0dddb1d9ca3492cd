"""What the commands about tenants ask of a running registry, in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeyard.domain.errors import InvalidRequest
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask
from services.registry.tenants.orders import Given

Environment = Mapping[str, str]
Answer = dict[str, Any]

PAGE = 200
TARGETS = "{ kind id }"
LIMITS = "{ kind value }"
TENANT = "id name tenantClass residency tier allowedNetworks"
CLASS = "id name tier residency"
TIER = f"id name allow {TARGETS} limits {LIMITS}"
PROJECT = "id tenant name residency"
OVERRIDE = (
    "id name author level tenantClass tenant project key kind targetKind target model weight "
    "require limit value rollout { percent salt } reason actor expiresAt"
)
KEY = "id label role tenant project createdAt expiresAt revokedAt rotates"
_APPLIED = (
    "level author origin kind targets { kind id } limit value residency outcome because "
    f"override {{ {OVERRIDE} }}"
)
_EFFECTIVE = (
    "tenant project key allowed { origins targets { kind id } } denied { kind id } "
    "limits { kind value origin } residency aliases profiles "
    f"said {{ {_APPLIED} }}"
)


def listed(
    environ: Environment,
    field: str,
    shape: str,
    arguments: Mapping[str, Given] | None = None,
    most: int | None = None,
) -> list[Answer]:
    """The nodes of a list, page after page; `most` None is all of them."""
    given = dict(arguments or {})
    header = "".join(f", ${each}: {value.type}" for each, value in given.items())
    passed = "".join(f", {each}: ${each}" for each in given)
    query = (
        f"query($first: Int!, $after: String{header}) {{ {field}(first: $first, after: $after"
        f"{passed}) {{ nodes {{ {shape} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    variables = {each: value.value for each, value in given.items()}
    found: list[Answer] = []
    after, has_more = None, True
    while has_more and (most is None or len(found) < most):
        first = PAGE if most is None else min(PAGE, most - len(found))
        page = _ask(environ, query, **variables, first=first, after=after)[field]
        found += page["nodes"]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found


def tenant(environ: Environment, name: str) -> Answer:
    """A tenant with its projects and the first rules for it."""
    query = (
        f"query($id: ID!) {{ tenant(id: $id) {{ {TENANT} "
        f"projects(first: 200) {{ nodes {{ {PROJECT} }} }} "
        f"overrides(first: 200) {{ nodes {{ {OVERRIDE} }} pageInfo {{ hasNextPage }} }} }} }}"
    )
    found: Answer | None = _ask(environ, query, id=name)["tenant"]
    if found is None:
        raise InvalidRequest(f"There is no tenant {name!r}; `routeyard tenants list` names them.")
    return found


def override(environ: Environment, name: str) -> Answer:
    """One rule, by its id."""
    query = f"query($id: ID!) {{ override(id: $id) {{ {OVERRIDE} }} }}"
    found: Answer | None = _ask(environ, query, id=name)["override"]
    if found is None:
        raise InvalidRequest(f"There is no override {name!r}; `routeyard overrides list` has ids.")
    return found


def effective(environ: Environment, tenant: str, project: str | None, key: str | None) -> Answer:
    """What applies to a scope, and where it comes from."""
    query = (
        "query($tenant: ID!, $project: String, $key: String) { effectiveScope(tenant: $tenant, "
        f"project: $project, key: $key) {{ {_EFFECTIVE} }} }}"
    )
    found: Answer | None = _ask(environ, query, tenant=tenant, project=project, key=key)[
        "effectiveScope"
    ]
    if found is None:
        where = tenant if project is None else f"{tenant}/{project}"
        raise InvalidRequest(f"There is no {where!r}; `routeyard tenants list` names tenants.")
    return found


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)
