"""What the routers of a stack found where a shadow version would have decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx

from routeyard.domain.errors import NotAllowed, Unauthenticated, Unavailable
from routeyard.domain.policies.policy import name_of
from routeyard.runtime.stackfile import StackFile

TIMEOUT_S = 10.0
Answer = dict[str, Any]


def shadowed(environ: Mapping[str, str], name: str, tenant: str | None) -> Answer:
    """What was counted of a policy's versions, all routers together, and the samples of each.

    `silent`: the routers that did not answer.

    Raises:
        Unavailable, Unauthenticated, NotAllowed: no router answers, or one that does refuses.
    """
    stack = StackFile.find(environ)
    told = {url: _asked(url, stack.keys["service"]) for url in stack.routers}
    heard = [each for each in told.values() if each is not None]
    if not heard:
        raise Unavailable(f"No router answers at {', '.join(told)}; check that they run.")
    policy = name if tenant is None else f"{tenant}/{name}"
    samples = [
        {"router": each["router"], **sample}
        for each in heard
        for sample in each["samples"]
        if any(name_of(version) == policy for version in sample["shadows"])
    ]
    return {
        "policy": policy,
        "routers": [{"router": each["router"], "share": each["share"]} for each in heard],
        "silent": [url for url, answer in told.items() if answer is None],
        "versions": _summed(heard, policy),
        "samples": sorted(samples, key=lambda sample: str(sample["at"]), reverse=True),
    }


def _summed(heard: list[Answer], policy: str) -> list[Answer]:
    found: dict[str, Counter[str]] = {}
    for version in (version for each in heard for version in each["versions"]):
        if name_of(version["policy"]) == policy:
            found.setdefault(version["policy"], Counter()).update(version["outcomes"])
    return [{"policy": each, "outcomes": dict(found[each])} for each in sorted(found)]


def _asked(url: str, key: str) -> Answer | None:
    """A router's answer; None when there is none."""
    try:
        response = httpx.get(
            f"{url}/v1/shadow",
            headers={"authorization": f"Bearer {key}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )
        answer: Answer = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    refusal = {401: Unauthenticated, 403: NotAllowed}.get(response.status_code)
    if refusal is not None:
        raise refusal(answer["error"]["message"])
    return answer if response.is_success else None
