"""Which models the names on leaderboards stand for. What is not certain is left out."""

import re

from routeyard.domain.identity import LABS, identify

# Display names, and names of settings, whose model is beyond doubt but not spelled as an API id.
ALIASES: dict[str, tuple[str, str]] = {
    "Codestral 25.01": ("mistral", "codestral-2501"),
    "DeepSeek Chat V2.5": ("deepseek", "deepseek-v2.5"),
    "DeepSeek R1 (0528)": ("deepseek", "deepseek-r1-0528"),
    "DeepSeek V3 (0324)": ("deepseek", "deepseek-v3-0324"),
    "Gemini 3 Flash": ("google", "gemini-3-flash-preview"),
    "Gemini 3 Pro": ("google", "gemini-3-pro-preview"),
    "Llama 4 Maverick": ("meta", "llama-4-maverick"),
    "Muse Spark 1.1": ("meta", "muse-spark-1.1"),
    "Qwen 3.8 Max": ("alibaba", "qwen3.8-max"),
    "Qwen3 235B A22B diff, no think, Alibaba API": ("alibaba", "qwen3-235b-a22b"),
    "command-a-03-2025-quality": ("cohere", "command-a-03-2025"),
    # Google released this preview unchanged as gemini-2.5-pro.
    "gemini-2.5-pro-preview-06-05": ("google", "gemini-2.5-pro"),
}
# Names that look like an API id and are not one: moving, anonymous, or of several models.
UNCERTAIN = frozenset({"Grok 4.2", "Qwen3-Max-Thinking-Preview", "chatgpt-4o-latest"})
# What a run adds to a name in brackets: effort, thinking, or the day it was measured.
_SETTING = re.compile(
    r" \((low|medium|high|default|no think|no thinking|default think|Chat|Reasoner"
    r"|\d+k (think|thinking|thinking tokens)|20\d\d-\d\d-\d\d)\)$"
)


def model_of(name: str) -> str | None:
    """The canonical model id behind a leaderboard's name; None when it is not certain."""
    if name in ALIASES:
        return identify(*ALIASES[name]).model
    plain = _SETTING.sub("", name)
    if plain in ALIASES:
        return identify(*ALIASES[plain]).model
    spelled = plain.lower().replace(" ", "-")
    is_known = any(re.match(pattern, spelled) for pattern, _ in LABS)
    if plain in UNCERTAIN or "+" in plain or "(" in plain or not is_known:
        return None
    return identify("", spelled).model
