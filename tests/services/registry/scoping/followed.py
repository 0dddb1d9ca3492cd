"""Subscriptions in the matrix: what is told as it happens, of all that has happened and of more."""

import json
from typing import Any

from graphql import GraphQLSchema

from services.registry.app import create_app
from services.registry.settings import RegistrySettings
from tests.services.registry.graphql.conftest import Registry, environment
from tests.services.registry.graphql.following import EVENTS, Client, connected, served
from tests.services.registry.scoping.customers import OTHER, OWN, Customer
from tests.services.registry.scoping.matrix import NOT_TOLD, ROLES, Matrix, around, comparable
from tests.services.registry.scoping.paths import reached
from tests.services.registry.scoping.traces import traces

# How each subscription is asked for; one that is not here fails the matrix.
FOLLOWED = {"graphChanges": EVENTS}
MAKE = """mutation($tenant: ID!, $project: String!) {
    createProject(tenant: $tenant, project: $project, name: "live") { revision } }"""
HEAD = "{ status { epoch revision } }"


def unfollowed(schema: GraphQLSchema) -> list[str]:
    """Subscriptions that nobody has said how to ask for."""
    root = schema.subscription_type
    return sorted(set(root.fields) - set(FOLLOWED)) if root else []


async def followed(matrix: Matrix, registry: Registry, more: Registry, schema: Any) -> None:
    """Follow from the empty graph on, with each key, in both worlds; then let both do something."""
    for role in ROLES:
        told = [await _told(matrix, each, schema, role) for each in (registry, more)]
        ours, theirs = (comparable(json.dumps(events)) for events in told)
        if ours != theirs:
            matrix.leak("graphChanges", role, "what others have is told", f"{ours}\n{theirs}")


async def _told(matrix: Matrix, registry: Registry, schema: Any, role: str) -> list[Any]:
    """All events of one's own, up to an order of one's own that comes after another's."""
    app = create_app(RegistrySettings.read(environment(registry.database)))
    head = (await registry.ask(HEAD))["status"]
    async with served(app) as url, connected(url) as client:
        await client.begin(registry.keys[f"own {role}"])
        await client.subscribe({"epoch": head["epoch"], "revision": 0})
        await _make(registry, OTHER, role)
        last = await _make(registry, OWN, role)
        events = [event async for event in _until(client, last)]
    for event in events:
        _judge(matrix, schema, role, event)
    return [{**event, "revision": None, "changes": _plain(event)} for event in events]


async def _until(client: Client, last: int) -> Any:
    while True:
        event = await client.event()
        yield event
        if event["revision"] >= last:
            return


async def _make(registry: Registry, who: Customer, role: str) -> int:
    holder = "own admin" if who is OWN else "other admin"
    made = await registry.ask(MAKE, holder, tenant=who.word, project=f"{who.word}-live-{role}")
    return int(made["createProject"]["revision"])


def _judge(matrix: Matrix, schema: GraphQLSchema, role: str, event: Any) -> None:
    matrix.cells["subscription"] += 1
    text = json.dumps(event)
    if found := traces(text, NOT_TOLD):
        matrix.leak("graphChanges", role, f"tells of {', '.join(found)}", around(text, found))
    if not event["changes"]:
        matrix.leak("graphChanges", role, "tells of a change without one", text)
    assert schema.subscription_type is not None
    data = {"graphChanges": event}
    matrix.filled |= set(reached(schema, data, schema.subscription_type))


def _plain(event: Any) -> list[Any]:
    return [{**change, "revisions": None} for change in event["changes"]]
