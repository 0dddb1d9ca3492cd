"""Which model a leaderboard's name stands for, with the names the ingesters know."""

import pytest

from services.registry.catalogs.leaderboards import tables
from services.registry.catalogs.leaderboards.names import Named, Unnamed

NAMES = tables.names()


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("DeepSeek Chat V3 (prev)", "deepseek/deepseek-v3"),
        ("DeepSeek R1 (0528)", "deepseek/deepseek-r1-0528"),
        ("gpt-5 (high)", "openai/gpt-5"),
        ("gpt-5.2-2025-12-11-nothinking", "openai/gpt-5.2"),
        ("o3-mini-2025-01-31-high", "openai/o3-mini"),
        ("claude-opus-4-5-20251101-thinking-64k-high-effort", "anthropic/claude-opus-4.5"),
        ("claude-4-1-opus-20250805-base", "anthropic/claude-opus-4.1"),
        ("claude-4-sonnet-20250514-thinking-64k", "anthropic/claude-sonnet-4"),
        ("claude-3-7-sonnet-20250219 (32k thinking tokens)", "anthropic/claude-3.7-sonnet"),
        ("gemini-3-pro", "google/gemini-3-pro-preview"),
        ("gemini-3-pro-preview-11-2025-high", "google/gemini-3-pro-preview"),
        ("gemini-2.5-pro-preview-06-05 (default think)", "google/gemini-2.5-pro"),
        ("Claude Opus 4.5", "anthropic/claude-opus-4.5"),
        ("Qwen 3.8 Max", "qwen/qwen3.8-max"),
        ("Muse Spark 1.1", "meta/muse-spark-1.1"),
    ],
)
def test_names_with_one_model(name: str, model: str) -> None:
    found = NAMES.named(name)
    assert isinstance(found, Named)
    assert found.model == model


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kimi-k2-thinking", "kimi-k2-0711-preview"),
        ("qwen3-235b-a22b-thinking-2507", "qwen3-235b-a22b-instruct-2507"),
        ("gpt-5-mini-high", "gpt-5-high"),
        ("gpt-5.1-codex-max-high", "gpt-5.1-high"),
        ("mistral-medium-2505", "mistral-large-2411"),
        ("grok-4-fast-reasoning", "grok-4-0709"),
        ("gemini-2.0-flash-thinking-exp-01-21", "gemini-2.0-flash-001"),
    ],
)
def test_names_of_different_models(one: str, other: str) -> None:
    first, second = NAMES.named(one), NAMES.named(other)
    assert isinstance(first, Named)
    assert isinstance(second, Named)
    assert first.model != second.model


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("chatgpt-4o-latest (2025-03-29)", "several models in turn"),
        ("Quasar Alpha", "under cover"),
        ("o3 (high) + gpt-4.1", "several models together"),
        ("Grok 4.2", "Grok 4.20"),
        ("ollama/qwen2.5:32b-instruct-q8_0", "quantized copy"),
        ("gpt-5 (with a friend)", "not known what it adds"),
        ("openhands-lm-32b-v0.1", "maker is not known"),
        ("", "not known what it adds"),
    ],
)
def test_names_that_are_not_certain(name: str, reason: str) -> None:
    found = NAMES.named(name)
    assert isinstance(found, Unnamed)
    assert reason in found.reason
