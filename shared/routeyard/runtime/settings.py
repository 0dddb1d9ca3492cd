"""The settings that several services share. Each service adds its own beside its code."""

from __future__ import annotations

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.value import Value
from routeyard.guard.permission import Permission, read_networks
from routeyard.runtime.environ import Environ

SECURITY = ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


class KafkaSettings(Value, frozen=True):
    """How to reach the brokers. `namespace` is the first part of every topic's name.

    `is_development`: the broker cannot answer DescribeConfigs, so cleanup policies are taken
    on trust and missing topics are created at start. `signing_key_file` holds the private key
    that events are signed with.
    """

    bootstrap: str
    namespace: str = "routeyard"
    is_development: bool = False
    security: str = "plaintext"
    mechanism: str | None = None
    username: str | None = None
    password: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    signing_key_file: str | None = None

    @classmethod
    def read(cls, environ: Environ) -> KafkaSettings:
        """From ROUTEYARD_KAFKA and its relatives."""
        security = environ.choice("ROUTEYARD_KAFKA_SECURITY", SECURITY, "plaintext")
        is_sasl = security.startswith("sasl")
        return cls(
            bootstrap=environ.text("ROUTEYARD_KAFKA"),
            namespace=namespace(environ),
            is_development=environ.flag("ROUTEYARD_KAFKA_DEVELOPMENT"),
            security=security,
            mechanism=environ.choice("ROUTEYARD_KAFKA_SASL_MECHANISM", MECHANISMS, "SCRAM-SHA-512")
            if is_sasl
            else None,
            username=environ.text("ROUTEYARD_KAFKA_USERNAME") if is_sasl else None,
            password=environ.text("ROUTEYARD_KAFKA_PASSWORD") if is_sasl else None,
            ca_file=environ.optional("ROUTEYARD_KAFKA_CA_FILE"),
            cert_file=environ.optional("ROUTEYARD_KAFKA_CERT_FILE"),
            key_file=environ.optional("ROUTEYARD_KAFKA_KEY_FILE"),
            signing_key_file=environ.optional("ROUTEYARD_SIGNING_KEY_FILE"),
        )


def namespace(environ: Environ) -> str:
    """The first part of every topic's name."""
    return environ.text("ROUTEYARD_NAMESPACE", "routeyard")


class HttpSettings(Value, frozen=True):
    """Where a service listens."""

    host: str
    port: int

    @classmethod
    def read(cls, environ: Environ, port: int) -> HttpSettings:
        """From ROUTEYARD_HOST and ROUTEYARD_PORT."""
        return cls(
            host=environ.text("ROUTEYARD_HOST", "127.0.0.1"),
            port=environ.integer("ROUTEYARD_PORT", port, 1, 65535),
        )


class GuardSettings(Value, frozen=True):
    """What endpoints may be besides public addresses with TLS.

    `private_networks` may be called for the platform's own endpoints.
    """

    private_networks: tuple[str, ...] = ()
    is_plain_allowed: bool = False

    @property
    def permission(self) -> Permission:
        """What that permits for the platform's own endpoints."""
        return Permission(read_networks(self.private_networks), self.is_plain_allowed)

    @classmethod
    def read(cls, environ: Environ) -> GuardSettings:
        """From ROUTEYARD_PRIVATE_NETWORKS and ROUTEYARD_PLAIN_HTTP."""
        listed = (environ.optional("ROUTEYARD_PRIVATE_NETWORKS") or "").split(",")
        networks = tuple(text.strip() for text in listed if text.strip())
        try:
            read_networks(networks)
        except InvalidRequest as fault:
            environ.fault(f"ROUTEYARD_PRIVATE_NETWORKS: {fault.message.removesuffix('.')}")
        plain = environ.choice("ROUTEYARD_PLAIN_HTTP", ("refuse", "allow"), "refuse")
        return cls(private_networks=networks, is_plain_allowed=plain == "allow")


ENCRYPTION_KEY_BYTES = 32


def encryption_key(environ: Environ, name: str) -> bytes:
    """A key-encryption key: base64 of exactly 32 bytes."""
    key = environ.secret(name, ENCRYPTION_KEY_BYTES)
    if len(key) > ENCRYPTION_KEY_BYTES:
        environ.fault(f"{name} is {len(key)} bytes in base64, not exactly {ENCRYPTION_KEY_BYTES}")
    return key


def optional_key(environ: Environ, name: str) -> bytes | None:
    """The same, None when unset."""
    return encryption_key(environ, name) if environ.optional(name) else None


class LogSettings(Value, frozen=True):
    """How a service writes its log."""

    level: str
    format: str

    @classmethod
    def read(cls, environ: Environ) -> LogSettings:
        """From ROUTEYARD_LOG_LEVEL and ROUTEYARD_LOG_FORMAT."""
        return cls(
            level=environ.choice(
                "ROUTEYARD_LOG_LEVEL", ("debug", "info", "warning", "error"), "info"
            ),
            format=environ.choice("ROUTEYARD_LOG_FORMAT", ("text", "json"), "text"),
        )
