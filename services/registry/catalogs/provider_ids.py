"""One id per provider: the one models.dev uses, whatever another catalog calls it."""

import re
from collections.abc import Iterable

from routeyard.domain.events import EndpointRegistered, Payload, ProviderDescribed

LITELLM = {
    "azure-ai": "azure",
    "azure-text": "azure",
    "bedrock-converse": "amazon-bedrock",
    "bedrock": "amazon-bedrock",
    "bigmodel": "zhipuai",
    "cloudflare": "cloudflare-workers-ai",
    "cohere-chat": "cohere",
    "dashscope": "alibaba",
    "fireworks-ai-embedding-models": "fireworks-ai",
    "friendliai": "friendli",
    "gemini": "google",
    "gmi": "gmicloud",
    "gradient-ai": "digitalocean",
    "meta-llama": "llama",
    "moonshot": "moonshotai",
    "novita": "novita-ai",
    "nvidia-nim": "nvidia",
    "text-completion-inception": "inception",
    "text-completion-openai": "openai",
    "together-ai": "togetherai",
    "vercel-ai-gateway": "vercel",
    "xiaomi-mimo": "xiaomi",
}
GENAI_PRICES = {
    "aws": "amazon-bedrock",
    "cloudflare": "cloudflare-workers-ai",
    "fireworks": "fireworks-ai",
    "meta": "llama",
    "novita": "novita-ai",
    "together": "togetherai",
    "x-ai": "xai",
}
# LiteLLM names one Google Cloud service by the maker of the model as well.
_VERTEX = "vertex-ai"


def litellm_provider(name: str) -> str:
    """The canonical id of a provider as LiteLLM names it."""
    own = slug(name)
    return "google-vertex" if own.startswith(_VERTEX) else LITELLM.get(own, own)


def genai_prices_provider(name: str) -> str:
    """The canonical id of a provider as genai-prices names it."""
    own = slug(name)
    return GENAI_PRICES.get(own, own)


def slug(name: str) -> str:
    """A name as an id: lower case, digits, dots and hyphens."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")


def introduced(providers: Iterable[str]) -> tuple[Payload, ...]:
    """Providers a catalog only names, each with its own endpoint, so that no release dangles.

    The name falls back to the id: a catalog that knows the provider's name states it.
    """
    ids = sorted(set(providers))
    described = (ProviderDescribed(provider=each, name=each) for each in ids)
    registered = (EndpointRegistered(endpoint=each, provider=each) for each in ids)
    return (*described, *registered)
