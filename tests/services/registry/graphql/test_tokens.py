"""Callers with tokens of an identity provider, at the registry."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from routeyard.runtime.clock import utc_now
from services.registry.keys import REFUSAL
from tests.services.registry.graphql.conftest import Filled, Registry, _copy, serving
from tests.services.runtime.tokens import CLAIMS, TRUST, key_set, token

ASKED = {"query": "{ endpoints { nodes { id } } }"}
LEARN = 'mutation { issueKey(role: TENANT_USER, tenant: "acme", label: "x") { keyId } }'


def current(**claims: Any) -> str:
    now = int(utc_now().timestamp())
    held = {**CLAIMS, "iat": now, "exp": now + 60, **claims}
    named = {name: value for name, value in held.items() if value is not None}
    return token(claims=json.dumps(named).encode())


@pytest.fixture
async def trusting(filled: Filled, database: str, tmp_path: Path) -> AsyncIterator[Registry]:
    """A registry that believes an identity provider."""
    _copy(filled.database, database)
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set())
    trust = {
        "ROUTEYARD_OIDC_ISSUER": TRUST.issuer,
        "ROUTEYARD_OIDC_AUDIENCE": TRUST.audience,
        "ROUTEYARD_OIDC_JWKS": str(file),
    }
    async with serving(filled.keys, database, **trust) as running:
        yield running


async def status(registry: Registry, text: str) -> int:
    response = await registry.post(ASKED, None, authorization=f"Bearer {text}")
    if response.status_code == 401:
        assert response.json()["errors"][0]["message"] == REFUSAL
    return response.status_code


async def test_a_token_sees_what_a_key_of_its_tenant_sees(trusting: Registry) -> None:
    for tenant, key in (("acme", "tenant"), ("beta", "beta")):
        headers = {"authorization": f"Bearer {current(routeyard_tenant=tenant)}"}
        by_token = (await trusting.post(ASKED, None, **headers)).json()
        assert by_token == (await trusting.post(ASKED, key)).json()
    assert "acme-gpu" not in str(by_token)


@pytest.mark.parametrize("tenant", ["nobody", "Acme", None])
async def test_a_token_of_a_tenant_that_is_not_there_is_refused(
    trusting: Registry, tenant: str | None
) -> None:
    assert await status(trusting, current(routeyard_tenant=tenant)) == 401


async def test_a_token_of_a_project_counts_while_there_is_one(trusting: Registry) -> None:
    project = 'mutation { createProject(tenant: "acme", project: "web", name: "W") { revision } }'
    assert await status(trusting, current(routeyard_project="web")) == 401
    await trusting.ask(project)
    assert await status(trusting, current(routeyard_project="web")) == 200


async def test_what_is_wrong_is_answered_as_for_keys(trusting: Registry) -> None:
    assert await status(trusting, current(exp=1)) == 401
    assert await status(trusting, current(routeyard_role="platform_admin")) == 401
    assert await status(trusting, "nonsense") == 401
    assert (await trusting.post(ASKED, "admin")).status_code == 200


async def test_a_tokens_role_decides_what_it_may(trusting: Registry) -> None:
    user = current(routeyard_role="tenant_user")
    headers = {"authorization": f"Bearer {user}"}
    answer = (await trusting.post({"query": LEARN}, None, **headers)).json()
    assert answer["errors"][0]["extensions"]["code"] == "not_allowed"


async def test_what_a_token_orders_is_written_down_under_its_subject(trusting: Registry) -> None:
    headers = {"authorization": f"Bearer {current()}"}
    assert "errors" not in (await trusting.post({"query": LEARN}, None, **headers)).json()
    told = await trusting.ask("{ keyHistory(first: 1) { nodes { actor tenant } } }")
    assert told["keyHistory"]["nodes"] == [{"actor": "token:jo@acme.example", "tenant": "acme"}]


async def test_where_tokens_are_off_none_is_believed(registry: Registry) -> None:
    assert await status(registry, current()) == 401
