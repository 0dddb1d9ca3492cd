"""`routeyard policy shadowed`, beside two routers in this process."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from routeyard.domain import keys
from routeyard.domain.errors import NotAllowed, RouteyardError, Unauthenticated, Unavailable
from routeyard.domain.tenancy import Role
from services.registry.policies import cli
from tests.domain.test_shadowing import DENY, active
from tests.domain.test_shadowing import shadow as in_shadow
from tests.services.router.test_shadow import GPT, KEYS, PREFER, Running, mint, router

Run = Callable[..., Result]
LISTENING = {f"http://router-{number}": number for number in (1, 2)}
DOWN = "http://router-3"


@pytest.fixture(name="routers")
def _routers() -> list[Running]:
    """Two, with one policy's second version in shadow, and another policy's."""
    apart = in_shadow(PREFER, name="apart")
    return [router("1", active(PREFER), in_shadow(DENY), apart) for _ in LISTENING]


@pytest.fixture(name="run")
def _run(routers: list[Running], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command; only what listens answers."""
    app = typer.Typer()
    cli.register(app)

    def get(url: str, *, headers: dict[str, str], **_: Any) -> httpx.Response:
        place = url.removesuffix("/v1/shadow")
        if place not in LISTENING:
            raise httpx.ConnectError("refused")
        http = routers[LISTENING[place] - 1].http
        return asyncio.run(http.get("/v1/shadow", headers=headers))

    def invoke(
        *words: str, urls: tuple[str, ...] = (*LISTENING,), role: Role = Role.SERVICE
    ) -> Result:
        environment = {
            "ROUTEYARD_ROUTER_URL": ",".join(urls),
            "ROUTEYARD_KEY": keys.write(KEYS[role]),
            "COLUMNS": "300",
        }
        return CliRunner().invoke(app, ["policy", "shadowed", *words], env=environment)

    monkeypatch.setattr(httpx, "get", get)
    return invoke


@pytest.fixture(name="asked")
def _asked(routers: list[Running]) -> None:
    """Each router was asked: one twice, for what nobody else has and for anything."""

    async def ask() -> None:
        await routers[0].resolve(**GPT)
        await routers[0].resolve()
        await routers[1].resolve(**GPT)

    asyncio.run(ask())


@pytest.mark.usefixtures("asked")
def test_counts_of_all_routers_are_summed_and_samples_of_all_are_shown(run: Run) -> None:
    done = run("legal", "--json")
    told = json.loads(done.stdout)

    assert done.stdout.count("\n") == 1
    outcomes = {"now_nobody": 2, "other_model": 1}
    assert told["versions"] == [{"policy": "legal@2", "outcomes": outcomes}]
    assert [each["outcome"] for each in told["samples"]].count("now_nobody") == 2
    assert [each["at"] for each in told["samples"]] == sorted(
        (each["at"] for each in told["samples"]), reverse=True
    )
    assert told["routers"] == [{"router": "r", "share": 1.0}] * 2
    assert told["silent"] == []


@pytest.mark.usefixtures("asked")
def test_a_person_reads_what_moves_and_because_of_which_rule(run: Run) -> None:
    shown = run("legal").stdout

    assert "legal@2" in shown
    assert "now nobody" in shown
    assert "legal@2/r0 denies provider openai" in " ".join(shown.split())


@pytest.mark.usefixtures("asked")
def test_of_another_policy_nothing_is_told(run: Run) -> None:
    for words in (("nothing",), ("legal", "--tenant", "jus")):
        told = json.loads(run(*words, "--json").stdout)
        assert (told["versions"], told["samples"]) == ([], [])
    assert "No request that nothing would come into" in run("nothing").stdout


@pytest.mark.usefixtures("asked")
def test_a_router_that_is_down_is_named_and_the_others_are_heard(run: Run) -> None:
    urls = (*LISTENING, DOWN)
    told = json.loads(run("legal", "--json", urls=urls).stdout)

    assert told["silent"] == [DOWN]
    assert len(told["routers"]) == 2
    assert f"the router at {DOWN} does not answer" in run("legal", urls=urls).stdout
    assert fault(run("legal", urls=(DOWN,)), Unavailable) == (
        f"No router answers at {DOWN}; check that they run."
    )


def test_who_may_not_see_it_is_told_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "platform admin's key" in fault(run("legal", role=Role.TENANT_ADMIN), NotAllowed)
    monkeypatch.setitem(KEYS, Role.SERVICE, mint(99))
    assert "key is not valid" in fault(run("legal"), Unauthenticated)


def fault(done: Result, kind: type[RouteyardError]) -> str:
    assert isinstance(done.exception, kind), (done.output, done.exception)
    return done.exception.message


def test_help_has_examples(run: Run) -> None:
    assert "Examples: routeyard policy shadowed" in run("--help").stdout
