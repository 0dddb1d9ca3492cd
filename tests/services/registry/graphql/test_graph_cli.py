"""`routeyard models list|show|diff|history` on a registry, as a person runs them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer
from anyio.from_thread import start_blocking_portal
from typer.testing import CliRunner

from routeyard.domain.errors import ErrorCode, InvalidRequest
from services.registry.ledger import Batch
from services.registry.models import graph_cli, questions
from tests.builders import event, released
from tests.services.registry.graphql.conftest import Filled, Registry, _copy, serving

Run = Callable[..., str]


@pytest.fixture
def run(filled: Filled, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a command; what it printed. Its questions go to a registry in this process."""
    app = typer.Typer()
    graph_cli.add_to(app)
    _copy(filled.database, database)
    monkeypatch.setenv("ROUTEYARD_REGISTRY_URL", "http://registry")
    monkeypatch.setenv("COLUMNS", "160")
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(serving(filled.keys, database)) as registry,
    ):
        portal.call(_change, registry)

        def ask(_: object, query: str, variables: dict[str, Any]) -> Any:
            posted = portal.call(registry.post, {"query": query, "variables": variables})
            answer = posted.json()
            for error in answer.get("errors", ()):
                assert error["extensions"]["code"] == ErrorCode.INVALID_REQUEST, error
                raise InvalidRequest(error["message"])
            return answer["data"]

        def invoke(*arguments: str) -> str:
            done = CliRunner().invoke(app, arguments)
            if done.exception is not None:
                raise done.exception
            return done.stdout

        monkeypatch.setattr(questions, "ask", ask)
        yield invoke


async def _change(registry: Registry) -> None:
    said = event(released("openai", "gpt-4o", context=64), id="change", seconds=9)
    await registry.ledger.record(Batch([said]))


def test_a_list_is_a_table_and_json(run: Run) -> None:
    written = run("list", "--search", "4o", "--sort", "-price_output")
    assert written.index("openai/gpt-4o ") < written.index("openai/gpt-4o-mini")
    assert "0.0000001" in written
    assert "2 models at revision 4." in written
    found = json.loads(run("list", "--min-context", "100", "--json"))
    assert (found["revision"], [m["id"] for m in found["models"]]) == (4, ["openai/gpt-4o-mini"])


def test_a_list_goes_from_page_to_page(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "PAGE", 1)
    everything = json.loads(run("list", "--all", "--json"))
    assert [m["id"] for m in everything["models"]] == [
        "acme/secret",
        "openai/gpt-4o",
        "openai/gpt-4o-mini",
    ]
    assert everything["has_more"] is False
    assert "there are more: --first or --all" in run("list", "--first", "2")


def test_a_list_narrows_down_by_every_option(run: Run) -> None:
    written = run(
        *("list", "--capability", "vision=0.5", "--without", "tool_use", "--provider", "openai"),
        *("--max-input-price", "3.5", "--max-output-price", "20", "--residency", "EU"),
        *("--hosting", "self_hosted", "--lifecycle", "ga", "--mode", "chat"),
        *("--modality-in", "image", "--open-weights", "--sort", "quality", "--task", "general"),
    )
    assert "No model fits." in written


def test_a_model_is_shown_now_and_then(run: Run) -> None:
    now, then = run("show", "openai/gpt-4o"), run("show", "openai/gpt-4o", "--revision", "2")
    assert "revision 4" in now
    assert "64" in now
    assert "128000" in then
    assert "0.0000001" in then
    found = json.loads(run("show", "openai/gpt-4o", "--json", "--revision", "3"))
    assert found["model"]["offerings"]["nodes"][0]["endpointId"] == "openai"


def test_a_name_that_is_none_finds_its_neighbours(run: Run) -> None:
    with pytest.raises(InvalidRequest, match="did you mean openai/gpt-4o, openai/gpt-4o-mini"):
        run("show", "gpt-4o")
    with pytest.raises(InvalidRequest, match="--search` finds names"):
        run("show", "nothing/of-the-kind")


def test_a_difference_is_told_field_by_field(run: Run) -> None:
    written = run("diff", "3")
    assert "2 entities differ from revision 3 to 4." in written
    assert "128000" in written
    found = json.loads(run("diff", "3", "4", "--kind", "models", "--json"))
    (change,) = found["changes"]
    assert change["fields"] == [{"name": "context", "before": 128_000, "after": 64}]
    assert "Nothing differs." in run("diff", "4", "4")
    at = json.loads(run("history", "openai/gpt-4o", "--json"))["versions"][0]["committedAt"]
    assert json.loads(run("diff", at, "--json"))["from"] == 4


def test_a_history_names_the_events(run: Run) -> None:
    written = run("history", "openai/gpt-4o")
    assert "dev: model.released.v1" in written
    found = json.loads(run("history", "openai/gpt-4o", "--kind", "offering", "--json"))
    assert [version["revision"] for version in found["versions"]] == [4, 2]
    assert [e["id"] for e in found["versions"][0]["events"]] == ["change"]
    with pytest.raises(InvalidRequest, match="There never was a model 'none'"):
        run("history", "none")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("list", "--sort", "size"), "it is one of id, name"),
        (("list", "--capability", "a=b"), "name=0.8"),
        (("list", "--at", "then"), "is no time"),
        (("list", "--at", "2026-01-01", "--revision", "1"), "not both"),
        (("list", "--at", "2020-01-01"), "commit came later"),
        (("list", "--mode", "smell"), "does not exist in 'Mode' enum"),
        (("show", "x", "--revision", "77"), "There is no revision 77"),
        (("diff", "9", "2"), "the earlier one first"),
        (("history", "x", "--kind", "thing"), "it is one of source"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message):
        run(*arguments)


def test_help_has_examples(run: Run) -> None:
    for command in ("list", "show", "diff", "history"):
        assert "Examples: routeyard models" in " ".join(run(command, "--help").split())
