"""`routeyard models …` against a registry: what people read, and what programs read."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner, Result

from routeyard.domain import events as e
from services.registry.ledger import Batch
from services.registry.models.cli import register
from tests.builders import event, released
from tests.services.registry.graphql.conftest import Registry

COMMANDS = [
    "conflicts",
    "correct",
    "retract",
    "review",
    "assign",
    "waiting",
    "fallbacks",
    "alternatives",
    "endings",
]


class Shell:
    """Runs commands beside the registry, as its admin."""

    def __init__(self, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = typer.Typer()
        register(self._app)
        self._environment = {
            "ROUTEYARD_REGISTRY_URL": "http://registry",
            "ROUTEYARD_KEY": registry.keys["admin"],
            "COLUMNS": "200",
        }
        loop = asyncio.get_running_loop()

        def post(url: str, **given: Any) -> httpx.Response:
            given.pop("trust_env")
            given.pop("timeout")
            asked = registry.http.post(url, **given)
            return asyncio.run_coroutine_threadsafe(asked, loop).result(20)

        monkeypatch.setattr(httpx, "post", post)

    async def run(self, *words: str) -> Result:
        arguments = ["models", *words]
        return await asyncio.to_thread(
            lambda: CliRunner().invoke(self._app, arguments, env=self._environment)
        )

    async def say(self, *words: str) -> str:
        """What a command prints; the test fails when the command does."""
        done = await self.run(*words)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    async def json(self, *words: str) -> Any:
        return json.loads(await self.say(*words, "--json"))


@pytest.fixture
async def shell(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Shell:
    told: list[e.Payload] = [
        released("azure", "openai/gpt-4o", context=32_000),
        released("acme", "who-knows", endpoint="acme-gpu"),
        e.CapabilityUpdated("openai/gpt-9", quality={"general": 0.9}),
        e.ModelRelated("openai/gpt-4o", falls_back_to="openai/gpt-4o-mini"),
        e.ModelDeprecated("openai", "gpt-4o", replacement="gpt-4o-mini"),
    ]
    batch = Batch([event(each, id=f"told {n}", seconds=50) for n, each in enumerate(told)])
    await registry.ledger.record(batch)
    return Shell(registry, monkeypatch)


async def test_conflicts_show_whose_word_holds(shell: Shell) -> None:
    shown = await shell.say("conflicts", "openai/gpt-4o")

    assert "128000" in shown
    assert "holds: maker" in shown
    assert "No sources disagree on openai/gpt-4o-mini." in await shell.say(
        "conflicts", "openai/gpt-4o-mini"
    )
    fields = {each["field"] for each in await shell.json("conflicts", "openai/gpt-4o")}
    assert "context" in fields


async def test_a_correction_is_tried_made_and_taken_back(shell: Shell) -> None:
    order = ("correct", "openai/gpt-4o", "--set", "context=64000", "--reason", "measured")

    tried = await shell.say(*order, "--dry-run")
    made = await shell.say(*order)
    again = await shell.say("retract", "openai/gpt-4o", "--reason", "mended")

    assert "Would change" in tried
    assert [line for line in made.splitlines() if "64000" in line]
    assert made.replace("Changed", "Would change") == tried
    assert "128000" in again


async def test_a_price_is_corrected_as_json(shell: Shell) -> None:
    order = ["--kind", "offering", "--set", 'price={"input": "2.50"}', "--reason", "the invoice"]

    done = await shell.json("correct", "openai/gpt-4o", *order)

    fields = {each["name"]: each["after"] for each in done["changes"][0]["fields"]}
    assert fields["price.input"] in {"2.5", "2.50"}


async def test_a_doubtful_name_is_reviewed_and_assigned(shell: Shell) -> None:
    assert "acme-gpu/who-knows" in await shell.say("review")

    order = ("assign", "acme-gpu/who-knows", "house/oracle", "--reason", "asked")
    assert "house/oracle" in await shell.say(*order)

    assert "acme-gpu/who-knows" not in await shell.say("review")


async def test_what_waits_ends_or_stands_in_is_listed(shell: Shell) -> None:
    assert "a source that lists it" in await shell.say("waiting")
    assert (await shell.say("fallbacks", "openai/gpt-4o")).split() == ["openai/gpt-4o-mini"]
    assert "There are none." in await shell.say("fallbacks", "openai/gpt-4o-mini")
    others = await shell.json("alternatives", "openai/gpt-4o", "--min-context", "1000")
    assert others == []
    assert "Nothing ends" in await shell.say("endings", "--until", "2099-01-01")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("conflicts", "openai/none"), "There is no model 'openai/none'"),
        (("correct", "openai/gpt-4o", "--set", "context", "--reason", "x"), "no FIELD=VALUE"),
        (("correct", "openai/gpt-4o", "--set", "a=1", "--reason", "x"), "no field 'a'"),
        (
            ("correct", "openai/gpt-4o", "--set", "capabilities.psi=1", "--reason", "x"),
            "Nobody has defined",
        ),
    ],
)
async def test_a_mistake_is_one_sentence(shell: Shell, words: tuple[str, ...], reason: str) -> None:
    done = await shell.run(*words)

    assert done.exit_code == 1
    assert reason in str(done.exception)


@pytest.mark.parametrize("command", COMMANDS)
async def test_the_help_has_an_example(shell: Shell, command: str) -> None:
    assert "Example" in await shell.say(command, "--help")
