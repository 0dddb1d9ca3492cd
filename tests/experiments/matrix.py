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
from collections.abc import Iterator
from contextlib import contextmanager
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
TIMED: dict[str, tuple[str, Any]] = {
    "model(id:)": ("query($id: ID!) { model(id: $id) { id } }", "hosted"),
    "endpoint(id:)": ("query($id: ID!) { endpoint(id: $id) { id } }", "dedicated"),
    "tenant(id:)": ("query($id: ID!) { tenant(id: $id) { id } }", "word"),
    "effectiveScope(tenant:)": (
        "query($id: ID!) { effectiveScope(tenant: $id) { tenant } }",
        "word",
    ),
    "history(id:)": (
        "query($id: ID!) { history(id: $id, kind: OVERRIDE) { nodes { revision } } }",
        "rule_id",
    ),
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
    for name, (document, attribute) in TIMED.items():
        took: dict[Customer, list[float]] = {OTHER: [], ABSENT: []}
        for number in range(samples + WARM_UP):
            for who in draw.sample([OTHER, ABSENT], 2):
                spent = await _spent(pair, document, getattr(who, attribute))
                if number >= WARM_UP:
                    took[who].append(spent)
        other, absent = (sorted(took[who]) for who in (OTHER, ABSENT))
        found[name] = {
            "samples": samples,
            "p": round(mann_whitney(other, absent), 4),
            "other_median_ms": round(other[samples // 2], 3),
            "absent_median_ms": round(absent[samples // 2], 3),
        }
    return found


async def _spent(pair: Pair, document: str, name: str) -> float:
    body = {"query": document, "variables": {"id": name}}
    begun = time.perf_counter()
    await pair.registry.post(body, "own user")
    return (time.perf_counter() - begun) * 1_000


async def report(dsns: Iterator[str], *, is_seeded: bool, samples: int) -> dict[str, Any]:
    """What was asked for."""
    first, more = await asyncio.to_thread(worlds, lambda: next(dsns))
    async with running(first, more) as pair:
        found: dict[str, Any] = {"timing": await timing(pair, samples)} if samples else {}
        found |= await cells(pair)
    if is_seeded:
        both = await asyncio.to_thread(worlds, lambda: next(dsns))
        unwalled(*both)
        async with running(*both) as pair:
            # Faults are seeded behind a first wall that holds alone.
            alone = pair.matrix()
            await alone.run(pair.questions)
            found["leaks"] += [leak._asdict() for leak in alone.leaks]
            found["seeded"] = await faults(pair)
    return found


def lines_of(found: dict[str, Any]) -> Iterator[str]:
    """The report for people."""
    yield f"{found['cells']} cells, {len(found['leaks'])} leaks"
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
    is_even = all(each["p"] > SMALL for each in found.get("timing", {}).values())
    return 0 if is_sound and is_even and all(found.get("seeded", {"": 1}).values()) else 1


if __name__ == "__main__":
    sys.exit(main())
