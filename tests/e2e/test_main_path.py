"""From an event to an answer, on real processes: what the README promises."""

import asyncio
import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.running import RunningStack, ask, status, wait_until

README = Path(__file__).parents[2] / "README.md"
WANTED = {"capabilities": ["tool_use"], "min_context": 131072, "precision": "high"}
SHOWN = re.compile(r"(?ms)^```\n(\S+) at (\S+)\. .*?^```$")
STATUS = "{ status { revision models offerings deadLetters parked } }"

pytestmark = pytest.mark.timeout(300)


async def send(kafka: str, topic: str, event_type: str, body: bytes, source: str = "dev") -> None:
    """Publish as a stock client does: plain bytes, plain headers."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", uuid.uuid4().hex.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", now.encode()),
    ]
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        await producer.send_and_wait(topic, key=b"k", value=body, headers=headers)


def publish(
    running: RunningStack, carries: str, kind: str, body: dict[str, Any], **more: Any
) -> None:
    asyncio.run(
        send(
            running.addresses.kafka,
            f"routeyard.{carries}.v1",
            f"routeyard.{kind}.v1",
            json.dumps(body).encode(),
            **more,
        )
    )


def chosen(running: RunningStack, router: int = 0, **asked: Any) -> dict[str, Any]:
    answer = running.resolve(router, "tenant", require=WANTED, **asked)
    assert answer.get("chosen"), answer
    found: dict[str, Any] = answer["chosen"]
    return found


def test_the_packaged_catalogs_are_in_the_graph(running: RunningStack) -> None:
    counted = running.query(STATUS)["status"]

    assert counted["models"] >= 1000
    assert counted["offerings"] >= 3000


def test_high_precision_long_context_and_tool_use_are_answered_with_reasons(
    running: RunningStack,
) -> None:
    answer = running.resolve(require=WANTED, explain=True)

    assert answer["chosen"]["model"]
    assert len(answer["fallbacks"]) == 3
    assert answer["considered"] == answer["eligible"] + len(answer["rejections"])
    assert all(rejection["reasons"] for rejection in answer["rejections"])
    assert {"precision_unknown", "context_too_small"} <= answer["rejected_for"].keys()


def test_the_answer_in_the_readme_is_one_that_is_given(running: RunningStack) -> None:
    shown = SHOWN.search(README.read_text(encoding="utf-8"))
    assert shown
    model, endpoint = shown.groups()
    answer = running.resolve(require=WANTED, explain=True)
    reasons = set(re.findall(r"^ (\w+_\w+) +\d+$", shown[0], re.MULTILINE))
    assert reasons == set(sorted(answer["rejected_for"], key=answer["rejected_for"].get)[-3:])
    of_it = running.resolve(require=WANTED, models=[model])
    chain = [of_it["chosen"], *of_it["fallbacks"]]
    assert (model, endpoint) in {(each["model"], each["endpoint"]) for each in chain}


def test_residency_leaves_only_endpoints_that_state_it(running: RunningStack) -> None:
    wanted = {"residency": ["EU"], "capabilities": ["tool_use"]}
    answer = running.resolve(require=wanted, explain=True)

    chain = [answer["chosen"], *answer["fallbacks"]]
    assert all(candidate["residency"] for candidate in chain)
    assert answer["rejected_for"]["residency_unknown"] > 1000


def test_an_event_of_a_stock_client_changes_every_routers_answer(running: RunningStack) -> None:
    before = chosen(running)["model"]
    body = {
        "tenant": "acme",
        "name": "not-this-one",
        "kind": "deny",
        "target_kind": "model",
        "target": before,
        "reason": "a test",
        "actor": "t",
    }
    publish(running, "tenant-override", "tenant.overridden", body)

    for router in range(2):
        wait_until(lambda r=router: chosen(running, r)["model"] != before, "the answer changed")  # type: ignore[misc]

    removal = {k: body[k] for k in ("tenant", "name", "reason", "actor")}
    publish(running, "tenant-override", "tenant.override-removed", removal)
    wait_until(lambda: chosen(running)["model"] == before, "the answer is as it was")


def test_the_readmes_event_changes_the_answer(running: RunningStack) -> None:
    block = re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    scope: dict[str, Any] = {}
    exec(block.group(1), scope)  # noqa: S102 - the README's own example
    before = running.query(STATUS)["status"]["revision"]

    asyncio.run(scope["deny"](running.addresses.kafka))

    wait_until(
        lambda: running.query(STATUS)["status"]["revision"] > before, "the README's event counts"
    )
    running.await_converged()
    denied = "google/gemini-3-flash-preview"
    assert running.resolve(0, "tenant", models=[denied])["chosen"] is None
    assert running.resolve(0, "tenant", models=[denied])["rejected_for"] == {
        **running.resolve(0, "tenant", models=[denied])["rejected_for"],
        "denied": running.resolve(0, "service", models=[denied])["eligible"],
    }


def test_a_declared_state_changes_graphql_and_answers(running: RunningStack) -> None:
    before = chosen(running)["endpoint"]
    publish(
        running,
        "endpoint-health",
        "endpoint.health-declared",
        {"endpoint": before, "state": "unhealthy", "ttl_s": 60, "reason": "a test"},
    )
    query = "query($id: ID!) { endpoint(id: $id) { health { state reason } } }"

    for router in range(2):
        wait_until(lambda r=router: chosen(running, r)["endpoint"] != before, "it is avoided")  # type: ignore[misc]
    wait_until(
        lambda: (
            {"state": "UNHEALTHY", "reason": "a test"}
            in running.query(query, id=before)["endpoint"]["health"]
        ),
        "GraphQL shows it",
    )

    publish(
        running,
        "endpoint-health",
        "endpoint.health-declared",
        {"endpoint": before, "state": "healthy", "ttl_s": 60, "reason": "over"},
    )
    wait_until(lambda: chosen(running)["endpoint"] == before, "it is back")


def test_a_new_key_comes_in_at_every_router_and_a_revoked_one_at_none(
    running: RunningStack,
) -> None:
    issue = 'mutation { issueKey(role: TENANT_USER, tenant: "acme", label: "x") { keyId key } }'
    made = running.query(issue)["issueKey"]

    def answers(router: int) -> bool:
        url = f"{running.addresses.routers[router]}/v1/resolve"
        return "considered" in ask(url, body={}, headers={"x-api-key": made["key"]})

    for router in range(2):
        wait_until(lambda r=router: answers(r), "it comes in")  # type: ignore[misc]
    revoke = 'mutation($id: String!) { revokeKey(keyId: $id, reason: "a test") }'
    assert running.query(revoke, id=made["keyId"]) == {"revokeKey": True}
    for router in range(2):
        wait_until(lambda r=router: not answers(r), "it is refused")  # type: ignore[misc]


def test_what_is_wrong_is_put_aside_and_can_be_replayed(running: RunningStack) -> None:
    counted = running.query(STATUS)["status"]
    asyncio.run(
        send(
            running.addresses.kafka,
            "routeyard.model-release.v1",
            "routeyard.model.released.v1",
            b"{",
        )
    )
    publish(
        running,
        "model-release",
        "endpoint.registered",
        {"endpoint": "later", "provider": "later"},
        source="nobody-knows",
    )

    def are_listed() -> bool:
        now = running.query(STATUS)["status"]
        return bool(
            now["deadLetters"] > counted["deadLetters"] and now["parked"] > counted["parked"]
        )

    wait_until(are_listed, "both letters are listed")
    listed = json.loads(running.stack.run("dead-letters", "list", "--json").splitlines()[0])
    assert listed


def test_a_broken_request_gets_one_sentence(running: RunningStack) -> None:
    from urllib.error import HTTPError  # noqa: PLC0415
    from urllib.request import Request, urlopen  # noqa: PLC0415

    def refused(body: bytes, key: str) -> tuple[int, dict[str, Any]]:
        request = Request(  # noqa: S310 - loopback
            f"{running.addresses.routers[0]}/v1/resolve",
            data=body,
            headers={"authorization": f"Bearer {key}"},
        )
        with pytest.raises(HTTPError) as caught:
            urlopen(request)  # noqa: S310 - loopback
        with caught.value as answer:
            return answer.code, json.loads(answer.read())["error"]

    key = running.addresses.keys["tenant"]
    assert refused(b"{", key)[0] == 400
    assert "unknown field `requires`" in refused(b'{"requires": {}}', key)[1]["message"]
    assert (
        "did you mean" in refused(b'{"require": {"capabilities": ["tool_us"]}}', key)[1]["message"]
    )
    assert refused(b'{"tenant": "globex"}', key)[0] == 403
    assert refused(b"{}", "ry_nobody")[0] == 401


def test_routers_answer_on_while_the_broker_is_gone(running: RunningStack) -> None:
    model = chosen(running)["model"]
    running.kill("kafka")

    wait_until(lambda: running.resolve(require=WANTED)["stale"], "staleness is told", 15)
    assert chosen(running)["model"] == model

    wait_until(lambda: not running.resolve(require=WANTED)["stale"], "it healed", 90)
    running.await_ready()
    publish(
        running, "model-release", "provider.described", {"provider": "p", "name": uuid.uuid4().hex}
    )
    revision = status(running.addresses.registry)["revision"]
    wait_until(
        lambda: (
            status(running.addresses.routers[0])["revision"] > revision
            or status(running.addresses.registry)["revision"]
            == status(running.addresses.routers[0])["revision"]
        ),
        "the log goes on",
        60,
    )
