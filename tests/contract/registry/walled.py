"""Rows of every kind in every table, each with the tenants that may see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier, Placeholder
from psycopg.types.json import Jsonb

ALL = frozenset({"acme", "beta", "gamma"})
NONE: frozenset[str] = frozenset()
ACME, BETA, SHARED = frozenset({"acme"}), frozenset({"beta"}), frozenset({"acme", "gamma"})
AT = "2026-06-01T12:00:00Z"
KEYS = {
    "admin_audit": "revision",
    "api_key": "key_id",
    "consumed": "topic",
    "endpoint_audience": "endpoint || ' ' || seen_by",
    "endpoint_secret": "endpoint",
    "endpoint_serving": "endpoint",
    "entity": "kind || ' ' || id || ' ' || from_revision",
    "head": "id",
    "health": "endpoint",
    "health_change": "endpoint",
    "idempotency": "scope",
    "inbox": "event_id",
    "key_event": "key_id",
    "letter": "topic",
    "moment": "revision",
    "outbox": "revision",
    "probe_result": "ask",
    "statement": "kind || ' ' || entity || ' ' || native || ' ' || from_revision",
}


class Planted(NamedTuple):
    """A row, how it is told from others, and who sees it."""

    table: str
    values: dict[str, Any]
    key: str
    seen_by: frozenset[str]


def entity(
    kind: str,
    id_: str,
    seen_by: frozenset[str],
    since: int = 1,
    until: int | None = None,
    **body: Any,
) -> Planted:
    values = {
        "kind": kind,
        "id": id_,
        "from_revision": since,
        "to_revision": until,
        "body": json.dumps({"id": id_, **body}),
    }
    return Planted("entity", values, f"{kind} {id_} {since}", seen_by)


def statement(  # noqa: PLR0913, PLR0917 - of what, under which name, whose, from when until when
    kind: str,
    id_: str,
    native: str,
    seen_by: frozenset[str],
    since: int = 1,
    until: int | None = None,
) -> Planted:
    values = {
        "kind": kind,
        "entity": id_,
        "source": "dev",
        "native": native,
        "from_revision": since,
        "to_revision": until,
        "body": Jsonb({}),
    }
    return Planted("statement", values, f"{kind} {id_} {native} {since}", seen_by)


def entities() -> Iterator[Planted]:
    for kind in ("provider", "precision", "capability"):
        yield entity(kind, kind, ALL)
    for kind in ("source", "naming", "tenant_class", "tier", "a-kind-of-tomorrow"):
        yield entity(kind, kind, NONE, tenant="acme", owner="acme")
    for tenant in ("acme", "beta"):
        own = frozenset({tenant})
        yield entity("tenant", tenant, own, 20)
        yield entity("override", f"{tenant}/rule", own, 21 if own == ACME else 22, tenant=tenant)
        yield entity("override", f"{tenant}/past", own, 1, 23, tenant=tenant)
        yield entity("project", f"{tenant}/project", own, tenant=tenant)
        yield entity("policy", f"{tenant}/own@1", own, tenant=tenant)
        yield entity("policy", f"{tenant}/own@0", own, 1, 23, tenant=tenant)
        yield entity("endpoint", f"{tenant}-gpu", own, owner=tenant)
        yield entity("offering", f"{tenant}-gpu/m", own, endpoint=f"{tenant}-gpu", model="m")
        yield entity("offering", f"{tenant}-gpu/m", own, 0, 1, endpoint=f"{tenant}-gpu")
        for kind in ("model", "release"):
            yield entity(kind, f"{tenant}-{kind}", own, owner=tenant)
        yield entity("offering", f"public/{tenant}", own, endpoint="public", owner=tenant)
    yield entity("model", "m", ALL)
    yield entity("model", "m", ALL, 0, 1)
    yield entity("release", "m@1", ALL, model="m")
    yield entity("endpoint", "public", ALL)
    yield entity("offering", "public/m", ALL, endpoint="public", model="m")
    yield entity("endpoint", "shared", SHARED, dedicated_to=["acme", "gamma"])
    yield entity("offering", "shared/m", SHARED, endpoint="shared", model="m")
    # The platform's own models, of which nobody outside knows: for those they are served to.
    yield entity("model", "@/house", SHARED)
    yield entity("release", "@/house@undated", SHARED, model="@/house")
    yield entity("offering", "shared/house", SHARED, endpoint="shared", model="@/house")
    yield entity("model", "@/open", ALL)
    yield entity("offering", "public/open", ALL, endpoint="public", model="@/open")
    yield entity("model", "@/none", NONE)
    yield entity("model", "@/was", SHARED, 1, 4)
    yield entity("model", "@/was", NONE, 4)
    yield entity("offering", "shared/was", SHARED, 2, 4, endpoint="shared", model="@/was")
    # Everybody's until 5, then beta's, for the platform's own tests from 8 until 9, then gone.
    yield entity("endpoint", "turned", ALL, 1, 5)
    yield entity("endpoint", "turned", BETA, 5, 8, owner="beta")
    yield entity("endpoint", "turned", NONE, 8, 9, owner="*")
    yield entity("offering", "turned/early", ALL, 1, 4, endpoint="turned")
    yield entity("offering", "turned/across", ALL, 4, 6, endpoint="turned")
    yield entity("offering", "turned/late", BETA, 5, 9, endpoint="turned")
    yield entity("offering", "turned/last", NONE, 8, 9, endpoint="turned")
    yield entity("offering", "nowhere/m", NONE, endpoint="nowhere")
    # No tenant becomes everybody by its name.
    yield entity("tenant", "*", NONE)
    yield entity("override", "*/rule", NONE, tenant="*")
    yield entity("policy", "platforms@1", NONE)


def statements() -> Iterator[Planted]:
    yield statement("model", "m", "public/m", ALL)
    yield statement("model", "m", "m measurements", ALL)
    yield statement("model", "m", "acme-gpu/m", ACME)
    yield statement("model", "m", "acme-gpu/deep/er", ACME)
    yield statement("model", "m", "acme-gpu-2/m", ALL)
    yield statement("model", "m", "shared/m deprecation", SHARED)
    yield statement("model", "m", "turned/m", ALL, 1, 6)
    yield statement("model", "m", "turned/m", BETA, 6, 8)
    yield statement("model", "acme-model", "x", ACME)
    yield statement("model", "unknown", "x", NONE)
    yield statement("source", "source", "x", NONE)
    yield statement("naming", "naming", "x", NONE)
    yield statement("endpoint", "turned", "turned", ALL, 1, 5)
    yield statement("endpoint", "turned", "turned", BETA, 5, 8)
    yield statement("endpoint", "acme-gpu", "acme-gpu", ACME)
    yield statement("offering", "shared/m", "shared/m", SHARED)
    yield statement("override", "beta/rule", "beta/rule", BETA)
    # What ended a rule is said from its end on.
    yield statement("override", "beta/past", "beta/past", BETA, 23)
    yield statement("policy", "beta/own@1", "beta/own@1 state", BETA)
    yield statement("policy", "beta/own@0", "beta/own@0", BETA, 23)
    yield statement("policy", "platforms@1", "platforms@1", NONE)
    yield statement("tenant", "acme", "acme", ACME)


def others() -> Iterator[Planted]:
    for revision, seen_by in {
        1: ALL,
        20: NONE,
        21: ACME,
        22: BETA,
        23: ACME | BETA,
        30: NONE,
        31: BETA,
    }.items():
        # At 1 each of acme and beta got something of its own.
        who = seen_by if revision != 1 else ACME | BETA
        # 31 was done with beta's key.
        actor = "beta" if revision == 31 else "a"
        audit = {"revision": revision, "actor": actor, "reason": "r", "ops": 1, "committed_at": AT}
        yield Planted("admin_audit", audit, str(revision), who)
        yield Planted("moment", {"revision": revision, "committed_at": AT}, str(revision), ALL)
        yield Planted("outbox", {"revision": revision, "delta": b"{}"}, str(revision), NONE)
    for tenant, seen_by in (("acme", ACME), ("beta", BETA), (None, NONE)):
        key = {"key_id": str(tenant), "verifier": Jsonb({"tenant": tenant}), "created_at": AT}
        yield Planted("api_key", key, str(tenant), seen_by)
        done = {"key_id": str(tenant), "tenant": tenant, "change": "issued", "at": AT}
        yield Planted("key_event", {**done, "actor": "a", "reason": "r"}, str(tenant), seen_by)
        secret = {"endpoint": f"{tenant}-gpu", "owner": tenant, "version": 1, "changed_at": AT}
        yield Planted("endpoint_secret", secret, f"{tenant}-gpu", NONE)
        served: dict[str, Any] = {"endpoint": f"{tenant}-gpu", "owner": tenant, "version": 1}
        served |= {part: Jsonb([]) for part in ("declared", "found", "served")}
        served |= {"created_at": AT, "ask_at": AT}
        yield Planted("endpoint_serving", served, f"{tenant}-gpu", NONE)
        probed = {"ask": str(tenant), "owner": tenant, "body": Jsonb({}), "at": AT}
        yield Planted("probe_result", probed, str(tenant), NONE)
        times = {"begun_at": AT, "held_until": AT}
        asked = {"scope": str(tenant), "key": "k", "digest": b"d", "sealed": b"s", **times}
        yield Planted("idempotency", asked, str(tenant), NONE)
        for field in ("tenant", "owner"):
            yield event(f"{field} {tenant}", seen_by, {field: tenant})
    for endpoint, seen_by in (
        ("public", ALL),
        ("acme-gpu", ACME),
        ("shared", SHARED),
        ("turned", NONE),
    ):
        state = {"endpoint": endpoint, "zone": "z", "state": "up", "since": AT}
        yield Planted("health", {**state, "observed_at": AT, "body": Jsonb({})}, endpoint, seen_by)
        yield Planted("health_change", {**state, "reason": "r"}, endpoint, seen_by)
    place = {"topic": "t", "partition": 0}
    yield Planted("consumed", {**place, "next_offset": 1}, "t", NONE)
    letter = {"fate": "dead", "offset": 1, "origin_digest": b"", "headers": Jsonb([]), "code": "c"}
    told = {"error": "e", "consumer": "c", "received_at": AT}
    yield Planted("letter", {**place, **letter, **told}, "t", NONE)


def event(id_: str, seen_by: frozenset[str], body: dict[str, Any]) -> Planted:
    values = {
        "source": "dev",
        "event_id": id_,
        "digest": b"",
        "type": "t",
        "observed_at": AT,
        "sequence": 0,
        "actor": "a",
        "body": Jsonb(body),
        "revision": 1,
        "accepted_at": AT,
    }
    return Planted("inbox", values, id_, seen_by)


def whose(tenant: str) -> frozenset[str]:
    return ALL if tenant == "*" else frozenset({tenant})


# What the database makes of them itself.
MADE = [
    Planted("head", {}, "1", ALL),
    *(
        Planted("endpoint_audience", {}, f"{endpoint} {tenant}", whose(tenant))
        for endpoint, tenant in (
            ("public", "*"),
            ("acme-gpu", "acme"),
            ("beta-gpu", "beta"),
            ("shared", "acme"),
            ("shared", "gamma"),
            ("turned", "*"),
            ("turned", "beta"),
        )
    ),
]


def planted() -> list[Planted]:
    return [*entities(), *statements(), *others(), *MADE]


def plant(database: str) -> None:
    """Put all rows in, as the tables' owner."""
    with psycopg.connect(database) as connection:
        for row in planted():
            if row.values:
                insert = SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    Identifier(row.table),
                    SQL(", ").join(map(Identifier, row.values)),
                    SQL(", ").join(Placeholder() * len(row.values)),
                )
                connection.execute(insert, list(row.values.values()))


def seen(connection: psycopg.Connection[Any]) -> dict[str, set[str]]:
    """What the connection's transaction sees, by table; nothing where it may not even ask."""
    found = {}
    for table, key in KEYS.items():
        query = f"SELECT {key} FROM {table}"  # noqa: S608 - of this page's constants
        try:
            with connection.transaction():
                found[table] = {str(row[0]) for row in connection.execute(query.encode())}
        except InsufficientPrivilege:
            found[table] = set()
    return found
