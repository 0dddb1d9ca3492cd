"""Every catalog by its name, and how it is read."""

from collections.abc import Callable, Mapping
from datetime import date

from services.registry.catalogs import (
    bedrock,
    cloudflare,
    deprecations,
    genai_prices,
    helm,
    litellm,
    llm_prices,
    models_dev,
    ollama_library,
    openai_ids,
    openrouter,
    providers,
    quality,
)
from services.registry.catalogs.parsed import ParsedCatalog

Parser = Callable[[object, date], ParsedCatalog]

PARSERS: Mapping[str, Parser] = {
    "providers": lambda document, _: providers.parse(document),
    "models-dev": lambda document, _: models_dev.parse(document),
    "litellm": lambda document, _: litellm.parse(document),
    "openrouter": lambda document, _: openrouter.parse(document),
    "genai-prices": genai_prices.parse,
    "quality": lambda document, _: quality.parse(document),
    "bedrock": lambda document, _: bedrock.parse(document),
    "cloudflare": lambda document, _: cloudflare.parse(document),
    "deprecations": lambda document, _: deprecations.parse(document),
    "helm": lambda document, _: helm.parse(document),
    "llm-prices": llm_prices.parse,
    "ollama-library": lambda document, _: ollama_library.parse(document),
    "openai-ids": lambda document, _: openai_ids.parse(document),
}

# Catalogs that are published as two files: the first, then the second.
PAIRS: Mapping[str, Callable[[object, object], ParsedCatalog]] = {
    "models-dev": lambda document, more: models_dev.parse(document, models_dev.lab_models(more)),
    "helm": helm.parse,
}
