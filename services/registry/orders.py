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


class KeyOrder(NamedTuple):
    """A key to be made; a tenant's may have a project. Without a zone, times are UTC."""

    role: Role
    label: str
    tenant: str | None = None
    project: str | None = None
    expires_at: datetime | None = None


def issue_key(environ: Environment, order: KeyOrder) -> Answer:
    """Make a key."""
    query = (
        "mutation($role: Role!, $label: String!, $tenant: ID, $project: String, "
        "$expiresAt: DateTime) { issueKey(role: $role, label: $label, tenant: $tenant, "
        "project: $project, expiresAt: $expiresAt) { keyId key } }"
    )
    over = order.expires_at.replace(tzinfo=UTC).isoformat() if order.expires_at else None
    found = _ask(
        environ,
        query,
        role=order.role.name,
        label=order.label,
        tenant=order.tenant,
        project=order.project,
        expiresAt=over,
    )
    made: Answer = found["issueKey"]
    return made


def rotate_key(environ: Environment, key_id: str, overlap_s: int, reason: str) -> Answer:
    """Make a key in the place of one."""
    query = (
        "mutation($keyId: String!, $overlap: Int!, $reason: String!) "
        "{ rotateKey(keyId: $keyId, overlap: $overlap, reason: $reason) { keyId key } }"
    )
    found = _ask(environ, query, keyId=key_id, overlap=overlap_s, reason=reason)
    made: Answer | None = found["rotateKey"]
    if made is None:
        raise InvalidRequest(f"There is no key {key_id!r}.")
    return made


def revoke_key(environ: Environment, key_id: str, reason: str, *, forced: bool = False) -> None:
    """Make a key unusable."""
    query = (
        "mutation($keyId: String!, $reason: String!, $force: Boolean!) "
        "{ revokeKey(keyId: $keyId, reason: $reason, force: $force) }"
    )
    if not _ask(environ, query, keyId=key_id, reason=reason, force=forced)["revokeKey"]:
        raise InvalidRequest(f"There is no key {key_id!r}.")


def keys(environ: Environment, tenant: str | None, first: int) -> list[Answer]:
    """Keys by id, without anything that could be used as one."""
    query = (
        "query($tenant: ID, $first: Int!) { keys(tenant: $tenant, first: $first) { nodes { "
        "id label role tenant project createdAt expiresAt revokedAt rotates } } }"
    )
    nodes: list[Answer] = _ask(environ, query, tenant=tenant, first=first)["keys"]["nodes"]
    return nodes


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
