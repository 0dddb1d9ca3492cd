"""What is said of endpoints that are set up through the registry, and of what they serve."""

from __future__ import annotations

from routeyard.domain.catalog import Dialect, Hosting, Mode, Price, ServerKind, Variant
from routeyard.domain.value import Value


class EndpointConnected(Value, frozen=True):
    """An address is set up through the registry: a tenant's own (`owner`), or the platform's.

    It replaces the earlier record. A platform's one may be `dedicated_to` tenants: nobody else
    sees it. `credential` names the version of its secret, never the secret. Said by operators only.
    """

    endpoint: str
    provider: str
    url: str
    owner: str | None = None
    dedicated_to: tuple[str, ...] = ()
    name: str | None = None
    dialect: Dialect | None = None
    server: ServerKind | None = None
    hosting: Hosting | None = None
    residency: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None
    keyless: bool | None = None
    credential: str | None = None


class EndpointCredentialed(Value, frozen=True):
    """The platform can call an endpoint that catalogs list; without `credential` no longer.

    Said by operators only.
    """

    endpoint: str
    credential: str | None = None
    url: str | None = None


class EndpointDisconnected(Value, frozen=True):
    """What was set up is taken down, with all that it served. Said by operators only."""

    endpoint: str
    reason: str
    actor: str
    owner: str | None = None


class Served(Value, frozen=True):
    """A model that an endpoint serves under `native_id`, matched to a model of the graph.

    `is_private`: nobody else knows the model. It is the owner's, and so are its facts; of a model
    that others know too, they are the offering's.
    """

    native_id: str
    model: str
    release: str
    is_private: bool = False
    name: str | None = None
    mode: Mode | None = None
    context: int | None = None
    max_output: int | None = None
    quantization: str | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    price: Price | None = None
    capabilities: dict[str, float] | None = None
    variant_of: str | None = None
    variant: Variant | None = None


class EndpointServed(Value, frozen=True):
    """All that an endpoint set up through the registry serves, and what it serves no longer.

    Said by operators only.
    """

    endpoint: str
    owner: str | None = None
    serves: tuple[Served, ...] = ()
    gone: tuple[Served, ...] = ()
