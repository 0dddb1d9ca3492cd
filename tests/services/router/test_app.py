"""The router over HTTP, with a graph in it and no Kafka behind it."""

import gc
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from routeyard.domain import keys
from routeyard.domain.keys import KeyVerifier, Pepper
from routeyard.domain.tenancy import Role
from routeyard.runtime.clock import utc_now
from services.router.app import _Router
from services.router.settings import RouterSettings
from tests.domain.worlds import World
from tests.services.runtime.tokens import CLAIMS, TRUST, key_set, token

PEPPER = b"p" * 16
KEY = keys.mint(bytes(42))


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    """It believes an identity provider, and knows one key of acme's."""
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set())
    settings = RouterSettings.read(
        {
            "ROUTEYARD_ROUTER_ID": "r",
            "ROUTEYARD_KEY_PEPPER": b64encode(PEPPER).decode(),
            "ROUTEYARD_KAFKA": "127.0.0.1:1",
            "ROUTEYARD_OIDC_ISSUER": TRUST.issuer,
            "ROUTEYARD_OIDC_AUDIENCE": TRUST.audience,
            "ROUTEYARD_OIDC_JWKS": str(file),
        }
    )
    assert b64encode(PEPPER).decode() not in repr(settings)
    assert str(PEPPER) not in repr(settings)
    router = _Router(settings)
    router._current.take_graph(World(5).graph(), None)
    router._current.keys[KEY.key_id] = KeyVerifier(
        key_id=KEY.key_id,
        digest=Pepper(PEPPER).digest(KEY.secret),
        role=Role.TENANT_USER,
        tenant="acme",
    )
    assert str(PEPPER) not in repr(router._api)
    transport = httpx.ASGITransport(app=router.app())
    return httpx.AsyncClient(transport=transport, base_url="http://router")


def current(**claims: Any) -> str:
    now = int(utc_now().timestamp())
    return token(claims=json.dumps({**CLAIMS, "iat": now, "exp": now + 60, **claims}).encode())


async def test_a_key_comes_in_by_either_header_and_a_token_too(client: httpx.AsyncClient) -> None:
    for headers in (
        {"authorization": f"Bearer {keys.write(KEY)}"},
        {"Authorization": f"bearer  {keys.write(KEY)}"},
        {"x-api-key": keys.write(KEY)},
        {"authorization": f"Bearer {current()}"},
        {"x-api-key": current()},
    ):
        answer = await client.post("/v1/resolve", json={}, headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_graph_that_is_there_to_stay_is_not_searched_for_garbage() -> None:
    variables = {
        "ROUTEYARD_ROUTER_ID": "r",
        "ROUTEYARD_KEY_PEPPER": b64encode(PEPPER).decode(),
        "ROUTEYARD_KAFKA": "127.0.0.1:1",
    }
    router = _Router(RouterSettings.read(variables))
    gc.unfreeze()
    try:
        router._take_graph(World(5).graph(), None)
        # The tables of the snapshot are among what is there to stay.
        assert router._current.snapshot is not None
        searched = {id(each) for each in gc.get_objects()}
        assert id(router._current.snapshot.masks) not in searched
        once = gc.get_freeze_count()
        router._take_graph(World(5).graph(), None)
        assert gc.get_freeze_count() < once * 1.5
    finally:
        gc.unfreeze()


async def test_whoever_is_nobody_gets_one_sentence(client: httpx.AsyncClient) -> None:
    said = set()
    for text in (current(exp=1), current(iss="x"), current(routeyard_tenant="nobody"), "e30.e30.x"):
        answer = await client.post(
            "/v1/resolve", json={}, headers={"authorization": f"Bearer {text}"}
        )
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["type"] == "authentication_error"
        said.add(answer.json()["error"]["message"])
    assert len(said) == 1
    assert (await client.post("/v1/resolve", json={})).status_code == 401
