"""Two tenants ask at once, over connections that they share."""

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from routeyard.domain.errors import InvalidSettings
from services.registry.app import create_app
from services.registry.postgres import engine, history, provenance, sight
from services.registry.settings import RegistrySettings
from tests.services.registry.graphql.conftest import Filled, _copy, environment, serving

ROUNDS = 200
QUERY = """{
  endpoints { nodes { id owner offerings { nodes { id model { id } endpoint { id owner } } } } }
  offerings { nodes { id endpoint { id name } } }
  tenants { nodes { id name } }
  overrides(tenant: "acme") { nodes { id } }
  revision
}"""


def narrow(size: int, database_url: str) -> AsyncEngine:
    url = engine.driver_url(database_url)
    return create_async_engine(url, pool_size=size, max_overflow=0)


@pytest.mark.parametrize("size", [1, 2])
async def test_queries_that_share_connections_never_show_anothers_rows(
    filled: Filled, database: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the conditions gone, so that nothing but the scope of each transaction holds."""
    _copy(filled.database, database)
    monkeypatch.setattr(engine, "connect", partial(narrow, size))
    for module in (sight, history):
        monkeypatch.setattr(module, "tenant_sees", lambda *_: "true")
    monkeypatch.setattr(provenance, "_NOT_ABOUT_OTHERS", "")
    async with serving(filled.keys, database) as registry:
        for _ in range(ROUNDS):
            acme, beta, _service = await asyncio.gather(
                *(registry.ask(QUERY, key) for key in ("tenant", "beta", "service"))
            )
            assert named(acme) == (["acme-gpu", "openai"], ["acme"])
            assert named(beta) == (["openai"], ["beta"])
            assert "acme" not in str(beta)
            assert "beta" not in str(acme)


def named(data: Any) -> tuple[list[str], list[str]]:
    return tuple(
        sorted(node["id"] for node in data[field]["nodes"]) for field in ("endpoints", "tenants")
    )  # type: ignore[return-value]


async def test_a_registry_does_not_start_as_a_superuser(filled: Filled, database: str) -> None:
    _copy(filled.database, database)
    settings = environment(database) | {"ROUTEYARD_DATABASE_URL": database}
    app = create_app(RegistrySettings.read(settings))
    with pytest.raises(InvalidSettings, match="is a superuser; connect as a role of its own"):
        async with app.running():
            pass
