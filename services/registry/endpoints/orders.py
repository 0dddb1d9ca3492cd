"""What `routeyard endpoints` asks of a running registry, in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeyard.domain.errors import InvalidRequest
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask

Environment = Mapping[str, str]
Answer = dict[str, Any]

PAGE = 100
_LISTED = (
    "id provider owner url server hosting isEnabled hasSecret secretVersion keyless "
    "dedicatedTo residency health { zone state reason }"
)
_SHOWN = (
    f"{_LISTED} name dialect zones offerings(first: 200) "
    "{ nodes { nativeId modelId context quantization price { input output } } }"
)
_EFFECT = (
    "{ revision findings { kind id field message isFinal } "
    "changes { kind id change fields { name before after } } }"
)


def endpoints(environ: Environment, most: int | None, *, is_own: bool) -> list[Answer]:
    """Endpoints by id; `is_own`: those of tenants alone."""
    query = (
        "query($first: Int!, $after: String) { endpoints(first: $first, after: $after) "
        f"{{ nodes {{ {_LISTED} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    found: list[Answer] = []
    after, has_more = None, True
    while has_more and (most is None or len(found) < most):
        page = _ask(environ, query, first=PAGE, after=after)["endpoints"]
        found += [each for each in page["nodes"] if each["owner"] or not is_own]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return found[:most]


def endpoint(environ: Environment, name: str) -> Answer:
    """One endpoint, and what it serves."""
    query = f"query($id: ID!) {{ endpoint(id: $id) {{ {_SHOWN} }} }}"
    return _there(_ask(environ, query, id=name)["endpoint"], name)


def register(
    environ: Environment, wanted: Answer, tenant: str | None, *, is_dry_run: bool
) -> Answer:
    """Set an endpoint up."""
    query = (
        "mutation($input: EndpointInput!, $tenant: ID, $dry: Boolean!) "
        f"{{ registerEndpoint(input: $input, tenant: $tenant, dryRun: $dry) {_EFFECT} }}"
    )
    found = _ask(environ, query, input=wanted, tenant=tenant, dry=is_dry_run)
    done: Answer = found["registerEndpoint"]
    return done


def update(environ: Environment, name: str, wanted: Answer, *, is_dry_run: bool) -> Answer:
    """Change what is given."""
    query = (
        "mutation($id: ID!, $input: EndpointChange!, $dry: Boolean!) "
        f"{{ updateEndpoint(id: $id, input: $input, dryRun: $dry) {_EFFECT} }}"
    )
    found = _ask(environ, query, id=name, input=wanted, dry=is_dry_run)
    return _there(found["updateEndpoint"], name)


def rotate(environ: Environment, name: str, secret: Answer, reason: str) -> Answer:
    """Put a secret in the place of the one before."""
    query = (
        "mutation($id: ID!, $secret: SecretInput!, $reason: String!) "
        f"{{ rotateSecret(id: $id, secret: $secret, reason: $reason) {_EFFECT} }}"
    )
    found = _ask(environ, query, id=name, secret=secret, reason=reason)
    return _there(found["rotateSecret"], name)


def deregister(environ: Environment, name: str, reason: str, *, is_dry_run: bool) -> Answer:
    """Take an endpoint down."""
    query = (
        "mutation($id: ID!, $reason: String!, $dry: Boolean!) "
        f"{{ deregisterEndpoint(id: $id, reason: $reason, dryRun: $dry) {_EFFECT} }}"
    )
    found = _ask(environ, query, id=name, reason=reason, dry=is_dry_run)
    return _there(found["deregisterEndpoint"], name)


def test(environ: Environment, name: str, wait_s: int) -> Answer:
    """Have healthcheck look at an endpoint."""
    query = (
        "mutation($id: ID!, $wait: Int!) { testEndpoint(id: $id, waitS: $wait) { reached status "
        "latencyMs reason zone models { nativeId model isPrivate } } }"
    )
    return _there(_ask(environ, query, id=name, wait=wait_s)["testEndpoint"], name)


def enable(environ: Environment, name: str, secret: Answer, url: str | None) -> Answer:
    """Give the platform a secret for an endpoint that catalogs list."""
    query = (
        "mutation($id: ID!, $secret: SecretInput!, $url: String) "
        f"{{ enableEndpoint(id: $id, secret: $secret, url: $url) {_EFFECT} }}"
    )
    found = _ask(environ, query, id=name, secret=secret, url=url)
    return _there(found["enableEndpoint"], name)


def disable(environ: Environment, name: str, reason: str) -> Answer:
    """Take it away."""
    query = (
        "mutation($id: ID!, $reason: String!) "
        f"{{ disableEndpoint(id: $id, reason: $reason) {_EFFECT} }}"
    )
    done: Answer | None = _ask(environ, query, id=name, reason=reason)["disableEndpoint"]
    if done is None:
        raise InvalidRequest(f"The platform has no secret for an endpoint {name!r}.")
    return done


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)


def _there(found: Answer | None, name: str) -> Answer:
    if found is None:
        raise InvalidRequest(f"There is no endpoint {name!r}; see routeyard endpoints list.")
    return found
