"""Cases of resolving that are written as data (`tests/cases/resolve`), made into values."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from routeyard.domain import graph as graphs
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import ENTITY_TYPES, Entity, Graph
from routeyard.domain.overrides import Author, override_id
from routeyard.domain.policies.policy import policy_id
from routeyard.domain.resolution import Inputs
from tests.builders import NOON
from tests.domain.worlds.conditions import checked

FOLDER = Path(__file__).parent.parent / "cases" / "resolve"
Json = dict[str, Any]
KINDS = {
    "models": Kind.MODEL,
    "releases": Kind.RELEASE,
    "endpoints": Kind.ENDPOINT,
    "offerings": Kind.OFFERING,
    "tenants": Kind.TENANT,
    "classes": Kind.TENANT_CLASS,
    "tiers": Kind.TIER,
    "projects": Kind.PROJECT,
    "overrides": Kind.OVERRIDE,
    "policies": Kind.POLICY,
    "floors": Kind.PRECISION,
}
SCOPED = ("tenant_class", "tenant", "project", "key")


class Case(NamedTuple):
    """One case, and the graph and inputs it is about."""

    file: str
    name: str
    graph: Graph
    inputs: Inputs
    expect: Json


def files() -> Iterator[tuple[str, Json]]:
    for path in sorted(FOLDER.glob("*.json")):
        if path.name != "schema.json":
            yield path.stem, json.loads(path.read_text())


def all_cases() -> Iterator[Case]:
    for file, written in files():
        for each in written["cases"]:
            graph = graph_of(written["state"], each)
            yield Case(file, each["name"], graph, inputs_of(each), each["expect"])


def graph_of(state: Mapping[str, list[Json]], case: Json) -> Graph:
    """The file's state with what the case adds, replaces and takes away."""
    entities: dict[EntityRef, Entity] = {}
    for said in (state, case.get("state", {})):
        for kind, bodies in said.items():
            for body in bodies:
                made = entity(KINDS[kind], body)
                entities[EntityRef(KINDS[kind], made.id)] = made
    for offering in case.get("without", []):
        del entities[EntityRef(Kind.OFFERING, offering)]
    return graphs.load("e", 1, [graphs.put(r, graphs.canonical(e)) for r, e in entities.items()])


def entity(kind: Kind, body: Json) -> Entity:
    """An entity that is written short."""
    short: dict[Kind, Callable[[], Json]] = {
        Kind.MODEL: lambda: {"provider": body["id"].partition("/")[0]} | body,
        Kind.RELEASE: lambda: {"model": body["id"].partition("@")[0]} | body,
        Kind.ENDPOINT: lambda: {"provider": "cloud"} | body,
        Kind.OFFERING: lambda: offering(body),
        Kind.OVERRIDE: lambda: override(body),
        Kind.POLICY: lambda: policy(body),
        Kind.PRECISION: lambda: body,
        Kind.PROJECT: lambda: {"name": body["id"], "tenant": body["id"].partition("/")[0]} | body,
    }
    written = short[kind]() if kind in short else {"name": body["id"]} | body
    made: Entity = msgspec.convert(written, ENTITY_TYPES[kind], strict=False)
    return made


def offering(body: Json) -> Json:
    model, endpoint = body["model"], body["endpoint"]
    short = {"id": f"{endpoint}/{model}", "release": f"{model}@undated", "native_id": model}
    made = short | body
    if isinstance(made.get("price"), list):
        made["price"] = dict(zip(("input", "output"), made["price"], strict=True))
    return made


def override(body: Json) -> Json:
    author = Author(body.get("author", "tenant"))
    place = {name: body[name] for name in SCOPED if name in body}
    id_ = override_id(author, body["name"], **place)
    return {"id": id_, "reason": "", "actor": ""} | {k: v for k, v in body.items() if k != "name"}


def policy(body: Json) -> Json:
    """With its conditions checked, as publishing does."""
    tenant, version = body.get("tenant"), body.get("version", 1)
    made = {"state": "active", "version": version, "document": ""} | body
    made["id"] = policy_id(tenant, body["name"], version)
    made["rules"] = [conditional(rule, "when") for rule in body.get("rules", [])]
    return conditional(made, "match")


def conditional(body: Json, field: str) -> Json:
    text = body.get(field)
    return body if text is None else body | {field: msgspec.to_builtins(checked(text))}


def inputs_of(case: Json) -> Inputs:
    """What it is asked with."""
    now = NOON if "now" not in case else msgspec.convert(case["now"], type(NOON))
    health = {
        name: {
            "endpoint": name,
            "zone": "here",
            "observed_at": now - timedelta(hours=1),
            "since": now - timedelta(hours=1),
            "expires_at": now + timedelta(seconds=each.get("for_s", 60)),
            **{field: value for field, value in each.items() if field != "for_s"},
        }
        for name, each in case.get("health", {}).items()
    }
    made: Json = {
        "now": now,
        "scope": case.get("scope", {}),
        "requirement": {"explain": True} | case.get("requirement", {}),
        "zone": case.get("zone", "here"),
        "health": health,
        "load": {
            name: (each["latency_ms"], each.get("in_flight", 0))
            for name, each in case.get("load", {}).items()
        },
        **{name: case[name] for name in ("warm", "draw", "is_exhausted") if name in case},
    }
    return msgspec.convert(made, Inputs, strict=False)
