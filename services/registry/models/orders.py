"""What `routeyard models` asks of a running registry, in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeyard.domain.errors import InvalidRequest
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask

Environment = Mapping[str, str]
Answer = dict[str, Any]

_EFFECT = (
    "{ revision findings { kind id field message isFinal } "
    "changes { kind id change fields { name before after } } }"
)
_CONFLICTS = (
    "conflicts { kind id field decidedBy "
    "claims { source rank native value isMaker observedAt evidence measuredOn } }"
)


def conflicts(environ: Environment, model: str) -> list[Answer]:
    """The fields of a model and its offerings on which sources disagree."""
    query = (
        f"query($id: ID!) {{ model(id: $id) {{ {_CONFLICTS} "
        f"offerings(first: 200) {{ nodes {{ {_CONFLICTS} }} }} }} }}"
    )
    found = _ask(environ, query, id=model)["model"]
    if found is None:
        raise InvalidRequest(f"There is no model {model!r}; see routeyard models list.")
    served: list[Answer] = [c for each in found["offerings"]["nodes"] for c in each["conflicts"]]
    return [*found["conflicts"], *served]


def correct(  # noqa: PLR0913 - what, where, why, and how
    environ: Environment,
    kind: str,
    entity: str,
    fields: Answer,
    reason: str,
    *,
    is_dry_run: bool,
) -> Answer:
    """Let the operator's word count."""
    query = (
        "mutation($kind: Corrected!, $id: ID!, $fields: JSON!, $reason: String!, $dry: Boolean!) "
        "{ correct(kind: $kind, id: $id, fields: $fields, reason: $reason, dryRun: $dry) "
        f"{_EFFECT} }}"
    )
    variables = {"kind": kind.upper(), "id": entity, "fields": fields}
    done: Answer = _ask(environ, query, **variables, reason=reason, dry=is_dry_run)["correct"]
    return done


def retract(
    environ: Environment, kind: str, entity: str, reason: str, *, is_dry_run: bool
) -> Answer:
    """Let the sources' word count again."""
    query = (
        "mutation($kind: Corrected!, $id: ID!, $reason: String!, $dry: Boolean!) "
        "{ retractCorrection(kind: $kind, id: $id, reason: $reason, dryRun: $dry) "
        f"{_EFFECT} }}"
    )
    variables = {"kind": kind.upper(), "id": entity, "reason": reason, "dry": is_dry_run}
    done: Answer = _ask(environ, query, **variables)["retractCorrection"]
    return done


def assign(  # noqa: PLR0913 - what, where, why, and how
    environ: Environment,
    offering: str,
    model: str,
    release: str | None,
    reason: str,
    *,
    is_dry_run: bool,
) -> Answer:
    """Say what a name stands for."""
    query = (
        "mutation($offering: ID!, $model: ID!, $release: ID, $reason: String!, $dry: Boolean!) "
        "{ assignName(offering: $offering, model: $model, release: $release, reason: $reason, "
        f"dryRun: $dry) {_EFFECT} }}"
    )
    variables = {"offering": offering, "model": model, "release": release, "reason": reason}
    done: Answer = _ask(environ, query, **variables, dry=is_dry_run)["assignName"]
    return done


def unsure(environ: Environment, first: int) -> list[Answer]:
    """Names that the rules are unsure of."""
    query = (
        "query($first: Int!) { unsureNames(first: $first) "
        "{ nodes { offering nativeId model release doubts why } } }"
    )
    return _nodes(_ask(environ, query, first=first)["unsureNames"])


def waiting(environ: Environment, first: int) -> list[Answer]:
    """What sources speak of and is not in the graph."""
    query = (
        "query($first: Int!) { waiting(first: $first) "
        "{ nodes { kind id waitsFor needsKind needsId sources since } } }"
    )
    return _nodes(_ask(environ, query, first=first)["waiting"])


def fallbacks(environ: Environment, model: str) -> list[str]:
    """The models to fall back to."""
    found = _ask(environ, "query($id: ID!) { fallbackChain(model: $id) { id } }", id=model)
    return [each["id"] for each in found["fallbackChain"]]


def alternatives(environ: Environment, model: str, require: Answer, first: int) -> list[Answer]:
    """Models that could stand in."""
    query = (
        "query($id: ID!, $require: ModelFilter, $first: Int!) "
        "{ alternatives(model: $id, require: $require, first: $first) "
        "{ model { id context } likeness missing quality contextRatio } }"
    )
    found: list[Answer] = _ask(environ, query, id=model, require=require, first=first)[
        "alternatives"
    ]
    return found


def endings(environ: Environment, since: str | None, until: str | None, first: int) -> list[Answer]:
    """What ends when."""
    query = (
        "query($since: Date, $until: Date, $first: Int!) "
        "{ endings(since: $since, until: $until, first: $first) "
        "{ nodes { day what kind id modelId successor affected { offerings overrides } } } }"
    )
    return _nodes(_ask(environ, query, since=since, until=until, first=first)["endings"])


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)


def _nodes(connection: Answer) -> list[Answer]:
    nodes: list[Answer] = connection["nodes"]
    return nodes
