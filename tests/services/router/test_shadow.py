"""Shadow policies at work in a router: after answers, counted, sampled, and never in the way."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest
from msgspec import structs
from prometheus_client import generate_latest

from routeyard.domain import keys
from routeyard.domain import shadowing as domain
from routeyard.domain.errors import InvalidSettings
from routeyard.domain.keys import ApiKey, KeyVerifier, Pepper
from routeyard.domain.resolution import Inputs, Requirement
from routeyard.domain.resolver import resolve
from routeyard.domain.shadowing import Answered
from routeyard.domain.tenancy import Role, Scope
from services.router import shadow as shadows
from services.router.app import _Router
from services.router.metrics import RouterMetrics
from services.router.settings import RouterSettings
from services.router.shadow import MOST_SAMPLES, Shadow
from tests.builders import at
from tests.domain.policies.legal import world
from tests.domain.test_shadowing import DENY, active
from tests.domain.test_shadowing import shadow as in_shadow

PEPPER = b"p" * 16
SECRET = "jo@example.com"
PREFER: dict[str, Any] = {"prefer": {"provider": "openai"}}
GPT: dict[str, Any] = {"models": ["openai/gpt-5"], "step": "triage", "sticky_key": SECRET}


def mint(number: int) -> ApiKey:
    return keys.mint(bytes([number] * 42))


KEYS = {role: mint(number) for number, role in enumerate(Role)}


class Running(NamedTuple):
    """A router without Kafka, and HTTP to it."""

    router: _Router
    http: httpx.AsyncClient

    async def resolve(self, role: Role = Role.TENANT_USER, **body: Any) -> Any:
        answer = await self.http.post("/v1/resolve", json=body, headers=self.headers(role))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def told(self, role: Role = Role.SERVICE) -> Any:
        answer = await self.http.get("/v1/shadow", headers=self.headers(role))
        return answer.json() if answer.is_success else answer.status_code

    def headers(self, role: Role) -> dict[str, str]:
        return {"authorization": f"Bearer {keys.write(KEYS[role])}"}

    def metrics(self) -> str:
        return generate_latest(self.router._metrics.registry).decode()


def router(share: str = "1", *policies: Any) -> Running:
    settings = RouterSettings.read(
        {
            "ROUTEYARD_ROUTER_ID": "r",
            "ROUTEYARD_KEY_PEPPER": b64encode(PEPPER).decode(),
            "ROUTEYARD_KAFKA": "127.0.0.1:1",
            "ROUTEYARD_SHADOW_SHARE": share,
        }
    )
    made = _Router(settings)
    made._current.take_graph(world(*policies).graph, None)
    for role, each in KEYS.items():
        made._current.keys[each.key_id] = KeyVerifier(
            key_id=each.key_id,
            digest=Pepper(PEPPER).digest(each.secret),
            role=role,
            tenant="jus" if role in (Role.TENANT_USER, Role.TENANT_ADMIN) else None,
        )
    transport = httpx.ASGITransport(app=made.app())
    return Running(made, httpx.AsyncClient(transport=transport, base_url="http://router"))


@pytest.fixture(name="running")
def _running() -> Running:
    return router("1", active(PREFER), in_shadow(DENY))


def answered(**wanted: Any) -> Answered:
    """A request of jus's that a shadow version leaves with nobody."""
    snapshot = world(active(PREFER), in_shadow(DENY)).snapshot
    requirement = Requirement(models=("openai/gpt-5",), **wanted)
    inputs = Inputs(now=at(), scope=Scope(tenant="jus"), requirement=requirement, zone="here")
    return Answered(snapshot, inputs, resolve(snapshot, inputs))


async def test_a_difference_is_counted_and_sampled_while_the_active_one_decides(
    running: Running,
) -> None:
    decided = await running.resolve(**GPT)
    await running.resolve(models=["meta-llama/llama-4"])
    told = await running.told()

    assert (decided["chosen"]["endpoint"], decided["policies"]) == ("openai", ["legal@1"])
    outcomes = {"now_nobody": 1, "same": 1}
    assert told["versions"] == [{"policy": "legal@2", "outcomes": outcomes}]
    assert (told["router"], told["share"]) == ("r", 1.0)
    (sample,) = told["samples"]
    assert (sample["tenant"], sample["step"], sample["outcome"]) == ("jus", "triage", "now_nobody")
    assert sample["requirement"] == {"models": ["openai/gpt-5"]}
    assert sample["before"]["offering"] == "openai/openai/gpt-5"
    assert sample["before"]["policies"] == ["legal@1"]
    assert sample["after"]["policies"] == ["legal@2"]
    assert sample["after"]["rejected_for"]["denied_by_policy"] == 1
    assert sample["because"][-1] == {
        "policy": "legal@2",
        "rule": "r0",
        "outcome": "applies",
        "did": "denies provider openai",
    }
    for outcome, count in outcomes.items():
        line = f'shadow_resolutions_total{{outcome="{outcome}",policy="legal@2"}} {count:.1f}'
        assert line in running.metrics()


async def test_a_sample_is_what_the_version_decides_once_it_is_active(running: Running) -> None:
    asked: dict[str, Any] = {"step": "planning", "require": {"min_context": 100}}
    await running.resolve(**asked)
    (sample,) = (await running.told())["samples"]
    then = router("1", active(DENY, number=2))
    decided = await then.resolve(**asked)

    assert sample["outcome"] == "other_model"
    assert sample["after"]["offering"] == decided["chosen"]["offering"]
    assert sample["after"]["fallbacks"] == [each["offering"] for each in decided["fallbacks"]]
    assert sample["after"]["policies"] == decided["policies"]
    assert (await then.told())["versions"] == []


async def test_samples_hold_no_key_and_nothing_a_user_is_called_by(running: Running) -> None:
    await running.resolve(**GPT)
    told = json.dumps(await running.told())

    assert '"samples": [{' in told
    assert SECRET not in told
    assert not [each for each in KEYS.values() if each.key_id in told or each.secret in told]


async def test_differences_are_told_to_the_platforms_keys_alone(running: Running) -> None:
    told = {role: await running.told(role) for role in Role}

    assert told[Role.TENANT_USER] == told[Role.TENANT_ADMIN] == 403
    assert told[Role.SERVICE] == told[Role.PLATFORM_ADMIN]
    assert (await running.http.get("/v1/shadow")).status_code == 401


async def test_a_shadow_is_evaluated_once_the_answer_is_on_its_way(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    plain = domain.beside

    def noting(given: Answered) -> Any:
        happened.append("evaluated")
        return plain(given)

    async def receive() -> Any:
        return {"type": "http.request", "body": json.dumps(GPT).encode(), "more_body": False}

    async def send(message: Any) -> None:
        happened.append(f"{message['type']} {message.get('more_body', False)}")

    monkeypatch.setattr(shadows, "beside", noting)
    headers = [(k.encode(), v.encode()) for k, v in running.headers(Role.TENANT_USER).items()]
    place = {"path": "/v1/resolve", "raw_path": b"/v1/resolve", "query_string": b""}
    scope = {"type": "http", "method": "POST", "headers": headers, **place}
    await running.router.app()(scope, receive, send)

    assert happened == ["http.response.start False", "http.response.body False", "evaluated"]


async def test_a_shadow_that_fails_is_counted_and_fails_nobody(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(shadows, "beside", broken)
    assert [(await running.resolve(**GPT))["chosen"]["endpoint"] for _ in "123"] == ["openai"] * 3
    monkeypatch.setattr(shadows, "concerning", broken)
    await running.resolve(**GPT)

    assert (await running.told())["versions"] == [
        {"policy": "legal@2", "outcomes": {"failed": 3}},
        {"policy": "unknown", "outcomes": {"failed": 1}},
    ]
    # Others' records come along where an earlier test let them.
    assert [each.name for each in caplog.records].count(shadows.log.name) == 2
    assert 'total{outcome="failed",policy="legal@2"} 3.0' in running.metrics()


async def test_a_caller_whose_policies_stay_the_same_is_counted_for_no_version() -> None:
    narrow = in_shadow(DENY, name="apart", match='tenant.id == "lex"')
    running = router("1", active(PREFER), narrow)
    await running.resolve(**GPT)
    assert (await running.told())["versions"] == []
    await running.resolve(Role.SERVICE, tenant="lex")

    assert [each["policy"] for each in (await running.told())["versions"]] == ["apart@2"]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1.0])
@pytest.mark.parametrize("turns", [1, 2, 10, 16])
def test_the_share_falls_evenly_on_what_comes_in_turns(share: float, turns: int) -> None:
    shadow, given = Shadow(share, RouterMetrics()), answered()
    due = [shadow.is_due(given) for _ in range(400 * turns)]

    for turn in range(turns):
        assert sum(due[turn::turns]) == pytest.approx(share * 400, abs=10)
    assert due == [again.is_due(given) for again in [Shadow(share, RouterMetrics())] for _ in due]


def test_nothing_is_due_without_a_shadow() -> None:
    alone = answered()
    unshadowed = alone._replace(snapshot=alone.snapshot._replace(shadow=None))

    assert not Shadow(1.0, RouterMetrics()).is_due(unshadowed)


async def test_the_last_hundred_differences_are_kept(running: Running) -> None:
    shadow = Shadow(1.0, RouterMetrics())
    for context in range(MOST_SAMPLES + 5):
        given = answered()
        inputs = structs.replace(given.inputs, now=at(context))
        await shadow.evaluate(given._replace(inputs=inputs))

    kept = [each.at for each in shadow.told()["samples"]]
    assert kept == [at(second) for second in range(MOST_SAMPLES + 4, 4, -1)]


async def test_counts_of_versions_long_gone_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadows, "MOST_VERSIONS", 2)
    metrics = RouterMetrics()
    shadow, given = Shadow(1.0, metrics), answered()
    for version in ("a@1", "b@1", "c@1"):
        monkeypatch.setattr(shadows, "concerning", lambda _, version=version: (version,))
        await shadow.evaluate(given)

    assert [each["policy"] for each in shadow.told()["versions"]] == ["b@1", "c@1"]
    assert 'policy="a@1"' not in generate_latest(metrics.registry).decode()


async def test_an_explained_request_is_not_explained_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []
    plain: Callable[..., Any] = resolve

    def noting(snapshot: Any, inputs: Inputs) -> Any:
        asked.append(inputs.requirement.explain)
        return plain(snapshot, inputs)

    monkeypatch.setattr("routeyard.domain.shadowing.resolve", noting)
    await Shadow(1.0, RouterMetrics()).evaluate(answered(explain=True))

    assert asked == [False]


@pytest.mark.parametrize("share", ["1.1", "-0.1", "some", "nan"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(InvalidSettings, match=r"SHADOW_SHARE is .* not a number from 0 to 1"):
        router(share)
