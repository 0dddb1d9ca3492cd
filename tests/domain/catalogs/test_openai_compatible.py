from datetime import date

import pytest

from routeyard.domain.catalog import Dialect, Hosting, Mode, Variant
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelDeprecated, ModelRelated
from routeyard.servers.kinds import list_address
from services.registry.catalogs.openai_compatible import (
    base_address,
    endpoint_name,
    parse,
)
from services.registry.catalogs.served import Served
from tests.domain.catalogs.rows import (
    document,
    endpoints,
    omitted,
    only,
    providers,
    refused,
    releases,
)

GPU = Served(
    endpoint="gpu-7",
    url="http://gpu-7:8000/v1/models",
    hosting=Hosting.ON_PREM,
    residency=("DE",),
    zones=("berlin",),
)
VLLM = """{"object": "list", "data": [
  {"id": "meta/llama", "owned_by": "vllm", "parent": null, "max_model_len": 131072},
  {"id": "sql-lora", "owned_by": "vllm", "parent": "meta/llama", "max_model_len": null}]}"""


def test_vllm_states_lengths_and_adapters_inherit_them() -> None:
    parsed = parse(document(VLLM), GPU)
    found = releases(parsed)
    assert {name: each.context for name, each in found.items()} == {
        "meta/llama": 131_072,
        "sql-lora": 131_072,
    }
    assert {each.endpoint for each in found.values()} == {"gpu-7"}
    assert found["sql-lora"].name == "sql-lora (LoRA of meta/llama)"


def test_the_endpoint_is_what_the_operator_and_the_answer_say() -> None:
    parsed = parse(document(VLLM), GPU)
    endpoint = endpoints(parsed)["gpu-7"]
    assert endpoint.url == "http://gpu-7:8000/v1"
    assert (endpoint.server, endpoint.dialect) == (None, Dialect.OPENAI)
    assert (endpoint.hosting, endpoint.residency, endpoint.zones) == (
        Hosting.ON_PREM,
        ("DE",),
        ("berlin",),
    )
    assert endpoint.keyless is True
    assert providers(parsed) == ["gpu-7"]


def test_an_adapter_is_a_variant_of_its_parent() -> None:
    found = [each for each in parse(document(VLLM), GPU).payloads if isinstance(each, ModelRelated)]
    assert found == [
        ModelRelated(
            model="gpu-7/sql-lora",
            variant_of="meta/llama",
            variant=Variant.FINE_TUNED,
            complete=True,
            evidence="said by gpu-7",
        )
    ]


def test_a_model_served_under_another_name_is_told() -> None:
    answer = '{"data": [{"id": "chat", "root": "meta-llama/Llama-3.1-8B", "parent": null}]}'
    parsed = parse(document(answer), GPU)
    assert omitted(parsed) == [
        ("chat", "root is another name of the model; make the id an alias of it")
    ]


def test_mistrals_own_jobs_are_variants_and_ends_name_what_follows() -> None:
    answer = """{"data": [
        {"id": "ft:m:1", "type": "fine-tuned", "root": "open-mistral-7b",
         "capabilities": {"completion_chat": true, "audio": true, "reasoning": false}},
        {"id": "old", "deprecation": "2026-01-31T12:00:00Z", "capabilities":
         {"completion_chat": false, "moderation": true},
         "deprecation_replacement_model": "new"}]}"""
    parsed = parse(document(answer), GPU)
    tuned = releases(parsed)["ft:m:1"]
    assert (tuned.mode, tuned.capabilities) == (Mode.CHAT, {"audio_input": 1.0, "reasoning": 0.0})
    assert releases(parsed)["old"].mode is Mode.MODERATION
    assert [each.variant_of for each in parsed.payloads if isinstance(each, ModelRelated)] == [
        "mistral/mistral-7b"
    ]
    assert [each for each in parsed.payloads if isinstance(each, ModelDeprecated)] == [
        ModelDeprecated(
            provider="gpu-7",
            native_id="old",
            endpoint="gpu-7",
            retires_on=date(2026, 1, 31),
            replacement="new",
            reason="said by its server",
        )
    ]


def test_mistrals_answer_tells_capabilities_and_an_end() -> None:
    row = only(
        parse(
            document(
                """{"data": [{"id": "m", "deprecation": "2026-01-31T12:00:00Z",
                "capabilities": {"function_calling": true, "vision": false},
                "max_context_length": 32768}]}"""
            ),
            GPU,
        )
    )
    assert row.retires_on == date(2026, 1, 31)
    assert row.capabilities == {"tool_use": 1.0, "vision": 0.0, "long_context": 0.0}


def test_an_adapter_of_itself_ends() -> None:
    loop = '{"data": [{"id": "a", "parent": "a"}, {"id": "b", "parent": "c"}]}'
    assert releases(parse(document(loop), GPU))["a"].context is None


@pytest.mark.parametrize(
    "url", ["http://x/v1/models", "http://x/v1/models/", "http://x/v1", "http://x"]
)
def test_requests_go_beside_the_list(url: str) -> None:
    assert base_address(url) == "http://x/v1"


def test_rows_without_an_id_are_refused() -> None:
    parsed = parse(document('{"data": [{}, 3]}'), GPU)
    assert refused(parsed) == {"row 0": "has no id", "row 1": "has no id"}


def test_another_answer_says_what_to_do() -> None:
    with pytest.raises(InvalidCatalog, match="/v1/models"):
        parse(document('{"detail": "Not Found"}'), GPU)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://gpu:8000", "http://gpu:8000/v1/models"),
        ("http://gpu:8000/", "http://gpu:8000/v1/models"),
        ("http://gpu:8000/v1", "http://gpu:8000/v1/models"),
        ("http://gpu:8000/v1/models/", "http://gpu:8000/v1/models"),
    ],
)
def test_a_servers_address_leads_to_its_list(given: str, asked: str) -> None:
    assert list_address(given) == asked


def test_an_endpoint_without_a_name_is_named_for_its_host_and_port() -> None:
    assert endpoint_name("http://GPU:8000/v1/models") == "gpu-8000"
