"""Resolving in process: every survivor scored exactly, under policies, while the catalog changes.

    python -m tests.benchmarks.resolve --json [--quick]

Beside it, in the same run: the same question asked in a loop over all offerings, as one would write
it first (without policies, overrides and fallbacks); LiteLLM's router picking among five
deployments (`make bench-env` installs it); and one evaluation of a condition in CEL.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.graph import Graph
from routeyard.domain.policies.condition import Loaded
from routeyard.domain.resolution import Inputs
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot
from tests.benchmarks.resolve_naive import Naive
from tests.benchmarks.resolve_world import Platform, condition

OFFERINGS, TENANTS, POLICIES = 5_000, 10_000, 100
REQUESTS, NAIVE_REQUESTS, SCALING_REQUESTS = 100_000, 300, 10_000
EVERY_S = 1 / 20
SCALES = [(100, 1_000), (1_000, 1_000), (5_000, 1), (5_000, 1_000), (5_000, 100_000)]
SCALES += [(10_000, 10_000)]
REFERENCES = Path(".bench/bin/python")


class Followed:
    """A snapshot that takes over a change of the catalog twenty times a second."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._graph: Graph = platform.graph()
        self.snapshot: Snapshot = snapshots.compile(self._graph)
        self._due = time.perf_counter() + EVERY_S
        self.advances: list[float] = []

    def follow(self) -> None:
        """Take over the next change if it is due."""
        started = time.perf_counter()
        if started < self._due:
            return
        delta = self._platform.delta(self._graph)
        began = time.perf_counter()
        self._graph = graphs.apply(self._graph, delta)
        self.snapshot = snapshots.advance(self.snapshot, self._graph, delta.ops)
        self.advances.append((time.perf_counter() - began) * 1e6)
        self._due = time.perf_counter() + EVERY_S


def measured(platform: Platform, requests: int) -> tuple[list[float], list[int], list[float]]:
    """Microseconds and survivors of each request, first uses included, and of each change."""
    followed = Followed(platform)
    asked = [platform.inputs() for _ in range(requests)]
    gc.collect()
    gc.freeze()  # as a router does once it has started
    took, survivors = [], []
    for inputs in asked:
        followed.follow()
        started = time.perf_counter()
        answer = resolve(followed.snapshot, inputs)
        took.append((time.perf_counter() - started) * 1e6)
        survivors.append(answer.eligible)
    return took, survivors, followed.advances


def median(ask: Callable[[Any], object], of: Sequence[Any]) -> float:
    """The median of the microseconds that each takes."""
    took = []
    for each in of:
        started = time.perf_counter()
        ask(each)
        took.append((time.perf_counter() - started) * 1e6)
    return round(float(np.percentile(took, 50)), 2)


def naive(platform: Platform, inputs: Sequence[Inputs]) -> float:
    """The same question asked in a loop."""
    return median(Naive(platform.graph()).best, inputs)


def one_condition() -> float:
    """One evaluation in CEL, nothing kept from an earlier one."""
    loaded = Loaded(condition('request.step == "planning" && request.input_tokens > 1000'))
    return median(loaded.evaluate, [(n, "planning") for n in range(5_000)])


def litellm() -> float | None:
    """LiteLLM's pick; None where it is not installed."""
    if not REFERENCES.exists():
        return None
    script = Path(__file__).with_name("litellm_pick.py")
    found = subprocess.run([REFERENCES, script], check=True, capture_output=True, text=True)
    return float(found.stdout.split()[-1])


def spread(took: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile."""
    return {
        "p50_us": round(float(np.percentile(took, 50)), 1),
        "p99_us": round(float(np.percentile(took, 99)), 1),
    }


def scaled(offerings: int, tenants: int) -> dict[str, Any]:
    """The same at another size."""
    took, _, _ = measured(Platform(offerings, tenants, POLICIES), SCALING_REQUESTS)
    return {"offerings": offerings, "tenants": tenants, **spread(took)}


def run(*, is_quick: bool) -> dict[str, Any]:
    """All of it."""
    platform = Platform(OFFERINGS, TENANTS, POLICIES)
    took, survivors, advances = measured(platform, REQUESTS // 10 if is_quick else REQUESTS)
    return {
        **spread(took),
        "naive_p50_us": naive(platform, [platform.inputs() for _ in range(NAIVE_REQUESTS)]),
        "litellm_p50_us": litellm(),
        "cel_p50_us": one_condition(),
        "offerings": OFFERINGS,
        "tenants": TENANTS,
        "policies": POLICIES,
        "requests": len(took),
        "survivors_p50": int(np.percentile(survivors, 50)),
        "advance_p50_us": round(float(np.percentile(advances, 50)), 1) if advances else None,
        "advance_p99_us": round(float(np.percentile(advances, 99)), 1) if advances else None,
        "scaling": [] if is_quick else [scaled(*scale) for scale in SCALES],
    }


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    parser.add_argument("--quick", action="store_true", help="fewer requests, no other sizes")
    options = parser.parse_args()
    found = run(is_quick=options.quick)
    if found["litellm_p50_us"] is None:
        print("LiteLLM is not installed: `make bench-env` installs it.", file=sys.stderr)  # noqa: T201
    print(json.dumps(found))  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
