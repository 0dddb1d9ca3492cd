"""One spelling of a name: points, hyphens and the order of words, family by family.

Each line of a table is tried once, in order. What a line may do is limited to spelling: that two
names mean one model for another reason is an alias.
"""

from __future__ import annotations

import re

from routeyard.domain.identity.result import Trail

_GLUED = (
    r"llama|codellama|gemma|codegemma|phi|olmo|granite|glm|grok|gemini|claude|gpt|exaone|ernie|yi|imagen|veo"
    r"|hermes|nous-hermes|mistral-small|mistral-medium|mistral-large|solar-pro|medgemma|nemotron|llama-guard|jamba"
    r"|claude-opus|claude-sonnet|claude-haiku"
)
_RULES: tuple[tuple[str, str, str], ...] = (
    # Points.
    ("an underscore is a point", r"(?<=\d)_(?=\d)", "."),
    ("an underscore is a hyphen", r"_", "-"),
    ("a colon is a hyphen", r"[:@]", "-"),
    ("one hyphen", r"-{2,}", "-"),
    ("Vertex's number", r"-(2[3-9][01]\d)-001$", r"-\1"),
    ("p is a point", r"(?<=\d)p(?=\d+(?:-|b(?:-|$)|$))", "."),
    # Families in one word.
    ("a family in full", r"^k2(?=[.-]\d|$)", "kimi-k2"),
    ("a family in full", r"^(opus|sonnet|haiku)-(?=\d)", r"claude-\1-"),
    ("a family in full", r"^stepfun-(?=\d)", "step-"),
    ("a family in full", r"^(?:meta-)?llama-?guard", "llama-guard"),
    ("a family in one word", r"^code-llama", "codellama"),
    ("a family in one word", r"^(qwen|lfm)-(\d(?:\.\d)?)(?=-|$)", r"\1\2"),
    ("a family in one word", r"^(qwen|lfm)-(\d)-(\d)(?=-|$)", r"\1\2.\3"),
    ("a family in one word", r"^qwen([\d.]+)-?(vl|omni|math|coder)(?=-|$)", r"qwen\1-\2"),
    ("a family in two words", r"^flux\.?(?=\d)", "flux-"),
    ("a family in two words", rf"^({_GLUED})v?(?=\d)", r"\1-"),
    (
        "no v before a version",
        r"^(llama|codellama|claude|claude-instant|gemma|phi|stable-diffusion)-v(?=\d)",
        r"\1-",
    ),
    ("a v before a version", r"^deepseek-(?=\d)", "deepseek-v"),
    ("a family in two words", r"^deepseek(?=[vr]\d)", "deepseek-"),
    # Versions whose point was lost.
    ("a version's point", r"^(gpt-[3-9])([1-9])(?=-|$)", r"\1.\2"),
    ("a version's point", r"^(minimax-m\d)(\d)(?=-|$)", r"\1.\2"),
    ("a version's point", r"^(qwen[23])(\d)(?=-|$)", r"\1.\2"),
    ("a version's point", r"^(glm-[45])(\d)(?=-|$)", r"\1.\2"),
    ("a version's point", r"^(kimi-k\d)(\d)(?=-|$)", r"\1.\2"),
    ("a version's point", r"^(claude-3|llama-3|stable-diffusion-3)([1-9])(?=-|$)", r"\1.\2"),
    ("a version's point", r"(?:(?<=[-a-z])|^)(\d)-(\d)(?=-|$)", r"\1.\2"),
    ("a version's point", r"^(grok-\d)-([1-9]\d)(?=-[a-z]|$)", r"\1.\2"),
    ("no point zero", r"^(claude-.*?\d)\.0(?=-|$)", r"\1"),
    (
        "no point zero",
        r"^(gemini-[3-9]|kimi-k\d|glm-[45]|gpt-5|grok-4|minimax-m\d)\.0(?=-|$)",
        r"\1",
    ),
    ("no point zero", r"^(nova-.*)-v1(?:\.0)?$", r"\1"),
    # The order of words.
    (
        "the version before the size",
        r"^claude-(opus|sonnet|haiku)-(3(?:\.\d)?)(?=-|$)",
        r"claude-\2-\1",
    ),
    (
        "the size before the version",
        r"^claude-([4-9](?:\.\d+)?)-(opus|sonnet|haiku)(?=-|$)",
        r"claude-\2-\1",
    ),
    (
        "the version before the size",
        r"^gemini-(pro|flash-lite|flash)-(\d\.\d)(?=-|$)",
        r"gemini-\2-\1",
    ),
    (
        "the version before the size",
        r"^nemotron-(super|nano|ultra)-(\d)-(?=\d)",
        r"nemotron-\2-\1-",
    ),
    ("the size before vision", r"^(llama-3\.2)-vision-(\d+b)(?=-|$)", r"\1-\2-vision"),
    (
        "the kind before the size",
        r"^(deepseek-r1)-(\d+(?:\.\d)?b)-(qwen|llama)-distill$",
        r"\1-distill-\3-\2",
    ),
    ("the kind before the size", r"^deepseek-r1-(\d+b)-0528-qwen3$", r"deepseek-r1-0528-qwen3-\1"),
    (
        "DeepSeek's large models have one size",
        r"^(deepseek-(?:v[23](?:\.\d)?|r1))-(?:671b|236b)(?=-|$)",
        r"\1",
    ),
    (
        "Command models by month",
        r"^(command-(?:r|r-plus|a|r7b|r7b-arabic))-\d+b(?=-\d\d-20\d\d$|$)",
        r"\1",
    ),
    ("the size after the kind", r"^(devstral|magistral)-\d+b-(small|medium)", r"\1-\2"),
    ("the size after the kind", r"^(l3(?:\.\d)?)-(\d+b)-(euryale|lunaris)(?=-|$)", r"\1-\3-\2"),
    ("one version for a base", r"^(l3(?:\.\d)?-(?:euryale|lunaris)-\d+b)-v\d(?:\.\d)?$", r"\1"),
    ("a budget for thinking is a setting", r"-thinking-\d+k$", "-thinking"),
    (
        "the kind before the version",
        r"^embed-v-?(\d(?:\.\d)?)-(english|multilingual)",
        r"embed-\2-v\1",
    ),
    ("the size after the kind", r"^(phi-3(?:\.5)?)-(?:3\.8b|14b)-(mini|medium)", r"\1-\2"),
    ("the size after the kind", r"^llama-4-17b-(scout|maverick)", r"llama-4-\1-17b"),
    ("the size after the kind", r"^mpt-(\d+b)-instruct", r"mpt-instruct-\1"),
    # What a family's names need not say.
    ("July 2025, as OpenRouter wrote it", r"^(qwen3-235b-a22b)-07-25$", r"\1-instruct-2507"),
    ("DeepSeek's chat models by version", r"^deepseek-chat-(?=v\d)", "deepseek-"),
    (
        "Llama 4 by its kind",
        r"^llama-4-(scout|maverick)(?:-17b)?(?:-\d+e)?(?:-(?:instruct|it))?$",
        r"llama-4-\1",
    ),
    ("Llama 3.3 was released instructed", r"^(llama-3\.3-70b)(?:-versatile)?$", r"\1-instruct"),
    (
        "Groq's word for instructed",
        r"^(llama-3[\d.]*-\d+b)-(?:instant|versatile|8192)$",
        r"\1-instruct",
    ),
    (
        "Llama 3.2's large sizes see",
        r"^(llama-3\.2-(?:11|90)b)(?:-vision)?(?:-instruct)?$",
        r"\1-vision-instruct",
    ),
    (
        "Gemma's bases say pt",
        r"^(gemma-(?:3|3n|4)-(?:\d+[bm]|e\d+b|\d+b-a\d+b))(?:-instruct)?$",
        r"\1-it",
    ),
    ("Gemma's word for instructed", r"^(gemma-.*\d+b)-instruct(?=-|$)", r"\1-it"),
    ("Qwen's seeing models are instructed", r"^(qwen2\.5-vl-\d+b)$", r"\1-instruct"),
    ("ERNIE's bases say base", r"^(ernie-.*)-pt$", r"\1"),
    ("one version", r"^(mixtral-8x(?:7|22)b-instruct)-v0\.1$", r"\1"),
    ("three digits", r"^(embed-(?:english|multilingual)(?:-light)?-v\d)$", r"\1.0"),
    ("OpenAI's text-embedding-ada", r"^(text-embedding-ada)(?:-002)?(?:-v2)?$", r"\1-002"),
    (
        "Mistral's models by month",
        r"^((?:mistral|devstral|magistral|voxtral|codestral)(?:-(?:small|medium|large|nemo|mini|saba))?)(?:-\d(?:\.\d)?)?(?:-\d+b)?(?:-instruct)?-(2[3-9](?:0[1-9]|1[0-2]))$",
        r"\1-\2",
    ),
    (
        "Mistral's models by month",
        r"^(ministral)-3-(\d+b)-(?:instruct-)?(2[3-9](?:0[1-9]|1[0-2]))$",
        r"\1-\2-\3",
    ),
)
_PLAIN_START = re.compile(r"\^\(?([a-z]+)(?![a-z?*{|])")


def _start_of(pattern: str) -> str:
    """What every name that a pattern meets begins with; most lines are about one family only."""
    found = _PLAIN_START.match(pattern)
    has_choice = pattern.startswith("^(") and "|" in pattern
    return "" if found is None or has_choice else found.group(1)


_COMPILED = tuple(
    (_start_of(pattern), rule, re.compile(pattern), by) for rule, pattern, by in _RULES
)


def respell(trail: Trail) -> None:
    """Spell the name as its family is spelled."""
    for start, rule, pattern, by in _COMPILED:
        if trail.name.startswith(start):
            trail.becomes(pattern.sub(by, trail.name), rule)
