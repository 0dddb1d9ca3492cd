"""Sizes of sparse models: the parameters that are active, which many names leave out."""

from __future__ import annotations

import re

from routeyard.domain.identity.result import Trail

# A family, all its parameters, and the active ones.
ACTIVE: tuple[tuple[str, str, str], ...] = (
    (r"qwen3(?:-vl|-omni)?", "30b", "a3b"),
    (r"qwen3(?:-vl)?", "235b", "a22b"),
    (r"qwen3-coder", "30b", "a3b"),
    (r"qwen3-coder", "480b", "a35b"),
    (r"qwen3-next", "80b", "a3b"),
    (r"qwen3\.[56]", "35b", "a3b"),
    (r"qwen3\.[56]", "122b", "a10b"),
    (r"qwen3\.5", "397b", "a17b"),
    (r"gemma-4", "26b", "a4b"),
    (r"lfm2", "24b", "a2b"),
    (r"nemotron-3-nano", "30b", "a3b"),
    (r"nemotron-3-super", "120b", "a12b"),
    (r"nemotron-3-ultra", "550b", "a55b"),
    (r"nemotron-3-nano-omni", "30b", "a3b"),
    (r"nemotron-cascade-2", "30b", "a3b"),
    (r"ernie-4\.5", "21b", "a3b"),
    (r"ernie-4\.5", "300b", "a47b"),
    (r"ernie-4\.5-vl", "28b", "a3b"),
    (r"ernie-4\.5-vl", "424b", "a47b"),
)
_COMPILED = tuple(
    (total, re.compile(rf"^({family}-{total})(?!-a\d)(?=-|$)"), active)
    for family, total, active in ACTIVE
)


def complete_size(trail: Trail) -> None:
    """Add the active parameters to the size of a sparse model that has one such size."""
    for total, pattern, active in _COMPILED:
        if total in trail.name and trail.becomes(
            pattern.sub(rf"\1-{active}", trail.name), "active parameters"
        ):
            return
