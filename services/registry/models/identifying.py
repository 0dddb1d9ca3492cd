"""Names in, canonical models out: one JSON object a line, and a bad line stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from routeyard.domain.identity import Identity, identify
from services.registry.catalogs.provider_ids import genai_prices_provider, litellm_provider, slug

# Catalogs that name providers in their own way.
_PROVIDERS = {"litellm": litellm_provider, "genai-prices": genai_prices_provider}


def identified(catalog: str, provider: str, native_id: str) -> Identity:
    """The model behind a name, as ingesting that catalog would understand it."""
    known = _PROVIDERS.get(slug(catalog), slug)
    return identify(known(provider), native_id, slug(catalog) or None)


def answers(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """An answer for each line that is not blank: its own fields and what was found, or `error`.

    A line is `{"catalog": …, "provider": …, "id": …}`; only the id must be given.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _answer(number, line)


def described(identity: Identity) -> dict[str, Any]:
    """An identity as JSON; doubts and quantization only where there are any."""
    found: dict[str, Any] = {
        "model": identity.model,
        "release": identity.release,
        "why": list(identity.why),
    }
    if identity.doubts:
        found["doubts"] = list(identity.doubts)
    if identity.quantization:
        found["quantization"] = identity.quantization
    return found


def _answer(number: int, line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return {"line": number, "error": f"line {number} is not JSON"}
    if not isinstance(asked, dict):
        return {"line": number, "error": f"line {number} is not a JSON object"}
    fault = _fault(asked)
    if fault is not None:
        return asked | {"error": f"line {number}: {fault}"}
    return asked | described(
        identified(asked.get("catalog") or "", asked.get("provider") or "", asked["id"])
    )


def _fault(asked: dict[str, Any]) -> str | None:
    if not isinstance(asked.get("id"), str) or not asked["id"].strip():
        return "id must be a name"
    for field in ("catalog", "provider"):
        if not isinstance(asked.get(field), str | None):
            return f"{field} must be a string"
    return None
