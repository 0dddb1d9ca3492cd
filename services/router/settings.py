"""The router's settings."""

from __future__ import annotations

from collections.abc import Mapping

from routeyard.domain.keys import Pepper
from routeyard.domain.value import Value
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import HttpSettings, KafkaSettings, LogSettings
from routeyard.runtime.tokens.settings import TokenSettings

DEFAULT_PORT = 8480
PEPPER_BYTES = 16
SHADOW_SHARE = 0.1


class RouterSettings(Value, frozen=True):
    """What a router needs to know. It needs no database.

    `shadow_share`: of the requests that are answered, those that shadow policies are asked, too.
    `tokens` is None where they are off.
    """

    router_id: str
    zone: str
    pepper: Pepper
    kafka: KafkaSettings
    http: HttpSettings
    log: LogSettings
    shadow_share: float = SHADOW_SHARE
    tokens: TokenSettings | None = None

    def __repr__(self) -> str:
        """Without a value: some are secrets."""
        return "RouterSettings(…)"

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> RouterSettings:
        """From environment variables.

        Raises:
            InvalidSettings: naming everything that is missing or wrong.
        """
        environ = Environ(variables)
        settings = cls(
            router_id=environ.text("ROUTEYARD_ROUTER_ID"),
            zone=environ.text("ROUTEYARD_ZONE", "any"),
            pepper=Pepper(environ.secret("ROUTEYARD_KEY_PEPPER", PEPPER_BYTES)),
            kafka=KafkaSettings.read(environ),
            http=HttpSettings.read(environ, DEFAULT_PORT),
            log=LogSettings.read(environ),
            shadow_share=environ.share("ROUTEYARD_SHADOW_SHARE", SHADOW_SHARE),
            tokens=TokenSettings.read(environ),
        )
        environ.finish()
        return settings
