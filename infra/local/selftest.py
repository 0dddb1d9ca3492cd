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
SETTLED_AFTER_S = 1.0
CONVERGE_DEADLINE_S = 10.0
POLL_S = 0.001
RESOLVES = 200
STATUS = "{ status { revision models offerings } tenants { nodes { id } } }"
DENY = """
mutation($tenant: ID!, $model: ID!) {
  setOverride(tenant: $tenant, name: "selftest", kind: DENY, targetKind: MODEL, target: $model,
              reason: "selftest: the answer must change") { revision }
}
"""
REQUIREMENT = {"require": {"capabilities": ["tool_use"], "min_context": 131072}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestReport:
    """What was seen.

    Attributes:
        ok: whether a model resolved, and another one after the tenant was denied the first.
        models, offerings: how many the registry lists after the ingest.
        ingest_s: seconds from the start of the ingest until the registry had all of it.
        propagation_ms: milliseconds from a mutation's answer until every router served it.
        resolve_us: median microseconds of a resolution, as the router measured it.
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
    seen, settled = _settled(addresses)
    _await_revision(addresses, int(seen["status"]["revision"]))
    answers = [_resolve(addresses) for _ in range(RESOLVES)]
    model = _chosen_model(answers[-1])
    propagation_ms = _deny(addresses, seen["tenants"]["nodes"][0]["id"], model)
    return SelftestReport(
        ok=_chosen_model(_resolve(addresses)) != model,
        models=seen["status"]["models"],
        offerings=seen["status"]["offerings"],
        ingest_s=round(settled - started, 3),
        propagation_ms=round(propagation_ms, 2),
        resolve_us=round(statistics.median(answer["resolve_us"] for answer in answers), 1),
    )


def _settled(addresses: StackAddresses) -> tuple[Any, float]:
    """What the registry lists once it stopped changing, and since when (monotonic seconds)."""
    seen, since = _graphql(addresses, STATUS), time.monotonic()
    deadline = since + INGEST_DEADLINE_S
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if (now := _graphql(addresses, STATUS)) != seen:
            seen, since = now, time.monotonic()
        elif seen["status"]["models"] and time.monotonic() > since + SETTLED_AFTER_S:
            return seen, since
    raise StackError("The registry still changes, or lists no model: see its log.")


def _deny(addresses: StackAddresses, tenant: str, model: str) -> float:
    changed = _graphql(addresses, DENY, {"tenant": tenant, "model": model})
    answered = time.monotonic()
    _await_revision(addresses, int(changed["setOverride"]["revision"]))
    return (time.monotonic() - answered) * 1e3


def _await_revision(addresses: StackAddresses, revision: int) -> None:
    deadline = time.monotonic() + CONVERGE_DEADLINE_S
    for url in addresses.routers:
        while (read_json(f"{url}/v1/status").get("revision") or 0) < revision:
            if time.monotonic() > deadline:
                raise StackError(f"{url} did not serve revision {revision} in time: see its log.")
            time.sleep(POLL_S)


def _resolve(addresses: StackAddresses) -> Any:
    return read_json(
        f"{addresses.routers[0]}/v1/resolve",
        body=REQUIREMENT,
        headers=_bearer(addresses.keys["tenant"]),
    )


def _chosen_model(answer: Any) -> str:
    if not answer["chosen"]:
        raise StackError(f"No model resolved: {answer['rejected_for']}.")
    return str(answer["chosen"]["model"])


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
