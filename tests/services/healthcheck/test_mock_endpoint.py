import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
import typer
from typer.testing import CliRunner

from infra.local.mock_command import Kind, register
from infra.local.mock_endpoint import KINDS, Behaviour, serving

DEADLINE_S = 20.0


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as session:
        yield session


def test_the_command_offers_every_kind() -> None:
    assert {kind.value for kind in Kind} == set(KINDS)


async def test_it_lists_its_models_and_has_only_its_kind_of_pages(
    client: aiohttp.ClientSession,
) -> None:
    async with serving("nim", models=("a", "b")) as at:
        root = at.url.removesuffix("/v1")
        async with client.get(f"{at.url}/models") as answer:
            assert [model["id"] for model in (await answer.json())["data"]] == ["a", "b"]
        async with client.get(f"{root}/v1/health/ready") as answer:
            assert answer.status == 200
        async with client.get(f"{root}/api/tags") as answer:
            assert answer.status == 404


async def test_it_fails_after_so_many_answers(client: aiohttp.ClientSession) -> None:
    async with serving(behaviour=Behaviour(fail_after=2)) as at:
        statuses = []
        for _ in range(3):
            async with client.get(f"{at.url}/models") as answer:
                statuses.append(answer.status)
    assert statuses == [200, 200, 503]


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"status": 42}', '{"status": "x"}', '{"latency_ms": -1}']
)
async def test_a_control_that_is_none_is_refused(body: str, client: aiohttp.ClientSession) -> None:
    async with serving() as at:
        root = at.url.removesuffix("/v1")
        async with client.post(f"{root}/control", data=body) as answer:
            assert answer.status == 400
        async with client.get(f"{at.url}/models") as answer:
            assert answer.status == 200


async def test_the_command_prints_its_address_first_serves_and_ends_on_sigterm(
    client: aiohttp.ClientSession,
) -> None:
    command = (sys.executable, "-m", "infra.local.mock_command", "--models", "a, b", "--json")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        at = json.loads(await process.stdout.readline())
        assert at["models"] == ["a", "b"]
        root = at["url"].removesuffix("/v1")
        for status in (503, 200):
            async with client.post(f"{root}/control", json={"status": status}) as answer:
                assert (await answer.json())["status"] == status
            async with client.get(f"{at['url']}/models") as answer:
                assert answer.status == status
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


def test_a_port_that_is_taken_is_one_sentence() -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = CliRunner().invoke(app, ["mock-endpoint", "--port", str(port)])
    assert done.exit_code == 1
    assert f"port {port} cannot be used" in done.output
