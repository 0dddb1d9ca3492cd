"""Every topic: what it carries, how it is laid out, who writes and who reads it."""

from __future__ import annotations

from enum import StrEnum

from routeyard.domain.errors import NotUnderstood
from routeyard.domain.value import Value

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Carries(StrEnum):
    """What a topic is for; its name is the namespace, this, and `.v1`."""

    MODEL_RELEASE = "model-release"
    CAPABILITY_UPDATE = "capability-update"
    ENDPOINT_HEALTH = "endpoint-health"
    TENANT_OVERRIDE = "tenant-override"
    GRAPH_LOG = "graph.log"
    GRAPH_SNAPSHOT = "graph.snapshot"
    HEALTH_STATE = "health.state"
    CREDENTIAL = "credential"
    PROBE_ASK = "probe-ask"
    PROBE_RESULT = "probe-result"
    ROUTER_STATUS = "router-status"
    DEAD_LETTER = "dead-letter"
    PARKED = "parked"


class TopicSpec(Value, frozen=True):
    """How a topic has to be laid out. `exact` partitions are a promise about order.

    `writers` and `readers` are parts of a platform, as `routeyard topics acls` takes them.
    """

    carries: Carries
    partitions: int
    exact: bool
    cleanup: str
    retention_ms: int | None
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    key: str


def _spec(  # noqa: PLR0913 - one row of the table below
    carries: Carries,
    partitions: int,
    key: str,
    writers: tuple[str, ...],
    readers: tuple[str, ...],
    *,
    cleanup: str = "delete",
    retention_ms: int | None = None,
) -> TopicSpec:
    return TopicSpec(
        carries=carries,
        partitions=partitions,
        exact=partitions == 1,
        cleanup=cleanup,
        retention_ms=retention_ms,
        writers=writers,
        readers=readers,
        key=key,
    )


_FOLLOWERS = ("healthcheck", "router", "application")

TOPICS: dict[Carries, TopicSpec] = {
    spec.carries: spec
    for spec in (
        _spec(
            Carries.MODEL_RELEASE,
            3,
            "the source's own model id",
            ("ingester",),
            ("registry",),
            retention_ms=30 * DAY_MS,
        ),
        _spec(
            Carries.CAPABILITY_UPDATE,
            3,
            "model",
            ("ingester", "evaluation"),
            ("registry",),
            retention_ms=30 * DAY_MS,
        ),
        _spec(
            Carries.ENDPOINT_HEALTH,
            6,
            "endpoint",
            ("healthcheck", "router", "monitoring"),
            ("healthcheck",),
            retention_ms=6 * HOUR_MS,
        ),
        _spec(
            Carries.TENANT_OVERRIDE,
            3,
            "tenant",
            ("billing", "admin"),
            ("registry",),
            retention_ms=30 * DAY_MS,
        ),
        _spec(Carries.GRAPH_LOG, 1, "g", ("registry",), _FOLLOWERS, retention_ms=7 * DAY_MS),
        _spec(
            Carries.GRAPH_SNAPSHOT,
            1,
            "generation/chunk",
            ("registry",),
            _FOLLOWERS,
            cleanup="compact",
        ),
        _spec(
            Carries.HEALTH_STATE,
            1,
            "endpoint/zone",
            ("healthcheck",),
            ("registry", *_FOLLOWERS),
            cleanup="compact,delete",
            retention_ms=DAY_MS,
        ),
        _spec(
            Carries.CREDENTIAL,
            1,
            "key/key id, endpoint/endpoint",
            ("registry",),
            ("router", "healthcheck"),
            cleanup="compact",
        ),
        _spec(
            Carries.PROBE_ASK,
            3,
            "endpoint",
            ("registry",),
            ("healthcheck",),
            retention_ms=HOUR_MS,
        ),
        _spec(
            Carries.PROBE_RESULT,
            3,
            "endpoint",
            ("healthcheck",),
            ("registry",),
            retention_ms=HOUR_MS,
        ),
        _spec(
            Carries.ROUTER_STATUS,
            1,
            "router",
            ("router",),
            ("registry",),
            cleanup="compact,delete",
            retention_ms=DAY_MS,
        ),
        _spec(
            Carries.DEAD_LETTER,
            1,
            "the original's",
            ("registry", "healthcheck", "router"),
            ("registry",),
            retention_ms=90 * DAY_MS,
        ),
        _spec(
            Carries.PARKED,
            1,
            "the original's",
            ("registry", "healthcheck", "router"),
            ("registry",),
            retention_ms=90 * DAY_MS,
        ),
    )
}

FACTS = (Carries.MODEL_RELEASE, Carries.CAPABILITY_UPDATE, Carries.TENANT_OVERRIDE)
# What the registry and healthcheck read: nobody may have their own records replayed elsewhere.
REPLAYABLE = (*FACTS, Carries.ENDPOINT_HEALTH, Carries.HEALTH_STATE)

_CARRIED_BY_PREFIX = {
    "routeyard.provider.": Carries.MODEL_RELEASE,
    "routeyard.endpoint.observed": Carries.ENDPOINT_HEALTH,
    "routeyard.endpoint.health-declared": Carries.ENDPOINT_HEALTH,
    "routeyard.endpoint.registered": Carries.MODEL_RELEASE,
    "routeyard.endpoint.removed": Carries.MODEL_RELEASE,
    # What only operators say never travels; these name the topic whose order it would have.
    "routeyard.endpoint.": Carries.TENANT_OVERRIDE,
    "routeyard.tenant-class.": Carries.TENANT_OVERRIDE,
    "routeyard.tier.": Carries.TENANT_OVERRIDE,
    "routeyard.project.": Carries.TENANT_OVERRIDE,
    "routeyard.platform.": Carries.TENANT_OVERRIDE,
    "routeyard.policy.": Carries.TENANT_OVERRIDE,
    "routeyard.model.": Carries.MODEL_RELEASE,
    "routeyard.capability.": Carries.CAPABILITY_UPDATE,
    "routeyard.precision.": Carries.CAPABILITY_UPDATE,
    "routeyard.tenant.": Carries.TENANT_OVERRIDE,
    "routeyard.source.": Carries.TENANT_OVERRIDE,
    "routeyard.fact.": Carries.TENANT_OVERRIDE,
    "routeyard.name.": Carries.TENANT_OVERRIDE,
}


def carrier_of(event_type: str) -> Carries:
    """The topic an event type travels on.

    Raises:
        NotUnderstood: no topic carries such a type.
    """
    for prefix, carries in _CARRIED_BY_PREFIX.items():
        if event_type.startswith(prefix):
            return carries
    raise NotUnderstood(f"No topic carries events of type {event_type!r}; see docs/asyncapi.json.")


class Topics:
    """Topic names under a namespace, so that several platforms may share one cluster."""

    def __init__(self, namespace: str = "routeyard") -> None:
        self.namespace = namespace

    def name(self, carries: Carries) -> str:
        """`routeyard.model-release.v1`."""
        return f"{self.namespace}.{carries}.v1"

    def all(self) -> dict[str, TopicSpec]:
        """Every topic's name and layout."""
        return {self.name(carries): spec for carries, spec in TOPICS.items()}
