"""Asking the graph over HTTP, and filling it: how long that takes.

    python -m tests.benchmarks.graph --json [--quick]

A registry of its own, on an embedded PostgreSQL, is asked one query after another: filtered and
sorted pages of 50 models with their capabilities, offerings and prices, among 5,000 offerings and
1,000 revisions, as the graph is and as it was. Beside it, in the same run: a bare `SELECT 1`, and
`{ revision }`, the smallest query there is. `ingest_*` are measured by graph_ingest.
"""

import argparse
import asyncio
import importlib
import json
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from infra.local.ports import free_port
from infra.local.postgres import EmbeddedPostgres, create_login
from services.registry import bootstrap
from services.registry.ledger import Batch
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.scope import SERVICE_ROLE
from services.registry.setup import bootstrapped
from tests.benchmarks.graph_facts import REVISIONS, TAGS, Facts

WARM_UP, SAMPLES = 100, 1_000
READY_S = 30.0
NODES = """{ nodes { id name provider context maxOutput lifecycle capabilities { tag level }
    offerings(first: 20) { nodes { id endpointId nativeId context
    price { input output cachedRead cacheWrite } } } } pageInfo { hasNextPage endCursor } }"""
HEADER = "$filter: ModelFilter, $sort: ModelSort"
LIST = f"models(first: 50, filter: $filter, sort: $sort) {NODES}"
PAGE = f"query({HEADER}) {{ {LIST} }}"
AS_OF = f"query($at: Long!, {HEADER}) {{ graph(revision: $at) {{ committedAt {LIST} }} }}"

Variables = dict[str, Any]


def wanted(draw: random.Random) -> Variables:
    """A filter and an order that no other query of the run is likely to have."""
    given: Variables = {
        "capabilities": {
            "allOf": [{"tag": draw.choice(TAGS)}],
            "noneOf": [{"tag": draw.choice(TAGS), "minLevel": 0.9}],
        },
        "context": {"min": draw.choice([8_192, 65_536, 128_000])},
        "price": {"maxInput": str(draw.randint(500, 1_500) / 100)},
    }
    if draw.random() < 1 / 3:
        given["residency"] = ["EU", "US"]
    sort = draw.choice([None, {"by": "PRICE_INPUT"}, {"by": "CONTEXT", "direction": "DESC"}])
    return {"filter": given, "sort": sort}


class Asker:
    """Asks one query at a time over one connection, and notes how long the answer took."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = f"{url}/graphql"
        self.models = 0

    async def milliseconds(self, query: str, variables: Variables) -> float:
        """From the request to the last byte of the answer."""
        started = time.perf_counter()
        body = await self._post(query, variables)
        took = (time.perf_counter() - started) * 1e3
        data = _data(body)
        self.models += len((data.get("graph") or data).get("models", {}).get("nodes", ()))
        return took

    async def answer(self, query: str, variables: Variables) -> Any:
        """What is answered."""
        return _data(await self._post(query, variables))

    async def _post(self, query: str, variables: Variables) -> bytes:
        async with self._http.post(
            self._url, json={"query": query, "variables": variables}
        ) as answer:
            return await answer.read()


def _data(body: bytes) -> Any:
    found = json.loads(body)
    if "errors" in found:
        raise RuntimeError(found["errors"])
    return found["data"]


async def measure(url: str, keys: dict[str, str], database: str, samples: int) -> dict[str, float]:
    """Milliseconds of everything that is asked."""
    draw = random.Random(7)  # noqa: S311 - repeatable, not secret
    result: dict[str, float] = {}
    for name, key in (("", "service"), ("tenant_", "tenant")):
        headers = {"authorization": f"Bearer {keys[key]}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            asker = Asker(http, url)
            questions: dict[str, Callable[[], Awaitable[float]]] = {
                "page": lambda asker=asker: asker.milliseconds(PAGE, wanted(draw)),  # type: ignore[misc]
                "as_of": lambda asker=asker: asker.milliseconds(  # type: ignore[misc]
                    AS_OF, {"at": draw.randint(20, REVISIONS - 1), **wanted(draw)}
                ),
                "revision": lambda asker=asker: asker.milliseconds("{ revision }", {}),  # type: ignore[misc]
            }
            for what, ask in questions.items():
                took = [await ask() for _ in range(WARM_UP + samples)][WARM_UP:]
                result |= spread(f"{name}{what}", took)
            result[f"{name}models_per_page"] = round(asker.models / (2 * (WARM_UP + samples)), 1)
    return result | spread("select_1", select_1(database, samples))


def select_1(database: str, samples: int) -> list[float]:
    """The round trip that no query can do without."""
    took = []
    with psycopg.connect(database, autocommit=True) as connection:
        for _ in range(WARM_UP + samples):
            started = time.perf_counter()
            connection.execute("SELECT 1").fetchone()
            took.append((time.perf_counter() - started) * 1e3)
    return took[WARM_UP:]


def spread(name: str, took: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile."""
    percentiles = statistics.quantiles(took, n=100, method="inclusive")
    return {
        f"{name}_p50_ms": round(percentiles[49], 2),
        f"{name}_p99_ms": round(percentiles[98], 2),
    }


async def fill(database: str) -> dict[str, Any]:
    """Commit after commit, as facts arrive."""
    pool, facts = connect(database), Facts()
    ledger = PostgresLedger(pool)
    started = time.perf_counter()
    for batch in facts.all():
        await ledger.record(Batch(batch, reason="benchmark"))
    filled = time.perf_counter()
    while (head := await ledger.head()).revision < REVISIONS:
        await ledger.record(Batch(facts.change(), reason="benchmark"))
    await pool.dispose()
    return {
        "ledger_fill_s": round(filled - started, 2),
        "ledger_commit_ms": round((time.perf_counter() - filled) * 1e3 / head.revision, 2),
        "revisions": head.revision,
    }


def environment(database: str, port: int) -> dict[str, str]:
    """The settings of a registry without Kafka."""
    secret = b64encode(os.urandom(32)).decode()
    return {
        "ROUTEYARD_DATABASE_URL": database,
        "ROUTEYARD_KEY_PEPPER": secret,
        "ROUTEYARD_ENCRYPTION_KEY": secret,
        "ROUTEYARD_KAFKA": "127.0.0.1:1",
        "ROUTEYARD_HOST": "127.0.0.1",
        "ROUTEYARD_PORT": str(port),
    }


@contextmanager
def serving(settings: dict[str, str], log: Path) -> Iterator[str]:
    """A registry as a process; its base URL."""
    url = f"http://127.0.0.1:{settings['ROUTEYARD_PORT']}"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.registry"],
            env={**os.environ, **settings},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            asyncio.run(_answers(f"{url}/livez", process))
            yield url
        finally:
            process.terminate()
            process.wait()


async def _answers(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + READY_S
    async with aiohttp.ClientSession() as http:
        while process.poll() is None and time.perf_counter() < deadline:
            try:
                async with http.get(url):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)
    raise TimeoutError(f"The registry did not answer at {url} within {READY_S} s.")


def ask_the_graph(samples: int) -> dict[str, Any]:
    """Fill a graph, and ask it."""
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-") as folder,
        EmbeddedPostgres(Path(folder) / "postgres") as postgres,
    ):
        owner = postgres.create_database("benchmark")
        schema.migrate(owner)
        database = create_login(owner, "benchmark", secrets.token_hex(), SERVICE_ROLE)
        settings = environment(database, free_port())
        keys = dict(bootstrapped(settings, bootstrap.Plan("acme", has_dev_source=True)).keys)
        result = asyncio.run(fill(database))
        # As autovacuum does within a minute: the statistics that the planner goes by.
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        with serving(settings, Path(folder) / "registry.log") as url:
            result |= asyncio.run(measure(url, keys, database, samples))
    return result


def ingest() -> dict[str, Any]:
    """All catalogs through Kafka; nothing where that benchmark is not there."""
    name = "tests.benchmarks.graph_ingest"
    if find_spec(name) is None:
        return {}
    measured: dict[str, Any] = asyncio.run(importlib.import_module(name).measure())
    return measured


def main() -> None:
    """Run it, on a PostgreSQL of its own in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    parser.add_argument("--quick", action="store_true", help="500 samples instead of 1,000")
    parser.add_argument("--no-ingest", action="store_true", help="leave the ingest out")
    options = parser.parse_args()
    result = {} if options.no_ingest else ingest()
    result |= ask_the_graph(500 if options.quick else SAMPLES)
    print(json.dumps(result))  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
