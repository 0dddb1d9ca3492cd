"""Proves on a machine that the stack works: ingest, resolve and a live change, with times."""

import io
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.local.commands import run_routeyard
from infra.local.console import Console
from infra.local.errors import StackError
from infra.local.loopback import read_json
from infra.local.stack import Stack
from infra.local.state import StackAddresses

INGEST_DEADLINE_S = 180.0
CONVERGE_DEADLINE_S = 10.0
RESOLVES = 200
STATUS = "{ status { revision models offerings } }"
LIVE_CHANGE = (
    "mutation($model: String!) {"
    ' setKillSwitch(model: $model, engaged: true, reason: "selftest") { revision } }'
)
REQUIREMENT = {"require": {"capabilities": ["tool_use"], "min_context": 131072}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestReport:
    """What was seen.

    Attributes:
        ok: whether the catalog arrived, a model resolved, and a change to it took effect.
        models, offerings: how many the registry lists after the ingest.
        ingest_s: seconds from the start of the ingest until every router served it.
        propagation_ms: milliseconds from a mutation's answer until every router served it.
        resolve_us: median microseconds of a resolution over HTTP, seen by the caller.
    """

    ok: bool
    models: int
    offerings: int
    ingest_s: float
    propagation_ms: float
    resolve_us: float

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON has them."""
        return asdict(self)


def selftest() -> SelftestReport:
    """Run the test in a temporary folder, which is gone afterwards; StackError when it cannot."""
    with tempfile.TemporaryDirectory(prefix="routeyard-") as folder:
        stack = Stack(Path(folder), console=Console(io.StringIO()))
        with stack:
            addresses = stack.start()
            return _measure(addresses, {"ROUTEYARD_STACK": str(stack.addresses_file)})


def _measure(addresses: StackAddresses, env: Mapping[str, str]) -> SelftestReport:
    started = time.monotonic()
    run_routeyard(["ingest", "all"], env, deadline_s=INGEST_DEADLINE_S)
    seen = _graphql(addresses, STATUS)["status"]
    _await_revision(addresses, seen["revision"])
    ingest_s = time.monotonic() - started
    resolve_us = _median_resolve_us(addresses)
    model = _resolve(addresses)["model"]
    propagation_ms = _change(addresses, model)
    return SelftestReport(
        ok=seen["models"] > 0 and _resolve(addresses)["model"] != model,
        models=seen["models"],
        offerings=seen["offerings"],
        ingest_s=round(ingest_s, 3),
        propagation_ms=round(propagation_ms, 2),
        resolve_us=round(resolve_us, 1),
    )


def _median_resolve_us(addresses: StackAddresses) -> float:
    seconds = []
    for _ in range(RESOLVES):
        started = time.perf_counter()
        _resolve(addresses)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e6


def _change(addresses: StackAddresses, model: str) -> float:
    changed = _graphql(addresses, LIVE_CHANGE, {"model": model})
    answered = time.monotonic()
    _await_revision(addresses, changed["setKillSwitch"]["revision"])
    return (time.monotonic() - answered) * 1e3


def _await_revision(addresses: StackAddresses, revision: int) -> None:
    deadline = time.monotonic() + CONVERGE_DEADLINE_S
    for url in addresses.routers:
        while (read_json(f"{url}/v1/status").get("revision") or 0) < revision:
            if time.monotonic() > deadline:
                raise StackError(f"{url} did not serve revision {revision} in time: see its log.")
            time.sleep(0.001)


def _resolve(addresses: StackAddresses) -> Any:
    return read_json(
        f"{addresses.routers[0]}/v1/resolve",
        body=REQUIREMENT,
        headers=_bearer(addresses.keys["service"]),
    )


def _graphql(
    addresses: StackAddresses, query: str, variables: Mapping[str, Any] | None = None
) -> Any:
    answer = read_json(
        f"{addresses.registry}/graphql",
        body={"query": query, "variables": variables or {}},
        headers=_bearer(addresses.keys["admin"]),
    )
    if answer.get("errors"):
        raise StackError(f"The registry refused a query: {answer['errors'][0]['message']}")
    return answer["data"]


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}
