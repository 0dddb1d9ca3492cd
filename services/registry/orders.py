"""What the commands ask of a running registry, in GraphQL."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from routeyard.domain.errors import InvalidRequest
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


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)


def _there(found: Answer | None, number: int) -> Answer:
    if found is None:
        raise InvalidRequest(f"There is no letter {number}.")
    return found
