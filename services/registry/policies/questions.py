"""What the commands about policies ask of a running registry, in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.policies.policy import PolicyState
from routeyard.domain.review.difference import VersionDifference
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import KafkaSettings
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask
from services.registry.tenants import questions
from services.registry.tenants.orders import Given

Environment = Mapping[str, str]
Answer = dict[str, Any]
VERSION = "id name version state tenant reason actor"
_WHOLE = (
    f"{VERSION} match document objective {{ cost quality latency }} "
    "rules { name when require deny { kind id } prefer fallback missing }"
)
_PARTS = "parts { field before after }"
_DIFF = (
    f"{_PARTS} rules {{ rule change {_PARTS} }} cases moved "
    "moves { asked before after isElsewhere firstMsBefore firstMsAfter }"
)


def listed(
    environ: Environment,
    tenant: str | None,
    name: str | None,
    state: PolicyState | None,
    most: int | None,
) -> list[Answer]:
    """Versions, by id."""
    given = {
        "tenant": Given("ID", tenant),
        "name": Given("String", name),
        "state": Given("PolicyState", None if state is None else state.name),
    }
    return questions.listed(environ, "policies", VERSION, given, most)


def version(environ: Environment, name: str, number: int | None, tenant: str | None) -> Answer:
    """One version; the one that decides, or the newest, unless a number is given."""
    query = (
        "query($name: String!, $version: Int, $tenant: ID) { policy(name: $name, "
        f"version: $version, tenant: $tenant) {{ {_WHOLE} }} }}"
    )
    found: Answer | None = _ask(environ, query, name=name, version=number, tenant=tenant)["policy"]
    if found is None:
        raise InvalidRequest(f"There is no such policy {name!r}; `routeyard policy list` has them.")
    return found


def former(environ: Environment, name: str, tenant: str | None) -> int:
    """The version that decided before the one that does."""
    found = [
        each
        for each in listed(environ, tenant, name, PolicyState.RETIRED, None)
        if each["tenant"] == tenant
    ]
    decides = version(environ, name, None, tenant)
    older = [each["version"] for each in found if each["version"] < decides["version"]]
    if not older:
        raise InvalidRequest(
            f"No version of {name} decided before {decides['version']}; name the one you mean."
        )
    return int(max(older))


def difference(
    environ: Environment, name: str, versions: list[int], tenant: str | None, first: int
) -> Answer:
    """What lies between two versions."""
    query = (
        "query($name: String!, $from: Int!, $to: Int!, $tenant: ID, $first: Int!) { "
        "policyDiff(name: $name, from: $from, to: $to, tenant: $tenant, first: $first) "
        f"{{ {_DIFF} }} }}"
    )
    asked = {"from": versions[0], "to": versions[1]}
    found: Answer | None = _ask(environ, query, name=name, tenant=tenant, first=first, **asked)[
        "policyDiff"
    ]
    if found is None:
        raise InvalidRequest(
            f"There are no such versions of {name!r}; `routeyard policy list --name {name}` has "
            "them."
        )
    return found


def told(found: VersionDifference, first: int) -> Answer:
    """A difference that was found here, as the registry tells it."""
    parts = [each._asdict() for each in found.parts]
    moves = found.comparison.moves
    return {
        "parts": parts,
        "rules": [
            {
                "rule": each.rule,
                "change": each.change.name,
                "parts": [part._asdict() for part in each.parts],
            }
            for each in found.rules
        ],
        "cases": found.comparison.cases,
        "moved": len(moves),
        "moves": [
            {
                "asked": each.case.name,
                "before": list(each.before.chain),
                "after": list(each.after.chain),
                "isElsewhere": each.is_elsewhere,
                "firstMsBefore": each.before.first_attempt_ms,
                "firstMsAfter": each.after.first_attempt_ms,
            }
            for each in moves[:first]
        ],
    }


def kafka(environ: Environment) -> KafkaSettings:
    """How to reach the brokers: as the environment says, else as the local stack does."""
    given = dict(environ)
    given.setdefault("ROUTEYARD_KAFKA", StackFile.find(environ).kafka)
    read = Environ(given)
    settings = KafkaSettings.read(read)
    read.finish()
    return settings


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)
