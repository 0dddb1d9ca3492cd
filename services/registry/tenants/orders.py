"""What the commands about tenants order of a running registry, in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask

Environment = Mapping[str, str]
Answer = dict[str, Any]

RADIUS = "{ tenants overrides aliases profiles isComplete moves { tenant asked before after } }"
_EFFECT = (
    "revision warnings findings { kind id field message isFinal } "
    "changes { kind id change fields { name before after } }"
)


class Given(NamedTuple):
    """An argument: its type in the schema and its value."""

    type: str
    value: Any


def carry_out(environ: Environment, mutation: str, arguments: Mapping[str, Given]) -> Answer:
    """Give an order; what it changed, or would change, and then whom it would touch.

    Raises:
        InvalidRequest: it was to take away what is not there.
    """
    is_dry_run = "dryRun" in arguments and arguments["dryRun"].value
    shape = f"{{ {_EFFECT} blastRadius {RADIUS} }}" if is_dry_run else f"{{ {_EFFECT} }}"
    done = _order(environ, mutation, arguments, shape)
    if done is None:
        raise InvalidRequest("There is none of that name in that scope; nothing was removed.")
    effect: Answer = done
    return effect


def new_key(environ: Environment, mutation: str, arguments: Mapping[str, Given]) -> Answer:
    """Have a key made; InvalidRequest when there is none in whose place it could come."""
    made: Answer | None = _order(environ, mutation, arguments, "{ keyId key }")
    if made is None:
        raise InvalidRequest("There is no such key among those that you may decide on.")
    return made


def revoke_key(environ: Environment, arguments: Mapping[str, Given]) -> None:
    """Make a key unusable."""
    if not _order(environ, "revokeKey", arguments, ""):
        raise InvalidRequest("There is no such key among those that you may decide on.")


def text(value: str | None) -> Given:
    """An argument that is a text, or null."""
    return Given("String", value)


def texts(values: list[str]) -> Given:
    """An argument that is a list of texts."""
    return Given("[String!]", values)


def name(value: str) -> Given:
    """An argument that is an id."""
    return Given("ID!", value)


def flag(*, value: bool) -> Given:
    """An argument that is yes or no."""
    return Given("Boolean!", value)


def _order(environ: Environment, mutation: str, arguments: Mapping[str, Given], shape: str) -> Any:
    header = ", ".join(f"${each}: {given.type}" for each, given in arguments.items())
    passed = ", ".join(f"{each}: ${each}" for each in arguments)
    query = f"mutation({header}) {{ {mutation}({passed}) {shape} }}"
    variables = {each: given.value for each, given in arguments.items()}
    return ask(StackFile.find(environ), query, variables)[mutation]
