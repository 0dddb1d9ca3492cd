"""Names that mean one model for a reason no rule of spelling knows.

`lab/name` as the rules leave it, the canonical id, and the reason. A target is never the left
side of another line.
"""

from __future__ import annotations

_SAME_WEIGHTS = "OpenRouter names these weights"
_BY_MONTH = "Mistral's API names it by month"
_FIRST = "the first release, named later by its date"
_ONLY = "the only model of that name"
_PREVIEW = "came out as a preview only"

ALIASES: dict[str, tuple[str, str]] = {
    # Amazon
    "amazon/nova-2-multimodal-embeddings-v1": ("amazon/nova-2-multimodal-embeddings", _ONLY),
    # Cohere
    "cohere/command-a": ("cohere/command-a-03-2025", _SAME_WEIGHTS),
    "cohere/command-a-plus": ("cohere/command-a-plus-05-2026", _ONLY),
    "cohere/command-r7b": ("cohere/command-r7b-12-2024", _ONLY),
    "cohere/command-r7b-arabic": ("cohere/command-r7b-arabic-02-2025", _ONLY),
    "cohere/north-mini-code": ("cohere/north-mini-code-1.0", _ONLY),
    "cohere/rerank-3.5": ("cohere/rerank-v3.5", "Cohere writes a v"),
    "cohere/embed-v-4.0": ("cohere/embed-v4.0", "Azure's spelling"),
    "cohere/embed-v4": ("cohere/embed-v4.0", "Bedrock's spelling"),
    # DeepSeek
    "deepseek/deepseek-r1-0120": ("deepseek/deepseek-r1", _FIRST),
    "deepseek/deepseek-v3-1226": ("deepseek/deepseek-v3", _FIRST),
    # Google
    "google/gemini-3-flash": ("google/gemini-3-flash-preview", _PREVIEW),
    "google/gemini-3-pro": ("google/gemini-3-pro-preview", _PREVIEW),
    "google/gemini-3-pro-image": ("google/gemini-3-pro-image-preview", _PREVIEW),
    "google/gemini-3-pro-text-preview": ("google/gemini-3-pro-preview", _PREVIEW),
    "google/gemini-3.1-flash-image": ("google/gemini-3.1-flash-image-preview", _PREVIEW),
    "google/gemini-3.1-pro": ("google/gemini-3.1-pro-preview", _PREVIEW),
    "google/gemini-pro": ("google/gemini-1.0-pro", "1.0 was published without its version"),
    "google/gemini-pro-vision": ("google/gemini-1.0-pro-vision", "the same"),
    # Meta
    "meta/llama-4-maverick-instruct-basic": ("meta/llama-4-maverick", "Fireworks' tier"),
    "meta/llama-4-scout-instruct-basic": ("meta/llama-4-scout", "Fireworks' tier"),
    # Microsoft
    "microsoft/phi-4-14b": ("microsoft/phi-4", "its one size"),
    "microsoft/phi-4-mini-3.8b": ("microsoft/phi-4-mini-instruct", "its one size"),
    "microsoft/phi-4-mini": ("microsoft/phi-4-mini-instruct", _ONLY),
    # MiniMax
    "minimax/minimax-01": ("minimax/minimax-text-01", _SAME_WEIGHTS),
    # Mistral
    "mistral/devstral-2": ("mistral/devstral-2512", _BY_MONTH),
    "mistral/devstral-2-123b": ("mistral/devstral-2512", _BY_MONTH),
    "mistral/devstral-medium": ("mistral/devstral-medium-2507", _SAME_WEIGHTS),
    "mistral/devstral-small": ("mistral/devstral-small-2507", _SAME_WEIGHTS),
    "mistral/devstral-small-2": ("mistral/devstral-small-2512", _BY_MONTH),
    "mistral/devstral-small-2-24b": ("mistral/devstral-small-2512", _BY_MONTH),
    "mistral/ministral-3-3b": ("mistral/ministral-3b-2512", _BY_MONTH),
    "mistral/ministral-3-3b-instruct": ("mistral/ministral-3b-2512", _BY_MONTH),
    "mistral/ministral-3-8b": ("mistral/ministral-8b-2512", _BY_MONTH),
    "mistral/ministral-3-8b-instruct": ("mistral/ministral-8b-2512", _BY_MONTH),
    "mistral/ministral-3-14b": ("mistral/ministral-14b-2512", _BY_MONTH),
    "mistral/ministral-3-14b-instruct": ("mistral/ministral-14b-2512", _BY_MONTH),
    "mistral/mistral-large-2": ("mistral/mistral-large-2407", _BY_MONTH),
    "mistral/mistral-large-2.1": ("mistral/mistral-large-2411", _BY_MONTH),
    "mistral/mistral-large-2512": ("mistral/mistral-large-3", "the name it is known by"),
    "mistral/mistral-large-3-675b": ("mistral/mistral-large-3", "its one size"),
    "mistral/mistral-large-3-675b-instruct": ("mistral/mistral-large-3", "its one size"),
    "mistral/mistral-medium-3": ("mistral/mistral-medium-2505", _BY_MONTH),
    "mistral/mistral-medium-3.1": ("mistral/mistral-medium-2508", _BY_MONTH),
    "mistral/mistral-medium-3.5": ("mistral/mistral-medium-2604", _BY_MONTH),
    "mistral/mistral-medium-3.5-128b": ("mistral/mistral-medium-2604", _BY_MONTH),
    "mistral/mistral-nemo-12b": ("mistral/mistral-nemo", "its one size"),
    "mistral/mistral-nemo-12b-instruct": ("mistral/mistral-nemo", "its one size"),
    "mistral/mistral-nemo-2407": ("mistral/mistral-nemo", _ONLY),
    "mistral/mistral-nemo-instruct": ("mistral/mistral-nemo", _SAME_WEIGHTS),
    "mistral/mistral-saba-latest": ("mistral/mistral-saba", _ONLY),
    "mistral/mistral-saba-2502": ("mistral/mistral-saba", _SAME_WEIGHTS),
    "mistral/mistral-saba-24b": ("mistral/mistral-saba", "its one size"),
    "mistral/mistral-small-3": ("mistral/mistral-small-2501", _BY_MONTH),
    "mistral/mistral-small-24b-instruct": ("mistral/mistral-small-2501", _BY_MONTH),
    "mistral/mistral-small-3.1": ("mistral/mistral-small-2503", _BY_MONTH),
    "mistral/mistral-small-3.1-24b": ("mistral/mistral-small-2503", _BY_MONTH),
    "mistral/mistral-small-3.1-24b-instruct": ("mistral/mistral-small-2503", _BY_MONTH),
    "mistral/mistral-small-3.2": ("mistral/mistral-small-2506", _BY_MONTH),
    "mistral/mistral-small-3.2-24b": ("mistral/mistral-small-2506", _BY_MONTH),
    "mistral/mistral-small-3.2-24b-instruct": ("mistral/mistral-small-2506", _BY_MONTH),
    "mistral/mistral-small-4": ("mistral/mistral-small-2603", _BY_MONTH),
    "mistral/mistral-small-4-119b": ("mistral/mistral-small-2603", _BY_MONTH),
    "mistral/pixtral-12b-2409": ("mistral/pixtral-12b", _ONLY),
    "mistral/codestral-2411-rc5": ("mistral/codestral-2501", "Mistral's API says so"),
    "mistral/codestral-2412": ("mistral/codestral-2501", "Mistral's API says so"),
    # Moonshot AI
    "moonshotai/kimi-k2.7": ("moonshotai/kimi-k2.7-code", _ONLY),
    "moonshotai/kimi-k2-0711": ("moonshotai/kimi-k2", _FIRST),
    "moonshotai/kimi-k2-0711-preview": ("moonshotai/kimi-k2", _FIRST),
    "moonshotai/kimi-k2-0905-preview": ("moonshotai/kimi-k2-0905", "its weights lost the word"),
    "moonshotai/kimi-k2-1t": ("moonshotai/kimi-k2", "its one size"),
    "moonshotai/kimi-k2-instruct": ("moonshotai/kimi-k2", _SAME_WEIGHTS),
    "moonshotai/kimi-k2-instruct-0711": ("moonshotai/kimi-k2", _FIRST),
    "moonshotai/kimi-k2-instruct-0905": ("moonshotai/kimi-k2-0905", _SAME_WEIGHTS),
    # NVIDIA
    "nvidia/llama-3.1-nemotron-ultra-253b-v1": ("nvidia/llama-3.1-nemotron-ultra-253b", _ONLY),
    "nvidia/nemotron-3-nano": ("nvidia/nemotron-3-nano-30b-a3b", "its one size"),
    "nvidia/nemotron-3-nano-omni": (
        "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
        "its one size",
    ),
    "nvidia/nemotron-3-nano-omni-30b-a3b": (
        "nvidia/nemotron-3-nano-omni-30b-a3b-reasoning",
        _ONLY,
    ),
    "nvidia/nemotron-3-120b-a12b": ("nvidia/nemotron-3-super-120b-a12b", "its one size"),
    "nvidia/nemotron-120b-a12b": ("nvidia/nemotron-3-super-120b-a12b", "its one size"),
    "nvidia/nemotron-3-super": ("nvidia/nemotron-3-super-120b-a12b", "its one size"),
    "nvidia/nemotron-3-ultra": ("nvidia/nemotron-3-ultra-550b-a55b", "its one size"),
    # OpenAI
    "openai/gpt-4-preview": ("openai/gpt-4-turbo-preview", "dated previews of GPT-4 Turbo"),
    "openai/codex-mini-latest": ("openai/codex-mini", _ONLY),
    "openai/omni-moderation-latest": ("openai/omni-moderation", _ONLY),
    # Qwen
    "qwen/qwen3-235b-a22b-2507": ("qwen/qwen3-235b-a22b-instruct-2507", _SAME_WEIGHTS),
    "qwen/qwen3-235b-a22b-instruct": ("qwen/qwen3-235b-a22b-instruct-2507", _ONLY),
    "qwen/qwen3-235b-a22b-thinking": ("qwen/qwen3-235b-a22b-thinking-2507", _ONLY),
    "qwen/qwen3-30b-a3b-2507": ("qwen/qwen3-30b-a3b-instruct-2507", _ONLY),
    "qwen/qwen3-30b-a3b-instruct": ("qwen/qwen3-30b-a3b-instruct-2507", _ONLY),
    "qwen/qwen3-30b-a3b-thinking": ("qwen/qwen3-30b-a3b-thinking-2507", _ONLY),
    "qwen/qwen3-coder": ("qwen/qwen3-coder-480b-a35b-instruct", _SAME_WEIGHTS),
    "qwen/qwen3-coder-30b-a3b": ("qwen/qwen3-coder-30b-a3b-instruct", "Bedrock says so"),
    "qwen/qwen3-coder-480b-a35b": ("qwen/qwen3-coder-480b-a35b-instruct", "Bedrock says so"),
    "qwen/qwen3-next-80b-a3b": ("qwen/qwen3-next-80b-a3b-instruct", "Bedrock says so"),
    "qwen/qwen3-next-80b-a3b-instruct-2509": ("qwen/qwen3-next-80b-a3b-instruct", _FIRST),
    "qwen/qwen3-next-80b-a3b-thinking-2509": ("qwen/qwen3-next-80b-a3b-thinking", _FIRST),
    "qwen/qwen3-vl-235b-a22b": ("qwen/qwen3-vl-235b-a22b-instruct", "Bedrock says so"),
    # xAI
    "xai/grok-4.20-beta-reasoning": ("xai/grok-4.20-reasoning", "out of beta unchanged"),
    "xai/grok-4.20-beta-non-reasoning": ("xai/grok-4.20-non-reasoning", "out of beta unchanged"),
    "xai/grok-code-fast": ("xai/grok-code-fast-1", _ONLY),
    # Z.ai
    "zai/glm-4-32b-0414": ("zai/glm-4-32b", _FIRST),
    # Others
    "thedrummer/rocinante-12b-v1.1": ("thedrummer/rocinante-12b", _SAME_WEIGHTS),
    "thedrummer/unslopnemo-12b-v4.1": ("thedrummer/unslopnemo-12b", _SAME_WEIGHTS),
    "venice/uncensored": (
        "cognitivecomputations/dolphin-mistral-24b-venice-edition",
        _SAME_WEIGHTS,
    ),
    "rekaai/reka-edge-2603": ("rekaai/reka-edge", _SAME_WEIGHTS),
}
