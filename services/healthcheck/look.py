"""One look at an endpoint on somebody's asking: whether it answers, and what it serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import structs

from routeyard.domain.catalog import Dialect, Endpoint, ServerKind
from routeyard.domain.errors import (
    EndpointRefused,
    InvalidCatalog,
    InvalidRequest,
    Unavailable,
    Unsealable,
)
from routeyard.guard.dial import Outbound
from routeyard.guard.secret import Secret
from routeyard.guard.target import read_target
from routeyard.guard.vet import Guard
from routeyard.runtime.clock import Clock
from routeyard.runtime.credentials import open_secret
from routeyard.servers.discover import Answers, discover
from routeyard.servers.kinds import Server, by_host, by_shape
from routeyard.servers.trimming import trimmed
from routeyard.wire.credential import EndpointCredential
from routeyard.wire.probe import MOST_ANSWER_BYTES, ProbeAsk, ProbeResult, tried
from routeyard.wire.sealing import SealingKeys
from services.healthcheck.asker import NO_LIST, GuardedAsker, NoAnswer, NoUse, Way
from services.healthcheck.dial import UNRESOLVED, reason_of
from services.healthcheck.paths import target_of

NO_KEY = "this healthcheck has no ROUTEYARD_ENCRYPTION_KEY to open the secret with"
NOT_OPENED = "the secret does not open here"
TOO_LONG = "the list of models is too long"
# What is not recognised by its host is found out by its answers.
_SERVERS = {
    ServerKind.VLLM: Server.VLLM,
    ServerKind.NIM: Server.NIM,
    ServerKind.OLLAMA: Server.OLLAMA,
    ServerKind.TGI: Server.TGI,
}
_DIALECTS = {Dialect.ANTHROPIC: Server.ANTHROPIC, Dialect.GOOGLE: Server.GEMINI}
_HEADERS = {Server.ANTHROPIC: {"anthropic-version": "2023-06-01"}}


class Eyes(NamedTuple):
    """What it takes to look. `keys` is None where secrets cannot be opened."""

    outbound: Outbound
    guard_for: Callable[[Endpoint], Guard]
    zone: str
    timer: Callable[[], float]
    clock: Clock
    keys: SealingKeys | None = None


async def look(ask: ProbeAsk, eyes: Eyes) -> ProbeResult:
    """What a look shows; whatever goes wrong with the endpoint is in the result."""
    nothing = blank(ask, eyes=eyes)
    try:
        secret = opened(ask, eyes.keys)
        guard = eyes.guard_for(ask.endpoint)
    except (EndpointRefused, InvalidRequest, Unavailable) as fault:
        return structs.replace(nothing, reason=_told(fault))
    if ask.endpoint.server is ServerKind.TCP:
        return await _connected(ask.endpoint, guard, eyes, nothing)
    server = server_of(ask.endpoint)
    way = Way(eyes.outbound, guard, eyes.timer, secret, _HEADERS.get(server, {}))
    return await _asked(ask.endpoint, server, GuardedAsker(way), nothing)


def opened(ask: ProbeAsk, keys: SealingKeys | None) -> Secret | None:
    """The secret that an ask brings along, for its endpoint's address.

    Raises:
        Unavailable: it cannot be opened here, or is another endpoint's; with the short reason.
        EndpointRefused: it is bound to another address.
    """
    sealed = ask.credential
    if sealed is None:
        return None
    if keys is None:
        raise Unavailable(NO_KEY)
    if not _is_its_own(sealed, ask):
        raise Unavailable(NOT_OPENED)
    try:
        return open_secret(sealed, ask.endpoint.url or "", keys)
    except Unsealable:
        raise Unavailable(NOT_OPENED) from None


def server_of(endpoint: Endpoint) -> Server:
    """What to ask an endpoint as."""
    known = _SERVERS.get(endpoint.server) or _DIALECTS.get(endpoint.dialect)
    return known or by_host(endpoint.url or "")


def _is_its_own(sealed: EndpointCredential, ask: ProbeAsk) -> bool:
    named = ask.endpoint.id if ask.is_saved else tried(ask.endpoint.id, ask.id)
    return (sealed.endpoint, sealed.owner) == (named, ask.endpoint.owner)


async def _connected(
    endpoint: Endpoint, guard: Guard, eyes: Eyes, nothing: ProbeResult
) -> ProbeResult:
    started = eyes.timer()
    try:
        _, writer = await eyes.outbound.connect(target_of(endpoint), guard)
    except EndpointRefused as fault:
        return structs.replace(nothing, reason=_told(fault))
    except Unavailable:
        return structs.replace(nothing, reason=UNRESOLVED)
    except OSError as fault:
        return structs.replace(nothing, reason=reason_of(fault))
    writer.close()
    latency_ms = round((eyes.timer() - started) * 1e3, 3)
    return structs.replace(nothing, is_reached=True, latency_ms=latency_ms)


async def _asked(
    endpoint: Endpoint, server: Server, asker: GuardedAsker, nothing: ProbeResult
) -> ProbeResult:
    answers, reason = None, ""
    try:
        # Judged and in one spelling, before anything is put together from it.
        url = read_target(endpoint.url or "").url
        answers = trimmed(await discover(asker, url, server))
        reason = "" if by_shape(answers.listed) is not Server.AUTO else NO_LIST
    except (EndpointRefused, InvalidRequest) as fault:
        reason = _told(fault)
    except (NoAnswer, NoUse) as fault:
        reason = fault.message
    except Unavailable:
        reason = f"HTTP {asker.status}"
    except InvalidCatalog:
        reason = NO_LIST
    if reason or answers is None:
        answers = None
    elif _size(answers) > MOST_ANSWER_BYTES:
        answers, reason = None, TOO_LONG
    return structs.replace(
        nothing,
        is_reached=asker.status is not None,
        status=asker.status,
        latency_ms=asker.latency_ms,
        reason=reason,
        answers=answers,
    )


def _size(answers: Answers) -> int:
    return len(msgspec.json.encode(answers))


def blank(ask: ProbeAsk, reason: str = "", *, eyes: Eyes) -> ProbeResult:
    """A result that tells no more than a reason."""
    return ProbeResult(
        ask=ask.id,
        endpoint=ask.endpoint.id,
        zone=eyes.zone,
        at=eyes.clock(),
        reason=reason,
        is_saved=ask.is_saved,
    )


def _told(fault: EndpointRefused | InvalidRequest | Unavailable) -> str:
    if isinstance(fault, EndpointRefused):
        return f"refused: {fault.fields['rule']}"
    return fault.message
