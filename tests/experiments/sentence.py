"""The sentence that policies are built around, explained on both sides of 2000 ms.

    python -m tests.experiments.sentence [--json]

"For tenant class ENTERPRISE_LEGAL, prefer models with capability tag LONG_CONTEXT, route to a
self-hosted endpoint if data_residency == EU, fall back to Mistral-Large-v3 if the primary
endpoint's latency exceeds 2000 ms": `docs/examples/policies/enterprise-legal.yaml` over the graph
beside it, for the law firm whose data stay in the EU, while its endpoint in Frankfurt gets slower.
"""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from routeyard.domain import snapshot as snapshots
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.resolution import Inputs, Requirement, Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.review.stage import stage
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope
from services.registry.policies import graphs, text
from services.router.show import show

EXAMPLES = Path("docs/examples")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SLOW = "rack-frankfurt"


def decided() -> Snapshot:
    """The example's graph in which the example's policy decides."""
    document = (EXAMPLES / "policies/enterprise-legal.yaml").read_text(encoding="utf-8")
    written = text.read(document)
    if isinstance(written, list):
        sys.exit("\n".join(map(str, written)))
    graph = graphs.read(EXAMPLES / "graphs/law-firm.yaml")
    policy = written.draft.policy(1, document)
    return stage(graph, snapshots.compile(graph), policy).after


def asked(snapshot: Snapshot, latency_ms: float) -> Resolution:
    """What the law firm gets while Frankfurt takes that long, with every reason."""
    health = EndpointHealth(
        endpoint=SLOW,
        zone="any",
        state=HealthState.HEALTHY,
        observed_at=NOON,
        since=NOON,
        expires_at=NOON + timedelta(minutes=1),
        latency_ms=latency_ms,
    )
    inputs = Inputs(
        now=NOON,
        scope=Scope(tenant="lex"),
        requirement=Requirement(explain=True),
        zone="any",
        health={SLOW: health},
    )
    return resolve(snapshot, inputs)


def main() -> None:
    """Show both answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    snapshot = decided()
    for latency_ms in (2_000.0, 2_001.0):
        told: dict[str, Any] = msgspec.to_builtins(asked(snapshot, latency_ms))
        if options.json:
            print(json.dumps({"latency_ms": latency_ms, **told}))  # noqa: T201
            continue
        print(f"\n{SLOW} answers in {latency_ms:g} ms:")  # noqa: T201
        show(
            {"zone": "any", "stale": False, "resolve_us": 0, "rejected_for": {}, **told}, every=True
        )


if __name__ == "__main__":
    main()
