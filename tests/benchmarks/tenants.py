"""Ten thousand tenants: loading them through the API, asking for them, changing one, knowing a key.

    python -m tests.benchmarks.tenants --json [--quick]

A registry of its own, on an embedded PostgreSQL, is given 10,000 tenants with five overrides each
by `applyTenancy`; then it is asked for pages of 50 tenants with their overrides, for what applies
to one of them, and told one more rule at a time. A router's snapshot of the same graph takes each
rule over, and recognises keys, one for each tenant. Beside it, in the same run: a bare `SELECT 1`,
`{ revision }`, the smallest query there is, and a bare HMAC.
"""

import argparse
import asyncio
import hmac
import json
import os
import random
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from infra.local.ports import free_port
from infra.local.postgres import EmbeddedPostgres, create_login
from routeyard.domain import graph as graphs
from routeyard.domain import keys
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.keys import KeyVerifier, Pepper
from routeyard.domain.tenancy import Role
from services.registry import bootstrap
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.scope import SERVICE_ROLE
from services.registry.setup import bootstrapped
from services.router.current import Current
from services.router.resolve_api import ResolveApi
from tests.benchmarks.graph import WARM_UP, Asker, environment, select_1, serving, spread

TENANTS, QUICK = 10_000, 500
OVERRIDES = 5
PROVIDERS = [f"provider-{number}" for number in range(40)]
# As many tenants, with what is said for them, as one order takes.
AT_ONCE = 83
# The registry reads one order while it writes another.
SIDE_BY_SIDE = 2
SAMPLES = 500
KEY_CHECKS = 50_000
APPLY = """mutation($changes: [TenancyChange!]!, $reason: String!) {
    applyTenancy(changes: $changes, reason: $reason) { revision } }"""
PAGE = """query($ids: [ID!], $after: String) { tenants(first: 50, ids: $ids, after: $after) {
    nodes { id name tenantClass tier residency overrides(first: 10) { nodes { id kind targetKind
    target weight limit value reason expiresAt } } } pageInfo { hasNextPage endCursor } } }"""
EFFECTIVE = """query($tenant: ID!) { effectiveScope(tenant: $tenant) { allowed { origins }
    denied { kind id } limits { kind value origin } residency
    said { level origin outcome because } } }"""
SET = """mutation($tenant: ID!, $target: ID!) { setOverride(tenant: $tenant, name: "bench",
    kind: DENY, targetKind: PROVIDER, target: $target, reason: "benchmark") { revision } }"""
Change = dict[str, Any]


def name_of(number: int) -> str:
    """A tenant's id."""
    return f"tenant-{number:05}"


def basis() -> list[Change]:
    """What all tenants build on."""
    limits = [{"kind": "REQUESTS_PER_MINUTE", "value": "600"}]
    tier = {"id": "gold", "name": "Gold", "limits": limits}
    return [{"tier": tier}, {"tenantClass": {"id": "LEGAL", "name": "Legal", "tier": "gold"}}]


def changes_of(number: int, draw: random.Random) -> list[Change]:
    """A tenant and five rules of different kinds for it."""
    tenant = name_of(number)
    common = {"tenant": tenant, "reason": "benchmark"}
    aimed = {"targetKind": "PROVIDER"}
    rules: list[Change] = [
        {"name": "deny", "kind": "DENY", **aimed, "target": draw.choice(PROVIDERS)},
        {
            "name": "prefer",
            "kind": "PREFER",
            **aimed,
            "target": draw.choice(PROVIDERS),
            "weight": 2,
        },
        {"name": "cap", "kind": "LIMIT", "limit": "TOKENS_PER_DAY", "value": "1000000"},
        {
            "name": "fast",
            "kind": "ALIAS",
            "author": "TENANT",
            "targetKind": "MODEL",
            "target": "lab/model-1",
        },
        {
            "name": "own",
            "kind": "DENY",
            "author": "TENANT",
            "targetKind": "MODEL",
            "target": f"lab/model-{draw.randrange(200)}",
        },
    ]
    record = {
        "id": tenant,
        "name": f"Tenant {number}",
        "tenantClass": "LEGAL" if number % 2 else "STANDARD",
        "residency": ["EU"] if number % 3 == 0 else [],
    }
    return [{"tenant": record}, *({"override": {**common, **rule}} for rule in rules)]


async def load(asker: Asker, tenants: int) -> dict[str, float]:
    """Everything through the API, in as few orders as it takes."""
    draw = random.Random(7)  # noqa: S311 - repeatable, not secret
    orders = [
        [
            change
            for number in range(first, min(first + AT_ONCE, tenants))
            for change in changes_of(number, draw)
        ]
        for first in range(0, tenants, AT_ONCE)
    ]
    turn = asyncio.Semaphore(SIDE_BY_SIDE)

    async def order(changes: list[Change]) -> None:
        async with turn:
            await asker.milliseconds(APPLY, {"changes": changes, "reason": "benchmark"})

    started = time.perf_counter()
    await order(basis())
    await asyncio.gather(*map(order, orders))
    return {"load_s": round(time.perf_counter() - started, 2), "load_orders": len(orders) + 1}


async def ask(asker: Asker, tenants: int, samples: int) -> dict[str, float]:
    """Milliseconds of everything that is asked, at that size."""
    draw = random.Random(11)  # noqa: S311 - repeatable, not secret

    def some() -> str:
        return name_of(draw.randrange(tenants))

    questions: dict[str, Callable[[], Awaitable[float]]] = {
        "page": lambda: asker.milliseconds(PAGE, {"ids": [some() for _ in range(50)]}),
        "first_page": lambda: asker.milliseconds(PAGE, {}),
        "effective": lambda: asker.milliseconds(EFFECTIVE, {"tenant": some()}),
        "mutation": lambda: asker.milliseconds(
            SET, {"tenant": some(), "target": draw.choice(PROVIDERS)}
        ),
        "revision": lambda: asker.milliseconds("{ revision }", {}),
    }
    result: dict[str, float] = {}
    for what, question in questions.items():
        took = [await question() for _ in range(WARM_UP + samples)][WARM_UP:]
        result |= spread(what, took)
    return result | spread("walk", await walk(asker))


async def walk(asker: Asker) -> list[float]:
    """Every page of the list, one after the other."""
    took: list[float] = []
    after: str | None = None
    while True:
        started = time.perf_counter()
        found = (await asker.answer(PAGE, {"after": after}))["tenants"]["pageInfo"]
        took.append((time.perf_counter() - started) * 1e3)
        if not found["hasNextPage"]:
            return took
        after = found["endCursor"]


async def at_the_router(database: str, tenants: int, samples: int) -> dict[str, float]:
    """What a router does with the same graph: take a rule over, and recognise a key."""
    pool = connect(database)
    head, ops = await PostgresLedger(pool).snapshot()
    await pool.dispose()
    current = Current("local")
    graph = graphs.load(head.epoch, head.revision, ops)
    started = time.perf_counter()
    current.take_graph(graph, None)
    result = {"compile_s": round(time.perf_counter() - started, 2)}
    result |= spread("advance", advances(current, graph, ops, samples))
    return result | await key_checks(current, tenants)


def advances(
    current: Current, graph: graphs.Graph, ops: Sequence[graphs.Op], samples: int
) -> list[float]:
    """Milliseconds from a delta of one rule to the snapshot that holds it."""
    rules = [op for op in ops if op.kind is Kind.OVERRIDE]
    took = []
    for number in range(samples):
        old = rules[number % len(rules)]
        ref = EntityRef(Kind.OVERRIDE, old.id)
        body = bytes(old.body).replace(b"benchmark", b"measured!")
        before = graph.digests[ref]
        delta = graphs.Delta(
            epoch=graph.epoch,
            from_revision=graph.revision,
            to_revision=graph.revision + 1,
            ops=(graphs.put(ref, body),),
            checksum=graphs.write_checksum(
                graphs.checksum_after(graph.checksum, [before], [graphs.digest(ref, body)])
            ),
            actor="benchmark",
            reason="benchmark",
            committed_at=datetime.now(UTC),
        )
        started = time.perf_counter()
        graph = graphs.apply(graph, delta)
        current.take_graph(graph, delta.ops)
        took.append((time.perf_counter() - started) * 1e3)
    return took


async def key_checks(current: Current, tenants: int) -> dict[str, float]:
    """Microseconds to know who holds a key, one of each tenant's; and of a bare HMAC."""
    secret, now = os.urandom(32), datetime.now(UTC)
    pepper = Pepper(secret)
    held = [keys.mint(os.urandom(42)) for _ in range(tenants)]
    for number, key in enumerate(held):
        current.keys[key.key_id] = KeyVerifier(
            key_id=key.key_id,
            digest=pepper.digest(key.secret),
            role=Role.TENANT_USER,
            tenant=name_of(number),
        )
    api = ResolveApi(current, pepper, "local")
    asked = [{"authorization": f"Bearer {keys.write(key)}"} for key in held]
    asked = [asked[number % len(asked)] for number in range(KEY_CHECKS)]
    words = [held[number % len(held)].secret.encode() for number in range(KEY_CHECKS)]
    started = time.perf_counter()
    for headers in asked:
        await api.authenticate(headers, now)
    checked = time.perf_counter()
    for word in words:
        hmac.digest(secret, word, "sha256")
    return {
        "key_check_us": round((checked - started) * 1e6 / KEY_CHECKS, 2),
        "hmac_us": round((time.perf_counter() - checked) * 1e6 / KEY_CHECKS, 2),
    }


async def at_the_registry(
    url: str, key: str, owner: str, tenants: int, samples: int
) -> dict[str, float]:
    """What people and programs ask and order."""
    headers = {"authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        asker = Asker(http, url)
        loaded = await load(asker, tenants)
        # As autovacuum does within a minute: the statistics that the planner goes by.
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return loaded | await ask(asker, tenants, samples)


def run(tenants: int, samples: int) -> dict[str, Any]:
    """All of it."""
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as postgres,
    ):
        owner = postgres.create_database("benchmark")
        schema.migrate(owner)
        database = create_login(owner, "benchmark", secrets.token_hex(), SERVICE_ROLE)
        settings = environment(database, free_port())
        made = dict(bootstrapped(settings, bootstrap.Plan("acme", has_dev_source=True)).keys)
        result: dict[str, Any] = {"tenants": tenants, "overrides": tenants * OVERRIDES}
        with serving(settings, Path(folder) / "registry.log") as url:
            result |= asyncio.run(at_the_registry(url, made["admin"], owner, tenants, samples))
        result |= asyncio.run(at_the_router(database, tenants, samples))
        return result | spread("select_1", select_1(database, samples))


def main() -> None:
    """Run it, on a PostgreSQL of its own in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    parser.add_argument("--quick", action="store_true", help="500 tenants")
    options = parser.parse_args()
    result = run(QUICK if options.quick else TENANTS, SAMPLES)
    print(json.dumps(result))  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
