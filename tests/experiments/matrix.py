"""Whether a tenant is told anything of another one, over all that can be asked of the registry.

    python -m tests.experiments.matrix [--json] [--seeded] [--timing N]

The cells are made from the schema: every field, argument, filter, order, cursor and revision, and
every order, asked of one's own things, of another tenant's, and of what is not there. `--seeded`
breaks the registry on purpose, one thing at a time, and tells what the matrix finds of it.
`--timing` asks N times for another's things and for none, in turns, and compares how long it took.
"""

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from infra.local.postgres import EmbeddedPostgres
from tests.components.databases import FORGETFUL, let_services_in
from tests.experiments.rank_test import mann_whitney
from tests.services.registry.scoping.customers import ABSENT, OTHER, Customer
from tests.services.registry.scoping.followed import unfollowed
from tests.services.registry.scoping.orders import unentered
from tests.services.registry.scoping.questions import unclassified
from tests.services.registry.scoping.runs import Pair, running, seeded, unwalled, whole, worlds
from tests.services.registry.scoping.seeded import FAULTS

WARM_UP = 50
SMALL = 0.01
_ASK, _ORDER = "query($id: ID!) {{ {} }}", "mutation($id: ID!) {{ {} }}"
_DECLARE = """mutation($id: ID!) { registerEndpoint(dryRun: true, input: {name: "new",
    keyless: true, url: "https://93.184.216.34/v1", models: [{nativeId: "m", model: $id}]}) {
    revision } }"""
# How something is asked for by name, by whom, and by which of its owner's names.
TIMED: dict[str, tuple[str, str, str]] = {
    "model(id:) at a dedicated endpoint": (_ASK.format("model(id: $id) { id }"), "user", "hosted"),
    "model(id:) that is private": (_ASK.format("model(id: $id) { id }"), "user", "ours"),
    "offering(id:)": (_ASK.format("offering(id: $id) { id }"), "user", "hosted_offering"),
    "endpoint(id:) that is dedicated": (
        _ASK.format("endpoint(id: $id) { id }"),
        "user",
        "dedicated",
    ),
    "endpoint(id:) of its own": (_ASK.format("endpoint(id: $id) { id }"), "user", "rack"),
    "tenant(id:)": (_ASK.format("tenant(id: $id) { id }"), "user", "word"),
    "effectiveScope(tenant:)": (
        _ASK.format("effectiveScope(tenant: $id) { tenant }"),
        "user",
        "word",
    ),
    "history(id:) of a rule": (
        _ASK.format("history(id: $id, kind: OVERRIDE) { nodes { revision } }"),
        "user",
        "rule_id",
    ),
    "history(id:) of a model": (
        _ASK.format("history(id: $id) { nodes { revision } }"),
        "user",
        "hosted",
    ),
    "releases(model:)": (
        _ASK.format("releases(model: $id) { nodes { id } }"),
        "user",
        "hosted",
    ),
    "offerings(filter: {endpoint:})": (
        "query($id: ID!) { offerings(filter: {endpoint: $id}) { nodes { id } } }",
        "user",
        "dedicated",
    ),
    "alternatives(model:)": (
        _ASK.format("alternatives(model: $id) { likeness }"),
        "user",
        "hosted",
    ),
    "overrides(tenant:)": (
        _ASK.format("overrides(tenant: $id) { nodes { id } }"),
        "user",
        "word",
    ),
    "keys(tenant:)": (_ASK.format("keys(tenant: $id) { nodes { id } }"), "admin", "word"),
    "updateEndpoint(id:)": (
        _ORDER.format('updateEndpoint(id: $id, input: {residency: ["CH"]}) { revision }'),
        "admin",
        "rack",
    ),
    "testEndpoint(id:)": (_ORDER.format("testEndpoint(id: $id) { reached }"), "admin", "rack"),
    "revokeKey(keyId:)": (
        'mutation($id: String!) { revokeKey(keyId: $id, reason: "r") }',
        "admin",
        "old_key",
    ),
    "registerEndpoint(models: {model:})": (_DECLARE, "admin", "hosted"),
}


async def cells(pair: Pair) -> dict[str, Any]:
    """The whole matrix."""
    matrix, orders = await whole(pair)
    return {
        "cells": sum(matrix.cells.values()),
        "by_kind": dict(matrix.cells.most_common()),
        "leaks": [leak._asdict() for leak in matrix.leaks],
        "unproven": matrix.unproven(),
        "unclassified": [
            *unclassified(pair.schema),
            *unentered(pair.schema),
            *unfollowed(pair.schema),
        ],
        "fields_shown": len(matrix.filled),
        "rights": orders.outcomes,
    }


async def faults(pair: Pair) -> dict[str, int]:
    """How many cells tell of each seeded fault."""
    return {name: len(await seeded(pair, name)) for name in FAULTS}


async def timing(pair: Pair, samples: int) -> dict[str, Any]:
    """How another's and nobody's things differ in time: p by Mann-Whitney, and the medians."""
    draw = random.Random(7)  # noqa: S311 - the same every time
    found = {}
    for name, (document, role, attribute) in TIMED.items():
        took: dict[Customer, list[float]] = {OTHER: [], ABSENT: []}
        for number in range(samples + WARM_UP):
            for who in draw.sample([OTHER, ABSENT], 2):
                spent = await _spent(pair, role, document, getattr(who, attribute))
                if number >= WARM_UP:
                    took[who].append(spent)
        other, absent = (sorted(took[who]) for who in (OTHER, ABSENT))
        found[name] = {
            "samples": samples,
            "p": round(mann_whitney(other, absent), 6),
            "other_median_ms": round(other[samples // 2], 3),
            "absent_median_ms": round(absent[samples // 2], 3),
        }
    return found


async def _spent(pair: Pair, role: str, document: str, name: str) -> float:
    body = {"query": document, "variables": {"id": name}}
    begun = time.perf_counter()
    await pair.registry.post(body, f"own {role}")
    return (time.perf_counter() - begun) * 1_000


async def report(dsns: Iterator[str], *, is_seeded: bool, samples: int) -> dict[str, Any]:
    """What was asked for."""
    first, more = await asyncio.to_thread(worlds, lambda: next(dsns))
    async with running(first, more) as pair:
        found: dict[str, Any] = {"timing": await timing(pair, samples)} if samples else {}
        found |= await cells(pair)
    if is_seeded:
        # Faults are seeded behind a first wall that holds alone.
        async with _unwalled(dsns) as pair:
            alone = await cells(pair)
            found["first_wall_alone"] = alone["cells"]
            found["leaks"] += alone["leaks"]
        async with _unwalled(dsns) as pair:
            found["seeded"] = await faults(pair)
    return found


@asynccontextmanager
async def _unwalled(dsns: Iterator[str]) -> AsyncIterator[Pair]:
    both = await asyncio.to_thread(worlds, lambda: next(dsns))
    unwalled(*both)
    async with running(*both) as pair:
        yield pair


def lines_of(found: dict[str, Any]) -> Iterator[str]:
    """The report for people."""
    alone = found.get("first_wall_alone")
    besides = f", {alone} more without the second wall" if alone else ""
    yield f"{found['cells']} cells{besides}, {len(found['leaks'])} leaks"
    yield from (f"  {number:6}  {kind}" for kind, number in found["by_kind"].items())
    yield f"{found['fields_shown']} fields were shown of one's own things"
    for part in ("unproven", "unclassified"):
        yield f"{part}: {', '.join(found[part]) or 'none'}"
    yield from (f"LEAK {each['cell']} ({each['role']}): {each['what']}" for each in found["leaks"])
    for name, each in found.get("timing", {}).items():
        yield (
            f"{name} of another tenant {each['other_median_ms']} ms, of nobody "
            f"{each['absent_median_ms']} ms (medians of {each['samples']}), p = {each['p']}"
        )
    for name, number in found.get("seeded", {}).items():
        yield f"  {number:4} cells tell: {name}" if number else f"  NOT FOUND: {name}"


@contextmanager
def _databases() -> Iterator[Iterator[str]]:
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-", ignore_cleanup_errors=True) as folder,
        EmbeddedPostgres(Path(folder), settings=FORGETFUL) as postgres,
    ):
        let_services_in(postgres.dsn)
        yield (postgres.create_database(f"world_{number}") for number in count())


def main() -> int:
    """Print the report; 1 if anything leaks, proves nothing, or a seeded fault is not found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    parser.add_argument("--seeded", action="store_true", help="break it, and see it found")
    parser.add_argument("--timing", type=int, default=0, metavar="N", help="samples, 2000 say")
    asked = parser.parse_args()
    # A registry without Kafka says so again and again.
    logging.disable(logging.ERROR)
    with _databases() as dsns:
        found = asyncio.run(report(dsns, is_seeded=asked.seeded, samples=asked.timing))
    sys.stdout.write((json.dumps(found) if asked.json else "\n".join(lines_of(found))) + "\n")
    is_sound = not found["leaks"] and not found["unproven"] and not found["unclassified"]
    # So many comparisons are made that one of them alone would often seem odd by chance.
    is_even = all(each["p"] > SMALL / len(TIMED) for each in found.get("timing", {}).values())
    return 0 if is_sound and is_even and all(found.get("seeded", {"": 1}).values()) else 1


if __name__ == "__main__":
    sys.exit(main())
