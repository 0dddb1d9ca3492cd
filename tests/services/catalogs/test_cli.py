import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from routeyard.domain.errors import RouteyardError
from services.registry.catalogs import commands
from services.registry.catalogs.cli import SOURCES, register
from services.registry.catalogs.commands import Ports
from tests.services.catalogs.fakes import Broker

VLLM = '{"data": [{"id": "meta/llama", "owned_by": "vllm", "max_model_len": 4096}]}'


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    kept = Broker()

    @asynccontextmanager
    async def connected(*_: object, **__: object) -> AsyncIterator[Ports]:
        yield Ports(publisher=kept)

    monkeypatch.setattr(commands, "connected", connected)
    return kept


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROUTEYARD_STACK", str(tmp_path / "stack.json"))


def invoke(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["ingest", *arguments])


@pytest.mark.parametrize("command", [*SOURCES, "all", "endpoint", "openai-compatible"])
def test_every_command_shows_examples(command: str) -> None:
    done = invoke(command, "--help")
    assert done.exit_code == 0
    assert f"routeyard ingest {command}" in " ".join(done.output.split())


def test_providers_are_published_once(broker: Broker, tmp_path: Path) -> None:
    first = invoke("providers")
    assert first.exit_code == 0, first.output
    assert "refused 0" in first.stdout
    published = len(broker.events)
    assert published > 60
    assert "published 0, unchanged" in invoke("providers").stdout
    assert len(broker.events) == published
    assert (tmp_path / "catalogs" / "providers.json").exists()


def test_a_dry_run_needs_no_stack() -> None:
    done = invoke("quality", "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["source"], report["is_dry_run"]) == ("quality", True)
    assert report["published"] > 300


def test_all_reads_what_is_installed() -> None:
    done = invoke("all", "--dry-run", "--json")
    assert done.exit_code == 0, done.output
    sources = [json.loads(line)["source"] for line in done.stdout.splitlines()]
    assert sources == ["providers", "models-dev", "genai-prices", "quality"]


def test_a_live_endpoint_is_stated(broker: Broker, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text(VLLM)
    options = ["--url", "http://gpu:8000/v1/models", "--endpoint", "gpu", "--file", str(answer)]
    done = invoke("openai-compatible", *options, "--hosting", "on_prem", "--residency", "DE")
    assert done.exit_code == 0, done.output
    assert len(broker.events) == 3
    assert (tmp_path / "catalogs" / "openai-compatible.gpu.json").exists()


def test_refusals_are_listed_on_request(tmp_path: Path) -> None:
    catalog = tmp_path / "rows.json"
    catalog.write_text('{"a": 1, "b": {"litellm_provider": "p"}}')
    done = invoke("litellm", "--file", str(catalog), "--dry-run", "--show-refusals")
    assert "refused 1 (1 not an object)" in done.stdout
    assert "  a: not an object" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["litellm", "--dry-run"], "give the catalog with --file or --url"),
        (["openrouter", "--file", "none.json", "--dry-run"], "cannot be read"),
        (["models-dev", "--url", "http://127.0.0.1:9", "--dry-run"], "does not answer"),
    ],
)
def test_a_fault_is_one_sentence(arguments: list[str], sentence: str) -> None:
    done = invoke(*arguments)
    assert isinstance(done.exception, RouteyardError)
    assert sentence in done.exception.message
