"""Whose networks count for whose endpoints, up to the socket that is or is not made."""

from collections.abc import Sequence
from functools import partial

import pytest

from infra.local.mock_endpoint import serving
from routeyard.domain.catalog import Endpoint
from routeyard.domain.events import EndpointObserved
from routeyard.domain.tenancy import Tenant
from routeyard.guard.owners import networks_permitted_to
from routeyard.guard.permission import Permission, read_networks
from routeyard.guard.vet import Guard
from services.healthcheck.dial import dialling
from services.healthcheck.permits import Permits
from services.healthcheck.prober import Prober, Probing
from tests.services.guard.cases import ALLOWED, REFUSED, UNAVAILABLE, Case, Recorder, cases
from tests.services.healthcheck.graphs import endpoint

DEADLINE_S = 10.0
PRIVATE = "refused: the host is in a private network that is not permitted"
NEVER = "refused: the host is at an address that is never called"

REASONS = {
    ALLOWED: "connection refused",
    UNAVAILABLE: "the name does not resolve",
    REFUSED: "refused: ",
}
TENANTS = {
    "acme": Tenant(id="acme", name="Acme", allowed_networks=("10.1.0.0/16",)),
    "beta": Tenant(id="beta", name="Beta"),
    "gamma": Tenant(id="gamma", name="Gamma", allowed_networks=("169.254.0.0/16",)),
}


def permits(*platform: str, answers: Sequence[str] = ()) -> Permits:
    async def resolve(_: str) -> Sequence[str]:
        return answers

    return Permits(Permission(read_networks(platform)), lambda: TENANTS, resolve)


@pytest.mark.parametrize("server", ["vllm", "tcp"])
async def test_the_whole_table_holds_for_probes_as_it_does_for_calls(server: str) -> None:
    recorder = Recorder()
    async with dialling(recorder.open) as dial:
        for case in cases():
            if case.url.startswith("tcp:") and server == "tcp":
                continue
            seen = await Prober(
                Probing(dial, partial(guard_of, case), "eu", DEADLINE_S, lambda: 0.0)
            ).look(endpoint(url=case.url, server=server))
            assert not seen.is_up
            assert seen.reason.startswith(REASONS[case.expect]), case
            assert len(recorder.dialled) == case.dials, case
            recorder.dialled.clear()


def guard_of(case: Case, _: Endpoint) -> Guard:
    return case.guard


async def look(found: Endpoint, by: Permits) -> tuple[EndpointObserved, int]:
    """What a look shows, and how many sockets were wanted for it; none is made."""
    recorder = Recorder()
    async with dialling(recorder.open) as dial:
        prober = Prober(Probing(dial, by.guard_for, "eu", DEADLINE_S, lambda: 0.0))
        return await prober.look(found), len(recorder.dialled)


@pytest.mark.parametrize("server", ["vllm", "openai_compatible", "tcp"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:8000", PRIVATE),
        ("http://10.0.0.1:8000", PRIVATE),
        ("http://169.254.169.254", NEVER),
        ("http://[::ffff:169.254.169.254]", NEVER),
        ("http://10.0.0.1:6379", "refused: the port is not allowed"),
        ("http://me:secret@10.0.0.1:8000", "refused: a user name or password is in the address"),
        ("http://2130706433:8000", "refused: the host is not written as it must be"),
        ("file:///etc/passwd", "refused: the scheme is not allowed"),
        ("http://1.1.1.1", "refused: the address is public and without TLS"),
    ],
)
async def test_a_refused_look_dials_nobody_and_tells_the_rule(
    url: str, reason: str, server: str
) -> None:
    seen, dials = await look(endpoint(url=url, server=server), permits())
    assert (seen.is_up, seen.reason, seen.latency_ms, dials) == (False, reason, None, 0)


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["fd00::1"]])
async def test_a_name_is_refused_for_what_it_stands_for_which_is_not_told(
    answers: list[str],
) -> None:
    seen, dials = await look(endpoint(url="https://a.example"), permits(answers=answers))
    assert (seen.reason, dials) == (PRIVATE, 0)


async def test_the_platforms_networks_are_for_its_own_endpoints_only() -> None:
    url = "http://10.2.0.1:8000"
    seen, dials = await look(endpoint(url=url), permits("10.2.0.0/16"))
    assert (seen.reason, dials) == ("connection refused", 1)
    for owner in ("acme", "beta", "nobody"):
        seen, dials = await look(endpoint(url=url, owner=owner), permits("10.2.0.0/16"))
        assert (seen.reason, dials) == (PRIVATE, 0)


async def test_a_tenants_networks_are_for_its_own_endpoints_only() -> None:
    url = "http://10.1.0.1:8000"
    seen, dials = await look(endpoint(url=url, owner="acme"), permits())
    assert (seen.reason, dials) == ("connection refused", 1)
    for owner in (None, "beta", "nobody"):
        seen, dials = await look(endpoint(url=url, owner=owner), permits())
        assert (seen.reason, dials) == (PRIVATE, 0)


async def test_networks_that_nobody_may_permit_permit_nothing() -> None:
    seen, dials = await look(endpoint(url="http://169.254.169.254", owner="gamma"), permits())
    assert not seen.is_up
    assert seen.reason.startswith("refused: 169.254.0.0/16 is link-local")
    assert dials == 0


async def test_a_permitted_endpoint_is_really_asked() -> None:
    async with serving("vllm") as at, dialling() as dial:
        by = permits("127.0.0.0/8")
        prober = Prober(Probing(dial, by.guard_for, "eu", DEADLINE_S, lambda: 0.0))
        assert (await prober.look(endpoint(url=at.url, server="vllm"))).is_up


def test_a_tenant_without_networks_and_a_stranger_have_none() -> None:
    assert networks_permitted_to(None) == networks_permitted_to(TENANTS["beta"]) == ()
    assert networks_permitted_to(TENANTS["acme"]) == ("10.1.0.0/16",)
