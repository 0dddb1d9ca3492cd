"""What the commands ask of a running registry, in GraphQL."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.tenancy import Role
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask

_LETTER = "id fate topic partition offset code error consumer receivedAt replayedAt"

Environment = Mapping[str, str]
Answer = dict[str, Any]


def letters(environ: Environment, fate: str | None, first: int) -> list[Answer]:
    """Letters, newest first."""
    if fate not in (None, "dead", "parked"):
        raise InvalidRequest("--fate is dead or parked.")
    query = (
        "query($first: Int!, $fate: Fate) { deadLetters(first: $first, fate: $fate) "
        f"{{ nodes {{ {_LETTER} }} }} }}"
    )
    found = _ask(environ, query, first=first, fate=fate.upper() if fate else None)
    nodes: list[Answer] = found["deadLetters"]["nodes"]
    return nodes


def letter(environ: Environment, number: int) -> Answer:
    """One letter, with its bytes."""
    query = (
        f"query($id: ID!) {{ deadLetter(id: $id) {{ {_LETTER} key body bodyBase64 "
        "headers { name value } } }"
    )
    return _there(_ask(environ, query, id=number)["deadLetter"], number)


def replay(environ: Environment, number: int) -> Answer:
    """Publish a letter's original again."""
    query = f"mutation($id: ID!) {{ replayDeadLetter(id: $id) {{ {_LETTER} }} }}"
    return _there(_ask(environ, query, id=number)["replayDeadLetter"], number)


def issue_key(
    environ: Environment, role: Role, label: str, tenant: str | None, expires_at: datetime | None
) -> Answer:
    """Make a key."""
    query = (
        "mutation($role: Role!, $label: String!, $tenant: ID, $expiresAt: DateTime) "
        "{ issueKey(role: $role, label: $label, tenant: $tenant, expiresAt: $expiresAt) "
        "{ keyId key } }"
    )
    over = expires_at.replace(tzinfo=UTC).isoformat() if expires_at else None
    found = _ask(environ, query, role=role.name, label=label, tenant=tenant, expiresAt=over)
    made: Answer = found["issueKey"]
    return made


def revoke_key(environ: Environment, key_id: str) -> None:
    """Make a key unusable."""
    query = "mutation($keyId: String!) { revokeKey(keyId: $keyId) }"
    if not _ask(environ, query, keyId=key_id)["revokeKey"]:
        raise InvalidRequest(f"There is no key {key_id!r}.")


class Trusted(NamedTuple):
    """How far a source is trusted; what is None stays as it is registered."""

    rank: int
    types: Sequence[str]
    entities: Sequence[str] | None = None
    public_keys: Sequence[str] | None = None


def register_source(environ: Environment, name: str, how: Trusted) -> Answer:
    """Trust a source."""
    query = (
        "mutation($name: String!, $rank: Int!, $types: [String!]!, $entities: [String!], "
        "$publicKeys: [String!]) { registerSource(name: $name, rank: $rank, types: $types, "
        "entities: $entities, publicKeys: $publicKeys) { revision } }"
    )
    held: Answer = _ask(
        environ,
        query,
        name=name,
        rank=how.rank,
        types=list(how.types),
        entities=how.entities,
        publicKeys=how.public_keys,
    )["registerSource"]
    return held


def create_tenant(
    environ: Environment, tenant: str, name: str, tenant_class: str, residency: Sequence[str]
) -> Answer:
    """Let a tenant join."""
    query = (
        "mutation($id: ID!, $name: String!, $class: String!, $residency: [String!]) "
        "{ createTenant(id: $id, name: $name, tenantClass: $class, residency: $residency) "
        "{ revision } }"
    )
    variables = {"id": tenant, "name": name, "class": tenant_class, "residency": list(residency)}
    held: Answer = ask(StackFile.find(environ), query, variables)["createTenant"]
    return held


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)


def _there(found: Answer | None, number: int) -> Answer:
    if found is None:
        raise InvalidRequest(f"There is no letter {number}.")
    return found
