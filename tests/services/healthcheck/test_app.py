from collections.abc import AsyncIterator

import httpx
import pytest

from infra.local.ports import free_port
from services.healthcheck.app import create_app
from services.healthcheck.settings import HealthcheckSettings


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A healthcheck whose broker does not answer."""
    settings = HealthcheckSettings.read({"ROUTEYARD_KAFKA": f"127.0.0.1:{free_port()}"})
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


async def test_without_a_broker_it_lives_and_says_that_it_is_not_ready(
    client: httpx.AsyncClient,
) -> None:
    assert (await client.get("/livez")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"status": "starting", "state": "COLD"})


async def test_without_a_broker_its_status_is_cold(client: httpx.AsyncClient) -> None:
    status = (await client.get("/v1/status")).json()
    assert (status["service"], status["state"], status["revision"]) == ("healthcheck", "COLD", 0)
    assert (status["endpoints"], status["probed"], status["consuming"]) == (0, 0, False)


async def test_its_counters_can_be_scraped(client: httpx.AsyncClient) -> None:
    text = (await client.get("/metrics")).text
    for name in ("probes", "state_changes", "folded_events", "letters"):
        assert f"routeyard_healthcheck_{name}_total" in text
