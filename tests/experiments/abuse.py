"""Ten thousand bad requests to a registry that runs as a process, and what it makes of them.

    python -m tests.experiments.abuse [--json] [--requests 10000] [--seed 1]

All go to loopback. Own generators cut, nest, repeat and forge (tests/services/registry/abuse).
Where `make abuse-env` was run, schemathesis makes documents from the schema, and clairvoyance tries
to guess the schema: with no key, with every name that is really in it, and with a tenant's key and
words that anybody would try.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from infra.local.postgres import EmbeddedPostgres
from routeyard.runtime.clock import utc_now
from services.registry.graphql.schema import build_schema
from tests.components.databases import FORGETFUL, let_services_in
from tests.services.registry.abuse import tools
from tests.services.registry.abuse.firing import Tally, fire, resident_mib
from tests.services.registry.abuse.shots import Range
from tests.services.registry.graphql.following import RegistryProcess
from tests.services.registry.scoping.world import World, build

WARM_UP = 1_000
EXAMPLES_EACH = 50
MOST_GROWTH_MIB = 100
MOST_MS = 30_000
# A statement that PostgreSQL is given on purpose, to see that its log tells of such.
WRONG, WRONG_SAYS = "abused", 'syntax error at or near "abused" at character 1'
_SAID = re.compile(r"(?:ERROR|FATAL|PANIC): {1,2}(.*)")


async def abuse(world: World, folder: Path, number: int, seed: int) -> dict[str, Any]:
    """Everything against one process."""
    schema = build_schema()._schema
    keys = {name: world.keys[name] for name in ("admin", "own admin", "own user")}
    shots = Range(schema, keys, seed)
    log = folder / "registry.log"
    with RegistryProcess(world.database, log) as process:
        await process.start()
        memory = {"started": resident_mib(process.id)}
        warm_up = await fire(process.port, shots.shots(WARM_UP))
        memory["warm"] = resident_mib(process.id)
        first = await fire(process.port, shots.shots(number // 2))
        memory["half way"] = resident_mib(process.id)
        second = await fire(process.port, shots.shots(number - number // 2))
        memory["after"] = resident_mib(process.id)
        found: dict[str, Any] = {"requests": _told(warm_up, first, second), "tools": None}
        if tools.are_there():
            found["tools"] = await asyncio.to_thread(_tools, process.url, keys, folder, seed)
            memory["after tools"] = resident_mib(process.id)
        found["memory_mib"] = {name: round(size, 1) for name, size in memory.items()}
        found["growth_mib"] = round(memory["after"] - memory["warm"], 1)
        found["exit"] = await process.stop()
    found["traces_in_log"] = log.read_text(errors="replace").count("Traceback")
    return found


def _told(*parts: Tally) -> dict[str, Any]:
    whole = Tally()
    for part in parts:
        whole.kinds += part.kinds
        whole.statuses += part.statuses
        whole.codes += part.codes
        whole.faults += part.faults
        whole.milliseconds += part.milliseconds
    return {
        "number": sum(whole.kinds.values()),
        "kinds": dict(sorted(whole.kinds.items())),
        "statuses": dict(sorted(whole.statuses.items())),
        "codes": dict(sorted(whole.codes.items())),
        "faults": [fault._asdict() for fault in whole.faults],
        "p50_ms": round(whole.percentile(0.5), 1),
        "p99_ms": round(whole.percentile(0.99), 1),
        "max_ms": round(max(whole.milliseconds), 1),
    }


def _tools(url: str, keys: dict[str, str], folder: Path, seed: int) -> dict[str, Any]:
    key = keys["own admin"]
    generated = tools.schemathesis(url, key, EXAMPLES_EACH, seed, folder)
    names = tools.words_of(build_schema()._schema)
    return {
        "schemathesis": {name: generated[name] for name in ("exit", "cases", "said")},
        "clairvoyance without a key": tools.clairvoyance(url, None, names, folder),
        "clairvoyance with a tenant's key": tools.clairvoyance(url, key, tools.WORDS, folder),
    }


def report(number: int, seed: int) -> dict[str, Any]:
    """What came of it, with what PostgreSQL said meanwhile."""
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-", ignore_cleanup_errors=True) as name,
        EmbeddedPostgres(Path(name) / "postgres", settings=FORGETFUL) as postgres,
    ):
        let_services_in(postgres.dsn)
        world = build(postgres.create_database("abused"), utc_now())
        found = asyncio.run(abuse(world, Path(name), number, seed))
        _one_wrong(postgres.dsn)
        logs = "".join(
            each.read_text(errors="replace") for each in (Path(name) / "postgres").glob("*.log")
        )
    said = Counter(_SAID.findall(logs))
    # Our own is there, or nothing would be known of others.
    said[WRONG_SAYS] -= 1
    assert said[WRONG_SAYS] >= 0, "PostgreSQL's log was not read"
    said = +said
    return {
        **found,
        "postgres_errors": dict(said.most_common()),
        "syntax_errors": sum(n for what, n in said.items() if "syntax error" in what),
    }


def _one_wrong(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection, suppress(psycopg.errors.SyntaxError):
        connection.execute(WRONG)


def is_sound(found: dict[str, Any]) -> bool:
    """Whether nothing came of it that should not."""
    attacked = found["tools"] or {}
    return (
        not found["requests"]["faults"]
        and found["syntax_errors"] == 0
        and found["traces_in_log"] == 0
        and found["growth_mib"] < MOST_GROWTH_MIB
        and found["requests"]["max_ms"] < MOST_MS
        and attacked.get("schemathesis", {}).get("exit", 0) == 0
        and not attacked.get("clairvoyance without a key", {}).get("fields")
    )


def lines_of(found: dict[str, Any]) -> Iterator[str]:
    """The report for people."""
    sent = found["requests"]
    yield f"{sent['number']} requests, {len(sent['faults'])} answers that should not be"
    yield f"  of each kind: {sent['kinds']}"
    yield f"  statuses: {sent['statuses']}"
    yield f"  codes: {sent['codes']}"
    yield f"  p50 {sent['p50_ms']} ms, p99 {sent['p99_ms']} ms, most {sent['max_ms']} ms"
    for fault in sent["faults"][:20]:
        yield f"FAULT {fault['kind']}: {fault['what']}\n  {fault['request']}\n  {fault['answer']}"
    yield f"memory in MiB: {found['memory_mib']}, {found['growth_mib']} more after the warm-up"
    yield f"PostgreSQL: {found['syntax_errors']} syntax errors; all it said: "
    yield from (f"  {number:5}  {what}" for what, number in found["postgres_errors"].items())
    yield f"{found['traces_in_log']} traces in the registry's log; its exit code is {found['exit']}"
    if not found["tools"]:
        yield "schemathesis and clairvoyance are not there; `make abuse-env` fetches them"
        return
    for name, each in found["tools"].items():
        known = each.get("fields")
        figure = f"{each['cases']} cases" if known is None else f"{len(known)} fields learned"
        yield f"{name}: {figure}; it exits with {each['exit']} and says:"
        yield from (f"  {line}" for line in each["said"])


def main() -> int:
    """Print the report; 1 if something came of it that should not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = report(asked.requests, asked.seed)
    sys.stdout.write((json.dumps(found) if asked.json else "\n".join(lines_of(found))) + "\n")
    return 0 if is_sound(found) else 1


if __name__ == "__main__":
    sys.exit(main())
