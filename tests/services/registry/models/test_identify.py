"""The command that says which model a name stands for."""

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from routeyard.domain.errors import InvalidRequest
from services.registry.models.cli import register
from services.registry.models.identifying import identified

BEDROCK = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def run(*arguments: str, lines: bytes = b"") -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["models", "identify", *arguments], input=lines)


def answers(lines: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("--stdin", "--json", lines=lines).output.splitlines()]


def test_a_name_is_explained_in_words() -> None:
    told = run(BEDROCK).output

    assert told.startswith("anthropic/claude-sonnet-4.5@20250929\n")
    assert "1. region prefix" in told


def test_a_doubt_and_a_quantization_are_told() -> None:
    told = run("acme-7b-fp8", "--provider", "acme-cloud").output

    assert "served as fp8" in told
    assert "unsure: the maker is guessed" in told


def test_a_name_as_json() -> None:
    told = json.loads(run(BEDROCK, "--provider", "amazon-bedrock", "--json").output)

    assert told["id"] == BEDROCK
    assert told["model"] == "anthropic/claude-sonnet-4.5"
    assert told["release"] == "anthropic/claude-sonnet-4.5@20250929"
    assert told["why"]


def test_a_line_is_answered_with_its_own_fields_and_what_was_found() -> None:
    asked = {"catalog": "ollama", "provider": "ollama", "id": "llama3.1", "row": 7}
    (found,) = answers(json.dumps(asked).encode())

    assert asked.items() <= found.items()
    assert found["model"] == "meta/llama-3.1-8b-instruct"


def test_a_bad_line_is_answered_with_an_error_and_the_rest_goes_on() -> None:
    found = answers(
        b'{"id": "gpt-4o"}\n\nnonsense\n[1]\n{"id": ""}\n{"id": 3}\n{"id": "x", "provider": 1}\n'
        b'\xff\xfe\n{"id": "\\ud800"}\n' + b"[" * 100_000 + b'\n{"provider": "openai", "id": "o3"}'
    )

    assert [each.get("model") for each in found] == [
        "openai/gpt-4o",
        *[None] * 6,
        "unknown/unnamed",
        None,
        "openai/o3",
    ]
    assert [each["error"] for each in found if "error" in each] == [
        "line 3 is not JSON",
        "line 4 is not a JSON object",
        "line 5: id must be a name",
        "line 6: id must be a name",
        "line 7: provider must be a string",
        "line 8 is not JSON",
        "line 10 is not JSON",
    ]


def test_lines_without_json_are_names_and_releases() -> None:
    told = run("--stdin", lines=b'{"id": "gpt-4o-2024-08-06"}\nnonsense').output

    assert told.splitlines() == ["gpt-4o-2024-08-06  openai/gpt-4o@20240806", "line 2 is not JSON"]


@pytest.mark.parametrize("arguments", [(), ("gpt-4o", "--stdin"), (" ",)])
def test_neither_nor_both_is_refused(arguments: tuple[str, ...]) -> None:
    assert isinstance(run(*arguments).exception, InvalidRequest)


@pytest.mark.parametrize(
    ("catalog", "provider"),
    [("litellm", "vertex_ai-language-models"), ("genai-prices", "google"), ("", "google")],
)
def test_a_provider_is_known_by_the_name_its_catalog_gives_it(catalog: str, provider: str) -> None:
    assert identified(catalog, provider, "unheard-of-1").model == "google/unheard-of-1"
