"""What the healthcheck needs to be told."""

from __future__ import annotations

from collections.abc import Mapping

from routeyard.domain.value import Value
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import (
    GuardSettings,
    HttpSettings,
    KafkaSettings,
    LogSettings,
    optional_key,
)
from routeyard.wire.sealing import SealingKeys

PORT = 8490
LEAST_TTL_S = 30.0


class HealthcheckSettings(Value, frozen=True):
    """Times are seconds. `ttl_s`: how long a state stands on what was seen last.

    Without `encryption_key` (32 bytes) no endpoint's secret is opened.
    """

    kafka: KafkaSettings
    http: HttpSettings
    log: LogSettings
    guard: GuardSettings
    zone: str
    interval_s: float
    timeout_s: float
    ttl_s: float
    encryption_key: bytes | None = None
    previous_encryption_key: bytes | None = None

    def __repr__(self) -> str:
        """Without a value: some are secrets."""
        return "HealthcheckSettings(…)"

    @property
    def sealing_keys(self) -> SealingKeys | None:
        """What secrets are opened with."""
        if self.encryption_key is None:
            return None
        return SealingKeys(self.encryption_key, self.previous_encryption_key)

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> HealthcheckSettings:
        """From environment variables.

        Raises:
            InvalidSettings: variables are missing or wrong; the message lists all of them.
        """
        environ = Environ(variables)
        interval_s = environ.seconds("ROUTEYARD_PROBE_INTERVAL_S", 10.0)
        settings = cls(
            kafka=KafkaSettings.read(environ),
            http=HttpSettings.read(environ, PORT),
            log=LogSettings.read(environ),
            guard=GuardSettings.read(environ),
            zone=environ.text("ROUTEYARD_ZONE", "any"),
            interval_s=interval_s,
            timeout_s=environ.seconds("ROUTEYARD_PROBE_TIMEOUT_S", 5.0),
            ttl_s=environ.seconds("ROUTEYARD_HEALTH_TTL_S", max(3 * interval_s, LEAST_TTL_S)),
            encryption_key=optional_key(environ, "ROUTEYARD_ENCRYPTION_KEY"),
            previous_encryption_key=optional_key(environ, "ROUTEYARD_ENCRYPTION_KEY_PREVIOUS"),
        )
        if settings.ttl_s <= settings.interval_s:
            environ.fault("ROUTEYARD_HEALTH_TTL_S must be above ROUTEYARD_PROBE_INTERVAL_S")
        if "/" in settings.zone:
            environ.fault("ROUTEYARD_ZONE must not contain a slash")
        environ.finish()
        return settings
