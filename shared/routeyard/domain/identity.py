"""Which model a catalog's own name stands for.

Catalogs name one model many ways (`us.anthropic.claude-sonnet-4-5-20250929-v1:0`,
`anthropic/claude-sonnet-4.5`). The rules here are few and safe: they take off what is
certainly not part of the name and merge nothing else.
"""

from __future__ import annotations

import re
from datetime import date

from routeyard.domain.value import Value

UNDATED = "undated"

# Families whose maker is beyond doubt, by how their names begin; first match wins.
LABS: tuple[tuple[str, str], ...] = (
    (r"claude-", "anthropic"),
    (
        r"(gpt-oss|gpt-\d|gpt-image|gpt-realtime|gpt-audio|chatgpt-|o[134](-|$)|text-embedding-(3|ada)|dall-e|whisper-|tts-)",
        "openai",
    ),
    (r"(gemini-|gemma-|gemma\d|text-embedding-00|imagen-|veo-)", "google"),
    (r"(llama-|llama\d|codellama|meta-llama)", "meta"),
    (
        r"(mistral-|mixtral-|codestral|devstral|magistral|ministral|pixtral|voxtral|open-mi)",
        "mistral",
    ),
    (r"(qwen|qwq|qvq)", "qwen"),
    (r"deepseek-", "deepseek"),
    (r"grok-", "xai"),
    (r"(command-|embed-|rerank-|aya-|c4ai-)", "cohere"),
    (r"(nova-(micro|lite|pro|premier|sonic|canvas|reel)|titan-)", "amazon"),
    (r"(glm-|chatglm)", "zai"),
    (r"(kimi-|moonshot-)", "moonshotai"),
    (r"minimax-", "minimax"),
    (r"(phi-|phi\d|wizardlm)", "microsoft"),
    (r"(nemotron|nvidia-)", "nvidia"),
    (r"(jamba|ai21-)", "ai21"),
    (r"sonar", "perplexity"),
)

_LAB_ALIASES = {
    "x-ai": "xai",
    "z-ai": "zai",
    "zhipuai": "zai",
    "thudm": "zai",
    "meta-llama": "meta",
    "mistralai": "mistral",
    "deepseek-ai": "deepseek",
    "moonshot": "moonshotai",
    "alibaba": "qwen",
    "ai21labs": "ai21",
    "google-vertex": "google",
    "gemini": "google",
    "vertex-ai": "google",
    "azure": "openai",
    "azure-cognitive-services": "openai",
}
_REGION = re.compile(r"^(us|eu|apac|ap|jp|au|ca|sa|me|af|global|us-gov)\.(?=[a-z0-9-]+\.)")
_MAKER = re.compile(
    r"^(anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|moonshotai?|minimax|nvidia|google|zai|writer|luma|stability|twelvelabs)\.(?=[a-z])"
)
_BEDROCK_VERSION = re.compile(r"-v\d+:\d+(:\d+k)?$")
_FIRST_VERSION = re.compile(r"-v1$|-v\d+:\d+(:\d+k)?$")
_SUFFIX = re.compile(
    r"(:free|:beta|:extended|:thinking|:nitro|:floor|:online|:exacto|-latest|@latest)$"
)
_DATE = re.compile(r"[-@](20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?=$|-)")
_CLAUDE_POINT = re.compile(r"^(claude-(?:[a-z]+-)*\d)-(\d)(?=$|-)")


class Identity(Value, frozen=True):
    """A canonical model and release, and the rules that led there, in order."""

    model: str
    release: str
    why: tuple[str, ...] = ()


def identify(provider: str, native_id: str) -> Identity:
    """The model and release behind a provider's own id. Pure, total, and stable.

    `provider` is the canonical provider id. An id whose maker is not beyond doubt belongs to
    the organisation named in it, else to the provider that serves it.
    """
    why: list[str] = []
    path = native_id.strip().lower().replace(" ", "-").split("/")
    name = _strip(path[-1], why)
    name, released_on = _take_date(name, why)
    name = _CLAUDE_POINT.sub(r"\1.\2", name)
    lab = _lab(provider, path, name, why)
    model = f"{lab}/{name}"
    return Identity(model=model, release=f"{model}@{released_on or UNDATED}", why=tuple(why))


def release_date(release: str) -> date | None:
    """The date in a release id, None when undated."""
    stamp = release.rpartition("@")[2]
    return None if stamp == UNDATED else date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))


def _strip(name: str, why: list[str]) -> str:
    """Take off what certainly is not part of a name: region, maker, serving suffixes."""
    # `-v1` alone is Bedrock's only behind a maker prefix; elsewhere it is part of the name.
    bedrock = _FIRST_VERSION if _MAKER.match(_REGION.sub("", name)) else _BEDROCK_VERSION
    for rule, pattern in (
        ("region prefix", _REGION),
        ("maker prefix", _MAKER),
        ("serving suffix", _SUFFIX),
        ("Bedrock version", bedrock),
    ):
        stripped = pattern.sub("", name)
        if stripped not in (name, ""):
            why.append(f"{rule}: {name} -> {stripped}")
            name = stripped
    return name


def _take_date(name: str, why: list[str]) -> tuple[str, str | None]:
    match = _DATE.search(name)
    if match is None or not _is_calendar_date(match) or match.start() == 0:
        return name, None
    undated = name[: match.start()] + name[match.end() :]
    why.append(f"date: {name} -> {undated}")
    return undated, "".join(match.groups())


def _is_calendar_date(match: re.Match[str]) -> bool:
    try:
        date(*(int(part) for part in match.groups()))
    except ValueError:
        return False
    return True


def _lab(provider: str, path: list[str], name: str, why: list[str]) -> str:
    for pattern, lab in LABS:
        if re.match(pattern, name):
            why.append(f"maker: {name} is of {lab}")
            return lab
    if len(path) > 1 and re.fullmatch(r"[a-z0-9][a-z0-9._-]*", path[-2]):
        why.append(f"maker: named in the id ({path[-2]})")
        return _LAB_ALIASES.get(path[-2], path[-2])
    why.append(f"maker: taken to be the provider ({provider})")
    return _LAB_ALIASES.get(provider, provider)
