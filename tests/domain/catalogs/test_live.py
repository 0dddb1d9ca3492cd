"""Live servers by kind: which one it is, and what its answers say."""

from datetime import date
from typing import Any

import pytest

from routeyard.domain.catalog import Dialect, Mode, ServerKind
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelRelated, ModelReleased
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import Server, by_host, by_shape, headers_for, root_of
from services.registry.catalogs.live.parse import kept, parse
from services.registry.catalogs.parsed import ParsedCatalog
from services.registry.catalogs.served import Served
from tests.domain.catalogs.rows import document, endpoints, omitted, only, refused, releases

BOX = Served(endpoint="box", url="http://box:8000")
TAGS = """{"models": [{"name": "llama3.1:8b", "model": "llama3.1:8b",
    "details": {"parent_model": "%s", "family": "llama", "parameter_size": "8.0B",
    "quantization_level": "Q4_K_M"}}]}"""
SHOWN = """{"details": {"parent_model": "", "family": "llama", "parameter_size": "8.0B",
    "quantization_level": "Q4_0"}, "parameters": "%s", "model_info":
    {"general.parameter_count": 8030261248, "llama.context_length": 131072},
    "capabilities": ["completion", "tools"]}"""


def read(text: str, server: Server = Server.AUTO, **answers: Any) -> ParsedCatalog:
    found = kept(document(text), server)
    return parse(Answers(server=found.server, listed=found.listed, **answers), BOX)


@pytest.mark.parametrize(
    ("answer", "server"),
    [
        ('{"data": [{"id": "llama3", "owned_by": "library"}]}', Server.OLLAMA),
        ('{"data": [{"id": "m", "owned_by": "vllm"}]}', Server.VLLM),
        ('{"data": [{"id": "m", "owned_by": "system", "max_model_len": 8}]}', Server.NIM),
        ('{"data": [{"id": "gpt-4o", "owned_by": "system"}]}', Server.OPENAI),
        ('{"data": [{"id": "m", "owned_by": "mistralai"}]}', Server.MISTRAL),
        ('{"data": [{"id": "m", "owned_by": ["acme"]}, 3]}', Server.OPENAI),
        ('{"data": []}', Server.OPENAI),
        ('{"data": [{"id": "m", "type": "model"}], "has_more": false}', Server.ANTHROPIC),
        ('{"data": {"id": "a/m", "endpoints": []}}', Server.OPENROUTER),
        ('{"models": [{"model": "llama3:latest"}]}', Server.OLLAMA),
        ('{"models": []}', Server.OLLAMA),
        ('{"models": [{"name": "models/gemini"}]}', Server.GEMINI),
        ('{"model_id": "a/m"}', Server.TGI),
        ("[]", Server.AUTO),
        ('{"detail": "Not Found"}', Server.AUTO),
    ],
)
def test_the_answer_shows_the_server(answer: str, server: Server) -> None:
    assert by_shape(document(answer)) is server


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("http://x", "http://x"),
        ("http://x/", "http://x"),
        ("http://x/v1", "http://x"),
        ("http://x/v1/models", "http://x"),
        ("http://x/api/tags/", "http://x"),
        ("http://x/info", "http://x"),
        ("http://x/v1beta/models", "http://x"),
        ("http://x/openai/v1/models", "http://x/openai"),
    ],
)
def test_every_answer_leads_back_to_its_server(url: str, root: str) -> None:
    assert root_of(url) == root


def test_public_apis_go_by_their_hosts_and_keys_by_their_customs() -> None:
    assert by_host("https://api.anthropic.com/v1") is Server.ANTHROPIC
    assert by_host("http://gpu:8000") is Server.AUTO
    assert headers_for(Server.AUTO, "https://api.anthropic.com", "k") == {
        "anthropic-version": "2023-06-01",
        "x-api-key": "k",
    }
    assert headers_for(Server.GEMINI, "http://x", "k") == {"x-goog-api-key": "k"}
    assert headers_for(Server.AUTO, "http://x", "k") == {"authorization": "Bearer k"}
    assert headers_for(Server.AUTO, "http://x", None) == {}


def test_ollama_shows_what_a_model_is() -> None:
    shown = {"llama3.1:8b": document(SHOWN % "stop x\\nnum_ctx    8192\\n")}
    parsed = read(TAGS % "", shown=shown)
    row = only(parsed)
    assert (row.native_id, row.endpoint, row.family) == ("llama3.1:8b", "box", "llama")
    assert (row.parameters, row.quantization) == (8_030_261_248, "q4_0")
    assert (row.context, row.mode) == (8192, Mode.CHAT)
    assert row.capabilities == {
        "tool_use": 1.0,
        "vision": 0.0,
        "reasoning": 0.0,
        "audio_input": 0.0,
        "long_context": 0.0,
    }
    address = endpoints(parsed)["box"]
    assert (address.url, address.server) == ("http://box:8000/v1", ServerKind.OLLAMA)


def test_without_that_its_tags_say_less() -> None:
    row = only(read(TAGS % ""))
    assert (row.quantization, row.parameters) == ("q4_k_m", 8_000_000_000)
    assert (row.context, row.mode, row.capabilities) == (None, None, None)


def test_a_model_made_from_another_is_its_variant() -> None:
    parsed = read(TAGS % "qwen3:8b")
    assert [each for each in parsed.payloads if isinstance(each, ModelRelated)] == [
        ModelRelated(
            model="meta/llama-3.1-8b-instruct",
            variant_of="qwen/qwen3-8b",
            complete=True,
            evidence="said by box",
        )
    ]


def test_tgi_tells_its_limits() -> None:
    info = """{"model_id": "bigscience/bloom-560m", "max_total_tokens": 2048,
        "model_dtype": "torch.bfloat16"}"""
    parsed = read(info)
    row = only(parsed)
    assert (row.native_id, row.context, row.quantization) == ("bigscience/bloom-560m", 2048, "bf16")
    address = endpoints(parsed)["box"]
    assert (address.url, address.server) == ("http://box:8000/v1", ServerKind.TGI)


def test_anthropics_list_tells_limits_and_capabilities() -> None:
    listed = """{"has_more": false, "data": [{"type": "model", "id": "claude-9",
        "display_name": "Claude 9", "created_at": "2026-01-15T09:30:00Z", "max_tokens": 64000,
        "max_input_tokens": 200000, "capabilities": {"image_input": {"supported": true},
        "thinking": {"supported": false}, "batch": {"supported": true}}}]}"""
    parsed = read(listed)
    row = only(parsed)
    assert (row.name, row.released_on) == ("Claude 9", date(2026, 1, 15))
    assert (row.context, row.max_output) == (200_000, 64_000)
    assert row.capabilities == {"vision": 1.0, "reasoning": 0.0, "long_context": 1.0}
    assert endpoints(parsed)["box"].dialect is Dialect.ANTHROPIC


def test_geminis_list_tells_limits_and_methods() -> None:
    listed = """{"models": [{"name": "models/gemini-9", "displayName": "Gemini 9",
        "supportedGenerationMethods": ["generateContent", "streamGenerateContent"],
        "inputTokenLimit": 1048576, "outputTokenLimit": 8192, "thinking": true},
        {"name": "models/embed", "supportedGenerationMethods": ["embedContent"]}]}"""
    parsed = read(listed)
    chat, embedding = releases(parsed)["gemini-9"], releases(parsed)["embed"]
    assert (chat.mode, chat.context, chat.max_output) == (Mode.CHAT, 1_048_576, 8192)
    assert chat.capabilities == {"streaming": 1.0, "reasoning": 1.0, "long_context": 1.0}
    assert (embedding.mode, embedding.capabilities) == (Mode.EMBEDDING, {"streaming": 0.0})
    address = endpoints(parsed)["box"]
    assert (address.url, address.dialect) == ("http://box:8000/v1beta", Dialect.GOOGLE)


def test_openrouters_endpoints_are_providers_with_prices_of_their_own() -> None:
    listed = """{"data": {"id": "acme/m", "endpoints": [
        {"provider_name": "DeepInfra", "tag": "deepinfra/fp8", "quantization": "fp8",
         "pricing": {"prompt": "0.00000015"}, "context_length": 131072,
         "max_completion_tokens": null, "supported_parameters": ["tools"], "uptime_last_30m": 0.98},
        {"provider_name": "Other", "quantization": "unknown", "pricing": {"prompt": "-1"}},
        {"provider_name": "Other"}, {}]}}"""
    parsed = read(listed)
    found = [each for each in parsed.payloads if isinstance(each, ModelReleased)]
    assert {(each.endpoint, each.native_id, each.quantization) for each in found} == {
        ("openrouter.deepinfra-fp8", "acme/m", "fp8"),
        ("openrouter.other", "acme/m", None),
    }
    assert [each.price and str(each.price.input) for each in found] == ["0.15", None]
    assert omitted(parsed) == [("Other", "prompt is negative")]
    assert refused(parsed) == {"Other": "same model listed twice", "row 3": "names no provider"}
    assert {each.url for each in endpoints(parsed).values()} == {None}


def test_nims_container_names_an_endpoint_that_has_no_name() -> None:
    listed = '{"data": [{"id": "a/m", "owned_by": "system", "max_model_len": 8}]}'
    named = endpoints(read(listed, about={"version": "1.8.3"}))["box"]
    assert (named.name, named.server) == ("box (NIM 1.8.3)", ServerKind.NIM)


@pytest.mark.parametrize("server", list(Server))
@pytest.mark.parametrize("answer", ["[]", "{}", '{"data": 3, "models": {}}'])
def test_another_answer_is_refused_whatever_the_server(server: Server, answer: str) -> None:
    with pytest.raises(InvalidCatalog):
        read(answer, server)


@pytest.mark.parametrize(
    ("server", "answer"),
    [
        (Server.OLLAMA, '{"models": [{}, 3, {"name": ""}]}'),
        (Server.OPENAI, '{"data": [{}, 3, {"id": ""}]}'),
        (Server.ANTHROPIC, '{"data": [{}, 3, {"id": 7}]}'),
        (Server.GEMINI, '{"models": [{}, 3, {"name": null}]}'),
    ],
)
def test_rows_without_a_name_are_refused_one_by_one(server: Server, answer: str) -> None:
    parsed = read(answer, server)
    assert refused(parsed) == {f"row {number}": "has no id" for number in range(3)}
    assert parsed.rows == 3
