"""Names of catalogs, and the models they stand for."""

import pytest

from routeyard.domain.identity import identify

CASES = {
    (
        "amazon-bedrock",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ): "anthropic/claude-sonnet-4.5@20250929",
    ("anthropic", "claude-sonnet-4-5"): "anthropic/claude-sonnet-4.5@undated",
    ("openrouter", "anthropic/claude-sonnet-4.5"): "anthropic/claude-sonnet-4.5@undated",
    ("google-vertex-anthropic", "claude-opus-4-1@20250805"): "anthropic/claude-opus-4.1@20250805",
    ("openai", "gpt-4o-2024-08-06"): "openai/gpt-4o@20240806",
    ("azure", "gpt-4.1-mini"): "openai/gpt-4.1-mini@undated",
    ("deepinfra", "openai/gpt-oss-120b"): "openai/gpt-oss-120b@undated",
    ("openrouter", "deepseek/deepseek-r1:free"): "deepseek/deepseek-r1@undated",
    ("deepseek", "deepseek-v3"): "deepseek/deepseek-v3@undated",
    ("groq", "whisper-large-v3"): "openai/whisper-large-v3@undated",
    ("amazon-bedrock", "amazon.nova-pro-v1:0"): "amazon/nova-pro@undated",
    (
        "togetherai",
        "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    ): "meta/llama-3.3-70b-instruct-turbo@undated",
    ("mistral", "mistral-large-2411"): "mistral/mistral-large-2411@undated",
    ("acme-cloud", "house-model"): "acme-cloud/house-model@undated",
}
DIFFERENT = [
    ("gpt-4o", "gpt-4o-mini"),
    ("claude-sonnet-4", "claude-sonnet-4-5"),
    ("qwen3-8b", "qwen3-80b"),
    ("kat-coder-pro-v1", "kat-coder-pro-v2"),
    ("llama-3.1-8b", "llama-3.1-8b-instruct"),
]


@pytest.mark.parametrize(("name", "release"), CASES.items(), ids=str)
def test_a_name_leads_to_its_release(name: tuple[str, str], release: str) -> None:
    identity = identify(*name)

    assert identity.release == release
    assert identity.model == release.partition("@")[0]
    assert identity.why


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert identify("p", one).model != identify("p", other).model
