from datetime import date
from typing import Any

import pytest

from routeyard.domain.catalog import Dialect, Lifecycle, Mode
from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.bedrock import parse
from tests.domain.catalogs.rows import announced_first, document, endpoints, omitted, only, refused
from tests.domain.catalogs.rows import releases as by_id

EVERYWHERE = """"regions": {
    "us-east-1": {"inRegion": true, "geo": true, "global": true},
    "eu-west-1": {"inRegion": false, "geo": true, "global": true},
    "sa-east-1": {"inRegion": false, "geo": false, "global": true}}"""
RUNTIME = """"programmaticAccess": [{"endpoint": "bedrock-runtime", "modelId": "acme.m-v1:0",
    "endpointUrl": "https://bedrock-runtime.{region}.amazonaws.com"%s}]"""


def card(*fields: str) -> Any:
    return document(f'{{"models": [{{"modelName": "M 1", {", ".join(fields)}}}]}}')


def test_a_card_says_all_it_states() -> None:
    parsed = parse(
        card(
            '"modelLifecycle": "Legacy", "launchDate": "June 9, 2024"',
            '"contextWindow": "256K tokens", "maxOutputTokens": "4K"',
            '"knowledgeCutoff": "January 2024", "reasoning": true, "apisSupported": ["Converse"]',
            '"inputModalities": ["TEXT", "SPEECH"], "outputModalities": ["TEXT"]',
            EVERYWHERE,
            RUNTIME % "",
        )
    )
    row = only(parsed)
    assert (row.provider, row.native_id, row.endpoint) == ("amazon-bedrock", "acme.m-v1:0", None)
    assert (row.name, row.mode, row.lifecycle) == ("M 1", Mode.CHAT, Lifecycle.DEPRECATED)
    assert (row.released_on, row.knowledge_cutoff) == (date(2024, 6, 9), "2024-01")
    assert (row.context, row.max_output) == (256_000, 4_000)
    assert (row.modalities_in, row.modalities_out) == (("audio", "text"), ("text",))
    assert row.regions == ("us-east-1",)
    assert row.capabilities == {
        "vision": 0.0,
        "audio_input": 1.0,
        "video_input": 0.0,
        "reasoning": 1.0,
        "long_context": 1.0,
    }
    assert (parsed.refusals, parsed.omissions) == ((), ())
    assert announced_first(parsed)


def test_each_id_is_an_offering_in_the_regions_it_is_called_from() -> None:
    profiles = ', "geoInferenceIds": ["us.acme.m-v1:0", "eu.acme.m-v1:0"], "globalInferenceIds": %s'
    parsed = parse(card(EVERYWHERE, RUNTIME % (profiles % '["global.acme.m-v1:0"]')))
    assert {native: each.regions for native, each in by_id(parsed).items()} == {
        "acme.m-v1:0": ("us-east-1",),
        "us.acme.m-v1:0": ("us-east-1",),
        "eu.acme.m-v1:0": ("eu-west-1",),
        "global.acme.m-v1:0": ("eu-west-1", "sa-east-1", "us-east-1"),
    }
    assert parsed.rows == 4


def test_an_id_that_only_profiles_serve_is_refused() -> None:
    regions = '"regions": {"us-east-1": {"inRegion": false, "geo": true, "global": false}}'
    parsed = parse(card(regions, RUNTIME % ', "geoInferenceIds": ["us.acme.m-v1:0"]'))
    assert list(by_id(parsed)) == ["us.acme.m-v1:0"]
    assert refused(parsed) == {"acme.m-v1:0": "no region serves it without an inference profile"}


def test_two_addresses_are_two_endpoints_and_regions_those_of_the_older() -> None:
    both = """"programmaticAccess": [{"endpoint": "bedrock-runtime", "modelId": "m-v1:0"},
        {"endpoint": "bedrock-mantle", "modelId": "m"}]"""
    parsed = parse(card(EVERYWHERE, both))
    found = {native: (each.endpoint, each.regions) for native, each in by_id(parsed).items()}
    assert found == {"m-v1:0": (None, ("us-east-1",)), "m": ("amazon-bedrock.mantle", None)}
    assert {name: each.dialect for name, each in endpoints(parsed).items()} == {
        "amazon-bedrock": Dialect.BEDROCK,
        "amazon-bedrock.mantle": Dialect.OPENAI,
    }
    assert {each.url for each in endpoints(parsed).values()} == {None}


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ('"contextWindow": "204.800"', "contextWindow may mean a fraction or thousands"),
        ('"launchDate": "Oct 2024"', "launchDate names no day"),
        ('"launchDate": "last autumn"', "launchDate is prose, not a date"),
        ('"launchDate": "Feb 31, 2024"', "launchDate is no day of the calendar"),
        ('"knowledgeCutoff": "2024, roughly"', "knowledgeCutoff is prose, not a month"),
        ('"modelLifecycle": "Legacy (certain regions)"', "modelLifecycle differs by region"),
        ('"modelLifecycle": "Resting"', "modelLifecycle is no stage that is known"),
        (
            '"serviceTiers": {"standard": true, "flex": true, "priority": false}',
            "serviceTiers flex have prices of their own, which the card does not state",
        ),
    ],
)
def test_what_cannot_be_used_is_left_out_and_told(field: str, reason: str) -> None:
    parsed = parse(card(field, EVERYWHERE, RUNTIME % ""))
    assert len(by_id(parsed)) == 1
    assert omitted(parsed) == [("M 1", reason)]


def test_cards_that_are_none_are_refused() -> None:
    parsed = parse(document('{"models": [3, {"modelName": "M"}, {"programmaticAccess": [{}]}]}'))
    assert refused(parsed) == {
        "card 0": "not an object",
        "M": "names no id to call it by",
        "card 2": "names no id to call it by",
    }
    assert parsed.rows == 3


SUMMARY = """{"modelArn": "arn:aws:bedrock:%s::foundation-model/acme.m", "modelId": "%s",
    "modelName": "M", "inputModalities": ["TEXT"], "outputModalities": ["EMBEDDING"],
    "responseStreamingSupported": false, "inferenceTypesSupported": ["%s"],
    "modelLifecycle": {"status": "LEGACY", "legacyTime": "2026-05-01T00:00:00+02:00",
    "endOfLifeTime": 1798761600}}"""


def region(*summaries: str) -> Any:
    return document(f'{{"modelSummaries": [{", ".join(summaries)}]}}')


def test_a_region_is_an_endpoint_of_its_own() -> None:
    parsed = parse(region(SUMMARY % ("eu-central-1", "acme.m", "ON_DEMAND")))
    row, address = only(parsed), endpoints(parsed)["amazon-bedrock.eu-central-1"]
    assert (row.endpoint, row.regions) == ("amazon-bedrock.eu-central-1", ("eu-central-1",))
    assert (row.mode, row.lifecycle) == (Mode.EMBEDDING, Lifecycle.DEPRECATED)
    assert (row.deprecated_on, row.retires_on) == (date(2026, 4, 30), date(2027, 1, 1))
    assert row.capabilities is not None
    assert row.capabilities["streaming"] == 0.0
    assert address.url == "https://bedrock-runtime.eu-central-1.amazonaws.com"
    assert address.residency == ("DE",)
    assert parsed.name == "bedrock.eu-central-1"


def test_a_model_that_takes_a_profile_is_not_served_by_its_own_id() -> None:
    parsed = parse(region(SUMMARY % ("eu-west-1", "acme.m", "INFERENCE_PROFILE"), "{}"))
    assert refused(parsed) == {
        "acme.m": "not served on demand: it takes an inference profile",
        "row 1": "has no modelId",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "[]",
        '{"modelSummaries": []}',
        region(
            SUMMARY % ("us-east-1", "a", "ON_DEMAND"), SUMMARY % ("us-east-2", "b", "ON_DEMAND")
        ),
    ],
)
def test_another_document_is_no_catalog(wrong: Any) -> None:
    with pytest.raises(InvalidCatalog):
        parse(document(wrong) if isinstance(wrong, str) else wrong)
