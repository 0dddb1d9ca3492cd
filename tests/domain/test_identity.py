"""Names of catalogs, and the models they stand for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.identity import doubtful, identify, release_date
from routeyard.domain.identity.aliases import ALIASES
from routeyard.domain.identity.labs import FAMILIES, HOSTS, LAB_ALIASES

CASES = {
    # Clouds: regions, makers, versions of a deployment.
    (
        "amazon-bedrock",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ): "anthropic/claude-sonnet-4.5@20250929",
    ("amazon-bedrock", "amazon.nova-pro-v1:0"): "amazon/nova-pro@undated",
    ("amazon-bedrock", "anthropic.claude-v2:1:200k"): "anthropic/claude-2.1@undated",
    ("amazon-bedrock", "anthropic.claude-v2"): "anthropic/claude-2@undated",
    ("amazon-bedrock", "mistral.mistral-7b-instruct-v0:2"): (
        "mistral/mistral-7b-instruct-v0.2@undated"
    ),
    ("amazon-bedrock", "deepseek.v3.2"): "deepseek/deepseek-v3.2@undated",
    ("amazon-bedrock", "openai.gpt-oss-120b-1:0"): "openai/gpt-oss-120b@undated",
    ("amazon-bedrock", "amazon.titan-embed-text-v2:0"): "amazon/titan-embed-text-v2@undated",
    ("amazon-bedrock", "nvidia.nemotron-nano-3-30b"): "nvidia/nemotron-3-nano-30b-a3b@undated",
    ("amazon", "arn:aws:bedrock:us-west-2:1:inference-profile/us.amazon.nova-2-lite-v1:0"): (
        "amazon/nova-2-lite@undated"
    ),
    ("google-vertex-anthropic", "claude-opus-4-1@20250805"): "anthropic/claude-opus-4.1@20250805",
    ("google-vertex", "meta/llama-3.3-70b-instruct-maas"): "meta/llama-3.3-70b-instruct@undated",
    ("google-vertex", "mistral-large@2411-001"): "mistral/mistral-large-2411@undated",
    ("azure", "gpt-35-turbo-0613"): "openai/gpt-3.5-turbo@20230613",
    ("azure", "azure/eu/gpt-4o-2024-08-06"): "openai/gpt-4o@20240806",
    ("sap-ai-core", "anthropic--claude-4.5-sonnet"): "anthropic/claude-sonnet-4.5@undated",
    ("databricks", "databricks-claude-opus-4-6"): "anthropic/claude-opus-4.6@undated",
    # Routers and hosts.
    ("anthropic", "claude-sonnet-4-5"): "anthropic/claude-sonnet-4.5@undated",
    ("openrouter", "anthropic/claude-4.5-sonnet-20250929"): "anthropic/claude-sonnet-4.5@20250929",
    ("openrouter", "deepseek/deepseek-r1:free"): "deepseek/deepseek-r1@undated",
    ("openrouter", "deepseek/deepseek-chat-v3-0324"): "deepseek/deepseek-v3-0324@undated",
    ("openrouter", "qwen/qwen3-235b-a22b-07-25"): "qwen/qwen3-235b-a22b-instruct-2507@undated",
    ("openrouter", "x-ai/grok-4-07-09"): "xai/grok-4@20250709",
    ("fireworks-ai", "accounts/fireworks/models/qwen2p5-72b-instruct"): (
        "qwen/qwen2.5-72b-instruct@undated"
    ),
    ("fireworks-ai", "accounts/fireworks/models/llama-v3p1-8b-instruct"): (
        "meta/llama-3.1-8b-instruct@undated"
    ),
    ("cloudflare-workers-ai", "@cf/meta/llama-3.3-70b-instruct-fp8-fast"): (
        "meta/llama-3.3-70b-instruct@undated"
    ),
    ("togetherai", "meta-llama/Llama-3.3-70B-Instruct-Turbo"): (
        "meta/llama-3.3-70b-instruct-turbo@undated"
    ),
    ("deepinfra", "openai/gpt-oss-120b"): "openai/gpt-oss-120b@undated",
    ("groq", "whisper-large-v3"): "openai/whisper-large-v3@undated",
    ("digitalocean", "openai-gpt-54-mini"): "openai/gpt-5.4-mini@undated",
    ("aihubmix", "coding-xiaomi-mimo-v2.5-pro"): "xiaomi/mimo-v2.5-pro@undated",
    ("synthetic", "hf:zai-org/GLM-4.6"): "zai/glm-4.6@undated",
    ("fal-ai", "fal_ai/low/1024-x-768/openai/gpt-image-2/edit"): "openai/gpt-image-2-edit@undated",
    # Makers' own spellings.
    ("openai", "gpt-4o-2024-08-06"): "openai/gpt-4o@20240806",
    ("openai", "gpt-4o (2024-11-20)"): "openai/gpt-4o@20241120",
    ("azure", "gpt-4.1-mini"): "openai/gpt-4.1-mini@undated",
    ("google", "gemini-1.5-pro-002"): "google/gemini-1.5-pro@20240924",
    ("deepseek", "deepseek-v3"): "deepseek/deepseek-v3@undated",
    ("mistral", "mistral-large-2411"): "mistral/mistral-large-2411@undated",
    ("huggingface", "mistralai/Mistral-Small-3.2-24B-Instruct-2506"): (
        "mistral/mistral-small-2506@undated"
    ),
    ("huggingface", "mistralai/Mistral-Large-3-675B-Instruct-2512"): (
        "mistral/mistral-large-3@undated"
    ),
    ("huggingface", "nvidia/Llama-3_3-Nemotron-Super-49B-v1_5"): (
        "nvidia/llama-3.3-nemotron-super-49b-v1.5@undated"
    ),
    ("volcengine", "doubao-seed-1-6-250615"): "bytedance/doubao-seed-1.6@20250615",
    ("lmarena", "Command R+ (08-2024)"): "cohere/command-r-plus-08-2024@undated",
    # Ollama: what a tag leaves out.
    ("ollama", "llama3.1"): "meta/llama-3.1-8b-instruct@undated",
    ("ollama", "llama3.1:8b-instruct-q4_K_M"): "meta/llama-3.1-8b-instruct@undated",
    ("ollama", "llama3.1:8b-text-q8_0"): "meta/llama-3.1-8b@undated",
    ("ollama", "mistral:latest"): "mistral/mistral-7b-instruct-v0.3@undated",
    ("ollama", "qwen:7b-chat-q4_0"): "qwen/qwen-7b-chat@undated",
    ("ollama", "qwen:7b-chat"): "qwen/qwen-7b-chat-v1.5@undated",
    ("ollama-cloud", "deepseek-v3.1:671b"): "deepseek/deepseek-v3.1-terminus@undated",
    # Nobody's, or somebody's own.
    ("acme-cloud", "house-model"): "acme-cloud/house-model@undated",
    ("openai", "ft:gpt-4o-mini:acme::x1"): "openai/ft-gpt-4o-mini-acme-x1@undated",
}
DIFFERENT = [
    ("gpt-4o", "gpt-4o-mini"),
    ("gpt-4o-mini", "ft:gpt-4o-mini:acme::x1"),
    ("gpt-5", "gpt-5-chat-latest"),
    ("gpt-4", "gpt-4-32k"),
    ("o3", "o3-pro"),
    ("claude-sonnet-4", "claude-sonnet-4-5"),
    ("claude-opus-4-1", "claude-opus-4"),
    ("anthropic.claude-v2", "anthropic.claude-v2:1"),
    ("mistral.mistral-7b-instruct-v0:2", "mistral-7b-instruct-v0.3"),
    ("mistral-large-2407", "mistral-large-2411"),
    ("qwen3-8b", "qwen3-80b"),
    ("qwen3-235b-a22b", "qwen3-235b-a22b-instruct-2507"),
    ("qwen3-next-80b-a3b-instruct", "qwen3-next-80b-a3b-thinking"),
    ("qwen-max", "qwen3-max"),
    ("deepseek-r1", "deepseek-r1-0528"),
    ("deepseek-r1", "deepseek-r1-distill-llama-70b"),
    ("kimi-k2", "kimi-k2-0905"),
    ("kat-coder-pro-v1", "kat-coder-pro-v2"),
    ("llama-3.1-8b", "llama-3.1-8b-instruct"),
    ("llama-3.2-11b-vision-instruct", "llama-3.2-90b-vision-instruct"),
    ("gemini-2.5-flash", "gemini-2.5-flash-lite"),
    ("gemini-flash-latest", "gemini-2.5-flash"),
    ("grok-4", "grok-4-fast"),
    ("amazon.titan-embed-text-v1", "amazon.titan-embed-text-v2:0"),
    ("glm-4.6", "glm-4.6v"),
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


@pytest.mark.parametrize("name", CASES, ids=str)
def test_a_canonical_name_stands_for_itself_whoever_prints_it(name: tuple[str, str]) -> None:
    model = identify(*name).model

    assert identify("elsewhere", model).model == model
    assert identify("openrouter", f"openrouter/{model}").model == model


@pytest.mark.parametrize(("alias", "target"), [(k, v[0]) for k, v in ALIASES.items()])
def test_an_alias_leads_to_a_name_that_stands_for_itself(alias: str, target: str) -> None:
    assert target not in ALIASES
    assert identify("elsewhere", alias).model == target
    assert identify("elsewhere", target).model == target


def test_the_tables_say_a_thing_once() -> None:
    labs = {lab for _, lab in FAMILIES}
    assert labs.isdisjoint(LAB_ALIASES), "a maker of a family has no other name"
    assert set(LAB_ALIASES.values()).isdisjoint(LAB_ALIASES), "an alias leads to a maker"
    assert all(word == word.lower() and "/" not in word for word in HOSTS)


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("llama3.1:8b-instruct-q4_K_M", "q4_k_m"),
        ("Qwen/Qwen3.5-397B-A17B-FP8", "fp8"),
        ("unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "bnb-4bit"),
        ("TheBloke/Mistral-7B-Instruct-v0.2-AWQ", "awq"),
        ("llama-3.1-8b-instruct", None),
    ],
)
def test_a_suffix_tells_the_quantization(name: str, quantization: str | None) -> None:
    assert identify("p", name).quantization == quantization


@pytest.mark.parametrize(
    ("provider", "name", "reason"),
    [
        ("acme-cloud", "house-model", "guessed from the provider"),
        ("ollama", "llama3.1", "its default"),
        ("google", "gemini-flash-latest", "moves"),
        ("openai", "gpt-4o-0230", "may be a date"),
        ("xai", "grok-9-0101", "the year"),
        ("fireworks-ai", "glm-5p2-fast", "served faster"),
    ],
)
def test_what_was_guessed_is_named(provider: str, name: str, reason: str) -> None:
    assert any(reason in doubt for doubt in doubtful(identify(provider, name)))


def test_what_is_certain_has_no_doubts() -> None:
    assert doubtful(identify("openai", "gpt-4o-2024-08-06")) == ()


def test_a_date_that_is_none_stays_in_the_name() -> None:
    assert identify("p", "gpt-4o-2024-13-45").release == "openai/gpt-4o-2024-13-45@undated"


WORDS = st.sampled_from(
    [
        "gpt-4o",
        "claude-3-5-sonnet",
        "claude-v2:1",
        "llama3.1",
        "qwen3",
        ":free",
        "-fp8",
        "-q4_K_M",
        "-latest",
        "@20250514",
        "-2024-08-06",
        "-0613",
        "-v1:0",
        "us.",
        "anthropic.",
        "meta-llama/",
        "openrouter/",
        "@cf/",
        "-",
        "_",
        ".",
        "/",
        ":",
        "70b",
        "-instruct",
        "mistral-large",
        "-2411",
        "ft:",
        "p",
        "1",
        "-fast",
        "gemini-2.0-flash",
        "-001",
        "deepseek",
        ".v3",
        "ollama/",
        "(x)",
        "+",
        "~",
        "%",
    ]
)
NAMES = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=6).map("".join))
BEGINNINGS = ["gpt-4o", "claude-3-5-sonnet", "llama3.1", "qwen3", "gemini-2.0-flash", "gemma-3-4b"]
ENDINGS = [":free", "-fp8", "-q4_K_M", "-latest", "@20250514", "-2024-08-06", "-0613", "-v1:0"]
ENDINGS += ["-70b", "-instruct", "-2411", "-fast", "-001", "-thinking-8k", "-hf", "-05-06", "-1-5"]
OF_KNOWN_MAKERS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "us.anthropic.", "meta-llama/", "@cf/", "azure/eu/", "databricks-"]),
    st.sampled_from(BEGINNINGS),
    st.lists(st.sampled_from(ENDINGS), max_size=4).map("".join),
)


@given(NAMES, NAMES, st.one_of(st.none(), st.sampled_from(["ollama", "litellm", "x"])))
def test_every_text_has_an_identity(provider: str, name: str, catalog: str | None) -> None:
    identity = identify(provider, name, catalog)

    assert identity == identify(provider, name, catalog)
    assert identity.release.startswith(f"{identity.model}@")
    lab, slash, rest = identity.model.partition("/")
    assert lab
    assert slash
    assert rest
    assert not re.search(r"\s", identity.model)
    release_date(identity.release)


@given(OF_KNOWN_MAKERS)
def test_the_model_of_a_known_maker_stands_for_itself(name: str) -> None:
    model = identify("p", name).model

    assert identify("elsewhere", model).model == model
    assert identify("elsewhere", f"openrouter/{model}").model == model


@pytest.mark.parametrize("text", ["x:" * 50_000, ":free" * 20_000, "-q4_k_m" * 15_000])
def test_a_text_longer_than_any_name_costs_little_and_stays_apart(text: str) -> None:
    one, other = identify("p", text), identify("p", text + "y")

    assert len(one.model) < 200
    assert one.model != other.model
