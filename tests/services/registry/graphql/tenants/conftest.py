"""A shell beside a registry in this process: the real command line, the real HTTP answers."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from routeyard.domain.errors import RouteyardError
from services.registry.endpoints import cli as endpoints
from services.registry.policies import cli as policies
from services.registry.tenants import cli as tenants
from tests.services.registry.graphql.conftest import Registry


class Shell:
    """Runs commands as somebody; `posts` counts what they asked, `variables` are set for them."""

    def __init__(self, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
        self.registry = registry
        self.posts = 0
        self.variables: dict[str, str] = {}
        self._app = typer.Typer()
        tenants.register(self._app)
        endpoints.register(self._app)
        policies.register(self._app)
        loop = asyncio.get_running_loop()

        def post(url: str, **given: Any) -> httpx.Response:
            self.posts += 1
            given.pop("trust_env")
            given.pop("timeout")
            asked = registry.http.post(url, **given)
            return asyncio.run_coroutine_threadsafe(asked, loop).result(60)

        monkeypatch.setattr(httpx, "post", post)

    def invoke(self, key: str, words: tuple[str, ...], answer: str | None = None) -> Result:
        """Run a command in this thread, which must not be the registry's."""
        environment = {
            "ROUTEYARD_REGISTRY_URL": "http://registry",
            "ROUTEYARD_KEY": self.registry.keys[key],
            "COLUMNS": "220",
            **self.variables,
        }
        return CliRunner().invoke(self._app, words, env=environment, input=answer)

    async def run(self, *words: str, key: str = "admin", answer: str | None = None) -> Result:
        return await asyncio.to_thread(self.invoke, key, words, answer)

    async def say(self, *words: str, key: str = "admin", answer: str | None = None) -> str:
        """What a command prints; the test fails when the command does."""
        done = await self.run(*words, key=key, answer=answer)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.stdout

    async def json(self, *words: str, key: str = "admin") -> Any:
        written = await self.say(*words, "--json", key=key)
        assert written.count("\n") == 1
        return json.loads(written)

    async def fault(self, *words: str, key: str = "admin") -> str:
        """The sentence with which a command is refused."""
        done = await self.run(*words, key=key)
        assert isinstance(done.exception, RouteyardError), (done.output, done.exception)
        return done.exception.message


@pytest.fixture
async def shell(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(registry, monkeypatch)
