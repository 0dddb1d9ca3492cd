"""Opening an endpoint's secret, for the one address it may be told."""

from __future__ import annotations

from routeyard.domain.catalog import Endpoint
from routeyard.domain.errors import EndpointRefused
from routeyard.guard.refusal import Rule, refused
from routeyard.guard.secret import Secret
from routeyard.guard.target import TCP, Target, read_target
from routeyard.wire.credential import EndpointCredential, Scheme
from routeyard.wire.sealing import SealingKeys, unseal


def origin_of(target: Target) -> str:
    """Scheme, host and port as a secret is bound to them: `https://gpu.example:8443`."""
    return f"{target.scheme}://{target.authority}"


def is_meant_for(credential: EndpointCredential, endpoint: Endpoint) -> bool:
    """Whether a secret is an endpoint's own, of its owner, and no older than the graph says."""
    named = endpoint.credential or ""
    return (
        credential.endpoint == endpoint.id
        and credential.owner == endpoint.owner
        and named.isascii()
        and named.isdigit()
        and credential.version >= int(named)
    )


def open_secret(credential: EndpointCredential, url: str, keys: SealingKeys) -> Secret:
    """The secret, to be told to what the URL names and to nobody else.

    Raises:
        EndpointRefused: the URL is none, or another one than the secret is bound to.
        Unsealable: it does not open.
    """
    target = read_target(url, TCP)
    if credential.host != origin_of(target):
        raise _elsewhere()
    value = unseal(credential.sealed, credential.binding, keys).reveal()
    if credential.scheme is Scheme.BEARER:
        return Secret(target, value)
    return Secret(target, value, header=credential.header or "", prefix="")


def _elsewhere() -> EndpointRefused:
    return refused(Rule.SECRET, "The secret is bound to another address; store it anew.")
