"""A policy from a file to the answers of every router, and back, on real processes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.running import RunningStack, wait_until

pytestmark = pytest.mark.timeout(300)

NAME = "not-there"
DOCUMENT = """apiVersion: routeyard/v1
kind: RoutingPolicy
metadata: {name: NAME}
spec:
  match: tenant.id == "acme"
  rules:
    - name: not-these
      deny: [{kind: provider, id: PROVIDER}]
  tests:
    - name: acme is served elsewhere
      given: {tenant: {id: acme}}
      expect: {rule: not-these}
"""


def answers(running: RunningStack) -> list[dict[str, Any]]:
    """What each router answers the tenant's key."""
    return [running.resolve(router, "tenant") for router in (0, 1)]


def test_a_policy_decides_at_every_router_and_is_taken_back(
    running: RunningStack, tmp_path: Path
) -> None:
    before = answers(running)[0]["chosen"]
    text = DOCUMENT.replace("NAME", NAME).replace("PROVIDER", before["provider"])
    file, graph = tmp_path / "policy.yaml", tmp_path / "graph.json"
    file.write_text(text, encoding="utf-8")
    run = running.stack.run

    run("policy", "graph", "--out", str(graph))
    assert json.loads(graph.read_text(encoding="utf-8"))["entities"]["tenant"]
    run("policy", "test", str(file), "--graph", str(graph))
    run("policy", "test", str(file))
    run("policy", "publish", str(file), "--reason", "try it")
    assert all(each["chosen"] == before for each in answers(running))
    run("policy", "activate", NAME, "--reason", "now")
    wait_until(
        lambda: all(
            each["policies"] == [f"{NAME}@1"] and each["chosen"]["provider"] != before["provider"]
            for each in answers(running)
        ),
        "every router answers under the policy",
    )
    assert not running.resolve(0).get("policies")
    run("policy", "retire", NAME, "--reason", "enough")
    wait_until(
        lambda: all(each["chosen"] == before for each in answers(running)),
        "every router answers as before",
    )
