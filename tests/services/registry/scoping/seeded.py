"""Faults put into the registry on purpose: the matrix must find every one of them.

Each takes away one thing that keeps tenants apart. Row-level security, where it stands behind, is
lifted for all of them: that the matrix sees is to be shown, not that the second wall holds.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.scopes import by_place
from routeyard.domain.tenancy import Role
from routeyard.wire.probe import ProbeResult
from services.registry.commands import drafts, enabling, trials
from services.registry.commands import endpoints as endpoint_orders
from services.registry.commands import keys as key_orders
from services.registry.commands import overrides as override_orders
from services.registry.commands import tenants as tenant_orders
from services.registry.commands.owners import owner_of
from services.registry.graphql import changes, customers, door
from services.registry.graphql import keys as key_queries
from services.registry.known import KnownModels
from services.registry.postgres import history, provenance, queries, sight, tenancy
from services.registry.postgres.engine import transaction
from services.registry.postgres.probes import PostgresProbes
from services.registry.postgres.reads import PostgresReading, PostgresReads
from services.registry.postgres.scope import PLATFORM
from services.registry.reads import Viewer, viewer

Seed = Callable[[pytest.MonkeyPatch], None]
ANYBODY = Viewer(None)


class Fault(NamedTuple):
    """How something is broken, and the fields that are enough to see it: queries or orders."""

    seed: Seed
    fields: tuple[str, ...]


def _seen_by_all(kind: Kind) -> Seed:
    """Whoever's a thing of a kind is, it is seen."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        right = sight.tenant_sees

        def wrong(asked: Kind, alias: str, held: sight.Held) -> str:
            return "true" if asked is kind else right(asked, alias, held)

        for module in (sight, history):
            patch.setattr(module, "tenant_sees", wrong)

    return seed


def _condition(wrong: Callable[[str], str]) -> Seed:
    """A condition on whose an endpoint is says something else."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        for module in (sight, provenance):
            patch.setattr(module, "owned", wrong)

    return seed


def _asked_as_anybody(module: Any, name: str) -> Seed:
    """A SELECT forgets who looks."""

    def seed(patch: pytest.MonkeyPatch) -> None:
        right = getattr(module, name)

        def wrong(look: Any, *rest: Any) -> Any:
            free = ANYBODY if isinstance(look, Viewer) else look._replace(viewer=ANYBODY)
            return right(free, *rest)

        patch.setattr(module, name, wrong)

    return seed


def _checked_by_nobody(module: Any, name: str) -> Seed:
    """An order is given by whoever likes."""
    return lambda patch: patch.setattr(module, name, lambda *_: None)


def _dedicated(alias: str) -> str:
    doc = f"{alias}.doc"
    return (
        f"(CASE WHEN {doc} ->> 'owner' IS NOT NULL THEN {doc} ->> 'owner' = :viewer ELSE true END)"
    )


def _own(alias: str) -> str:
    doc = f"{alias}.doc"
    return (
        f"(CASE WHEN {doc} ? 'dedicated_to' THEN {doc} -> 'dedicated_to' ? :viewer ELSE true END)"
    )


def _rules_of_all(patch: pytest.MonkeyPatch) -> None:
    """What applies to a scope is looked for among everybody's rules."""
    everything = (
        "SELECT e.kind, e.id, e.body FROM entity e WHERE e.kind = 'override' "
        "AND e.to_revision IS NULL AND CAST(:lows AS text[]) <> CAST(:highs AS text[])"
    )
    patch.setattr(tenancy, "_RULES", everything)

    def wrong(rules: Any) -> Any:
        found = dict(by_place(rules))
        spread = [each for several in found.values() for each in several]
        return dict.fromkeys(found, spread)

    patch.setattr(tenancy, "by_place", wrong)


def _echo(patch: pytest.MonkeyPatch) -> None:
    """Who asks for another's thing is told that it is another's."""
    right = PostgresReading.entities

    async def wrong(self: Any, refs: Any, at: int) -> Any:
        found = await right(self, refs, at)
        missed = [ref.id for ref in refs if ref not in found]
        there = text("SELECT id FROM entity WHERE id = ANY(:ids)")
        async with self._engine.connect() as connection:
            for row in await connection.execute(there, {"ids": missed}):
                raise InvalidRequest(f"{row.id} belongs to somebody else.")
        return found

    patch.setattr(PostgresReading, "entities", wrong)


def _scope_of_anybody(patch: pytest.MonkeyPatch) -> None:
    """The effective scope of another tenant is worked out without asking whose it is."""
    right = PostgresReading.tenancy

    async def wrong(self: Any, scope: Any) -> Any:
        reading = PostgresReading(self._engine, ANYBODY)
        try:
            return await right(reading, scope)
        finally:
            await reading.close()

    patch.setattr(PostgresReading, "tenancy", wrong)


def _speaker(patch: pytest.MonkeyPatch) -> None:
    """Who speaks for the platform is told."""
    right = customers.Override.of

    def wrong(override: Any, *, is_operator: bool) -> Any:
        del is_operator
        return right(override, is_operator=True)

    patch.setattr(customers.Override, "of", wrong)


def _actors(patch: pytest.MonkeyPatch) -> None:
    """Who of the platform issued a key is told."""
    right = key_queries.KeyEvent.of

    def wrong(event: Any, *, is_platforms: bool) -> Any:
        del is_platforms
        return right(event, is_platforms=True)

    patch.setattr(key_queries.KeyEvent, "of", wrong)


def _admins_as_operators(patch: pytest.MonkeyPatch) -> None:
    """A tenant's admin is taken for one of the platform's."""
    patch.setattr(
        door, "viewer", lambda who: ANYBODY if who.role is Role.TENANT_ADMIN else viewer(who)
    )


def _keys_of_all(patch: pytest.MonkeyPatch) -> None:
    """Keys are listed of whatever tenant is asked for."""
    patch.setattr(key_queries, "_whose", lambda _, asked: asked)


def _keys_for_all(patch: pytest.MonkeyPatch) -> None:
    """Any admin may decide on any key."""
    patch.setattr(key_orders, "may_mint", lambda *_: True)


def _decided_by_anybody(*modules: Any) -> Seed:
    """Whoever names an endpoint decides on it."""

    async def wrong(caller: Any, endpoint: str, standing: Any) -> Any:
        del caller
        found = await standing.find(EntityRef(Kind.ENDPOINT, endpoint))
        return found if isinstance(found, Endpoint) else None

    def seed(patch: pytest.MonkeyPatch) -> None:
        for module in modules:
            patch.setattr(module, "own_endpoint", wrong)

    return seed


def _set_up_for_anybody(patch: pytest.MonkeyPatch) -> None:
    """An endpoint is set up for whatever tenant is named."""
    right = owner_of
    patch.setattr(drafts, "owner_of", lambda caller, tenant: tenant or right(caller, tenant))


def _looks_of_anybody(patch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a look is told what was seen at somebody's endpoint before."""

    async def wrong(self: Any, ask: str) -> Any:
        del ask
        async with transaction(self._engine, PLATFORM) as connection:
            first = text("SELECT body::text FROM probe_result ORDER BY owner DESC LIMIT 1")
            row = (await connection.execute(first)).one()
        return msgspec.json.decode(row[0], type=ProbeResult)

    patch.setattr(PostgresProbes, "find", wrong)


def _models_of_all_are_known(patch: pytest.MonkeyPatch) -> None:
    """Names are matched with every model there is, whoever sees it."""
    right = KnownModels.of

    async def wrong(self: Any, models: Any, owner: Any) -> Any:
        del owner
        return await right(self, models, None)

    patch.setattr(KnownModels, "of", wrong)


def _names_are_taken(patch: pytest.MonkeyPatch) -> None:
    """A name is taken as soon as anybody has an endpoint of it."""
    right = PostgresReads.is_there

    async def wrong(self: Any, ref: Any) -> bool:
        if ref.kind is not Kind.ENDPOINT:
            return await right(self, ref)
        async with transaction(self._engine, PLATFORM) as connection:
            same = text("SELECT FROM entity WHERE kind = 'endpoint' AND id LIKE :name")
            name = f"%{ref.id.rpartition('/')[2]}"
            return (await connection.execute(same, {"name": name})).first() is not None

    patch.setattr(PostgresReads, "is_there", wrong)


FAULTS: Mapping[str, Fault] = {
    "endpoints are everybody's": Fault(_condition(lambda _: "true"), ("endpoints", "endpoint")),
    "nothing is dedicated": Fault(_condition(_dedicated), ("endpoints", "offerings")),
    "nothing is owned": Fault(_condition(_own), ("endpoints", "model")),
    "rules are everybody's": Fault(_seen_by_all(Kind.OVERRIDE), ("overrides",)),
    "policies are everybody's": Fault(_seen_by_all(Kind.POLICY), ("policies", "policy")),
    "projects are everybody's": Fault(_seen_by_all(Kind.PROJECT), ("projects",)),
    "tenants are everybody's": Fault(_seen_by_all(Kind.TENANT), ("tenants", "tenant")),
    "models are everybody's": Fault(_seen_by_all(Kind.MODEL), ("model", "alternatives")),
    "others' rules apply": Fault(_rules_of_all, ("effectiveScope",)),
    "others' scopes are told": Fault(_scope_of_anybody, ("effectiveScope",)),
    "an error says whose it is": Fault(_echo, ("model", "tenant")),
    "others' things are counted": Fault(_asked_as_anybody(queries, "counts"), ("status",)),
    "others' models count": Fault(_asked_as_anybody(queries, "capabilities"), ("capabilities",)),
    "others' history is told": Fault(_asked_as_anybody(history, "versions"), ("history",)),
    "statements tell of others": Fault(_asked_as_anybody(provenance, "statements"), ("models",)),
    "others' variants are told": Fault(_asked_as_anybody(provenance, "related"), ("models",)),
    "others' endings are told": Fault(_asked_as_anybody(provenance, "endings"), ("endings",)),
    "the platform's people are named": Fault(_speaker, ("overrides",)),
    "the platform's people act on keys": Fault(_actors, ("keyHistory",)),
    "orders name the platform's people": Fault(
        lambda patch: patch.setattr(changes, "to_tenants", lambda difference: difference),
        ("removeProject",),
    ),
    "admins are operators": Fault(_admins_as_operators, ("endpoints", "status")),
    "keys are everybody's": Fault(_keys_of_all, ("keys", "keyHistory")),
    "anybody decides on keys": Fault(_keys_for_all, ("revokeKey", "rotateKey")),
    "anybody sets rules": Fault(
        _checked_by_nobody(override_orders, "require_author"), ("setOverride", "removeOverride")
    ),
    "anybody has projects made": Fault(
        _checked_by_nobody(tenant_orders, "require_tenant_admin"), ("createProject",)
    ),
    "anybody tests endpoints": Fault(_decided_by_anybody(trials), ("testEndpoint",)),
    "anybody sets endpoints up": Fault(
        _set_up_for_anybody, ("registerEndpoint", "testEndpoint#input")
    ),
    "anybody enables endpoints": Fault(
        _checked_by_nobody(enabling, "require_platform_admin"),
        ("enableEndpoint", "disableEndpoint"),
    ),
    "others' looks are told": Fault(_looks_of_anybody, ("testEndpoint",)),
    "others' models are known": Fault(
        _models_of_all_are_known,
        ("registerEndpoint#model", "registerEndpoint#nativeId", "testEndpoint"),
    ),
    "others' names are taken": Fault(_names_are_taken, ("registerEndpoint",)),
    # Last, as others' endpoints are really taken down.
    "anybody decides on endpoints": Fault(
        _decided_by_anybody(endpoint_orders),
        ("updateEndpoint", "rotateSecret", "deregisterEndpoint"),
    ),
}


def without_second_wall(database: str) -> None:
    """Lift row-level security, where there is any."""
    with psycopg.connect(database, autocommit=True) as connection:
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
        ).fetchall():
            off = "ALTER TABLE {} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY"
            connection.execute(SQL(off).format(Identifier(name)))
