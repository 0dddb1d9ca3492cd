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


def test_a_shadow_tells_what_moves_before_it_decides(running: RunningStack, tmp_path: Path) -> None:
    name, routers = "beside", range(len(running.addresses.routers))
    before = answers(running)[0]["chosen"]
    text = DOCUMENT.replace("NAME", name).replace("PROVIDER", before["provider"])
    file = tmp_path / "policy.yaml"
    file.write_text(text, encoding="utf-8")
    run = running.stack.run

    run("policy", "publish", str(file), "--reason", "try it")
    run("policy", "shadow", name, "--reason", "a week beside what is")

    def is_sampled() -> bool:
        assert all(
            each["chosen"] == before and not each.get("policies") for each in answers(running)
        )
        return all(differences(running, router) for router in routers)

    wait_until(is_sampled, "every router has seen a request that moves")
    told = json.loads(run("policy", "shadowed", name, "--json"))
    assert [each["policy"] for each in told["versions"]] == [f"{name}@1"]
    outcomes = told["versions"][0]["outcomes"]
    assert sum(outcomes.values()) - outcomes.get("same", 0) == len(told["samples"])
    assert {each["router"] for each in told["samples"]} == {"router-1", "router-2"}
    sample = told["samples"][0]
    assert (sample["tenant"], sample["before"]["offering"]) == ("acme", before["offering"])
    assert sample["because"][0]["did"] == f"denies provider {before['provider']}"

    run("policy", "activate", name, "--reason", "as it said")
    wait_until(
        lambda: all(each.get("policies") == [f"{name}@1"] for each in answers(running)),
        "the shadow decides at every router",
    )
    for each in answers(running):
        assert each["chosen"]["offering"] == sample["after"]["offering"]
        fallbacks = [found["offering"] for found in each["fallbacks"]]
        assert fallbacks == sample["after"]["fallbacks"]
    run("policy", "retire", name, "--reason", "enough")
    wait_until(
        lambda: all(each["chosen"] == before for each in answers(running)),
        "every router answers as before",
    )


def differences(running: RunningStack, router: int) -> list[dict[str, Any]]:
    """What a router tells it would have answered otherwise."""
    told = running.get(running.addresses.routers[router], "/v1/shadow")
    return list(told["samples"])
