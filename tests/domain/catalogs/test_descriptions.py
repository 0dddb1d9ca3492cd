"""Catalogs that describe models and serve none: HELM, and Ollama's library."""

from datetime import date
from typing import Any

import pytest

from routeyard.domain.catalog import Mode, Variant
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, ModelDescribed, ModelRelated
from services.registry.catalogs import helm, ollama_library
from services.registry.catalogs.parsed import ParsedCatalog
from tests.domain.catalogs.rows import document, omitted, refused, releases


def described(parsed: ParsedCatalog) -> dict[str, ModelDescribed]:
    found = [each for each in parsed.payloads if isinstance(each, ModelDescribed)]
    return {each.native_id: each for each in found}


def model(name: str, *tags: str, **fields: object) -> dict[str, Any]:
    return {"name": name, "display_name": "M", "tags": list(tags), **fields}


def test_helms_row_says_what_a_model_is_and_lists_no_offering() -> None:
    seen = model(
        "acme/m-20250601",
        "TEXT_MODEL_TAG",
        "VISION_LANGUAGE_MODEL_TAG",
        "INSTRUCTION_FOLLOWING_MODEL_TAG",
        access="open",
        release_date=date(2025, 6, 1),
        num_parameters=7_000_000_000,
    )
    parsed = helm.parse({"models": [seen]})
    row = described(parsed)["acme/m-20250601"]
    assert (row.provider, row.complete, row.name, row.mode) == ("helm", True, "M", Mode.CHAT)
    assert (row.released_on, row.parameters) == (date(2025, 6, 1), 7_000_000_000)
    assert (row.open_weights, row.capabilities) == (True, None)
    assert (row.modalities_in, row.modalities_out) == (("image", "text"), ("text",))
    assert [each for each in parsed.payloads if isinstance(each, CapabilityUpdated)] == [
        CapabilityUpdated(
            model="acme/m",
            capabilities={"vision": 1.0},
            evidence="crfm-helm tags",
            complete=True,
        )
    ]
    assert releases(parsed) == {}


def test_silence_of_helm_is_no_denial() -> None:
    row = described(helm.parse({"models": [model("acme/m", access="limited")]}))["acme/m"]
    assert (row.open_weights, row.mode, row.modalities_in, row.parameters) == (None,) * 4


def test_of_deployments_the_longest_prompt_counts() -> None:
    deployments = {
        "model_deployments": [
            {"name": "here/m", "model_name": "acme/m", "max_sequence_length": 4096},
            {"name": "there/m", "model_name": "acme/m", "max_sequence_length": 8192},
            {"name": "acme/n", "max_sequence_length": -1},
            {"name": "x/unknown", "max_sequence_length": 9},
            {},
        ]
    }
    parsed = helm.parse({"models": [model("acme/m"), model("acme/n")]}, deployments)
    assert {name: row.context for name, row in described(parsed).items()} == {
        "acme/m": 8192,
        "acme/n": None,
    }
    assert parsed.rows == 7
    assert refused(parsed) == {
        "deployment acme/n": "states no max_sequence_length",
        "deployment 4": "has no name",
        "x/unknown": "a deployment of a model that the metadata do not name",
    }
    assert omitted(parsed) == [
        ("deployment acme/n", "max_sequence_length is not a number of tokens")
    ]


def test_what_is_no_model_of_helms_is_refused() -> None:
    parsed = helm.parse(
        {
            "models": [
                model("simple/model1"),
                model("acme/m-dspy", "ABLATION_MODEL_TAG"),
                model("acme/m", release_date="next spring", num_parameters=-5),
                model("acme/m"),
                {},
            ]
        }
    )
    assert refused(parsed) == {
        "simple/model1": "a stand-in for tests, not a model",
        "acme/m-dspy": "an ablation: a model with other prompts, not a model",
        "acme/m": "same model listed twice",
        "row 4": "has no name",
    }
    assert omitted(parsed) == [
        ("acme/m", "release_date is prose, not a date"),
        ("acme/m", "num_parameters is not a number of weights"),
    ]


def family(*tags: dict[str, Any], **fields: object) -> list[object]:
    return [{"name": "llama3.1", "tags": list(tags), **fields}]


def tag(name: str, hash_: str, **fields: object) -> dict[str, Any]:
    return {"name": name, "hash": hash_, "context_window": "128K", "model_type": "text", **fields}


def test_a_model_of_the_library_is_described_once_whatever_its_quantizations() -> None:
    parsed = ollama_library.parse(
        family(
            tag("latest", "a"),
            tag("8b", "a", parameter_size=8),
            tag("8b-instruct-q4_K_M", "a", parameter_size=8, quantization="q4_k_m"),
            tag("8b-instruct-q8_0", "b", parameter_size=8, quantization="q8_0"),
            tag("8b-cloud", "c"),
            capabilities=["tools", "thinking"],
        )
    )
    (row,) = described(parsed).values()
    assert (row.provider, row.native_id) == ("ollama", "llama3.1:8b-instruct-q4_K_M")
    assert (row.parameters, row.context, row.open_weights) == (8_000_000_000, 128_000, True)
    assert row.capabilities == {"tool_use": 1.0, "reasoning": 1.0}
    assert releases(parsed) == {}
    assert parsed.rows == 5
    assert refused(parsed) == {
        "llama3.1:latest": "another name of the same weights",
        "llama3.1:8b": "another name of the same weights",
        "llama3.1:8b-instruct-q8_0": "another quantization of a model that is described",
        "llama3.1:8b-cloud": "runs in Ollama's cloud: it has no weights here",
    }


def test_instructed_models_are_variants_of_the_base_beside_them() -> None:
    parsed = ollama_library.parse(
        family(tag("8b-instruct-fp16", "a"), tag("8b-text-fp16", "b"), capabilities=["tools"])
    )
    assert [each for each in parsed.payloads if isinstance(each, ModelRelated)] == [
        ModelRelated(
            model="meta/llama-3.1-8b-instruct",
            variant_of="meta/llama-3.1-8b",
            variant=Variant.FINE_TUNED,
            complete=True,
            evidence="Ollama's library",
        )
    ]
    tools = {name: row.capabilities for name, row in described(parsed).items()}
    assert tools == {
        "llama3.1:8b-instruct-fp16": {"tool_use": 1.0},
        "llama3.1:8b-text-fp16": None,
    }


def test_distilled_models_are_variants_of_their_teacher() -> None:
    tags = [tag("671b-fp16", "a"), tag("7b-qwen-distill-fp16", "b")]
    parsed = ollama_library.parse([{"name": "deepseek-r1", "tags": tags}])
    (related,) = [each for each in parsed.payloads if isinstance(each, ModelRelated)]
    assert (related.variant_of, related.variant) == ("deepseek/deepseek-r1", Variant.DISTILLED)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"name": "8x7b-fp16", "parameter_size": 7},
            "parameter_size is that of one expert, or not told by the tag",
        ),
        ({"name": "8b", "context_window": "lots"}, "context_window is not a number of tokens"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_told(fields: dict[str, Any], reason: str) -> None:
    parsed = ollama_library.parse(family(tag("x", "a") | fields))
    assert [why for _, why in omitted(parsed)] == [reason]
    assert len(described(parsed)) == 1


def test_an_unknown_context_is_silence() -> None:
    parsed = ollama_library.parse(family(tag("8b", "a") | {"context_window": "Unknown"}))
    assert [row.context for row in described(parsed).values()] == [None]
    assert omitted(parsed) == []


def test_rows_that_are_none_are_refused() -> None:
    parsed = ollama_library.parse(["x", {"name": "m", "tags": [3]}])
    assert refused(parsed) == {
        "family 0": "not a family with a name and tags",
        "m, tag 0": "has no name",
    }
    assert parsed.rows == 2


@pytest.mark.parametrize("wrong", ["{}", "3"])
def test_another_document_is_no_catalog(wrong: str) -> None:
    with pytest.raises(InvalidCatalog):
        helm.parse(document(wrong))
    with pytest.raises(InvalidCatalog):
        helm.parse({"models": []}, document(wrong))
    with pytest.raises(InvalidCatalog):
        ollama_library.parse(document(wrong))
