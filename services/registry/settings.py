"""The registry's settings."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from routeyard.domain.keys import Pepper
from routeyard.domain.value import Value
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import (
    GuardSettings,
    HttpSettings,
    KafkaSettings,
    LogSettings,
    encryption_key,
    optional_key,
)
from routeyard.runtime.tokens.settings import TokenSettings

DEFAULT_PORT = 8470
DATABASE_URL = "ROUTEYARD_DATABASE_URL"
MIGRATION_URL = "ROUTEYARD_MIGRATION_DATABASE_URL"
UNSIGNED_GRANTS = "ROUTEYARD_UNSIGNED_GRANTS"
PEPPER_BYTES = 16
DISCOVERY_S = 300.0
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class RegistrySettings(Value, frozen=True):
    """What a registry needs to know.

    `pepper` keys the digests of API keys, `encryption_key` (32 bytes) what tenants store; what
    the previous one encrypted is still read. `tokens` is None where only keys are taken.
    `guard`: where the platform's own endpoints may be. `discovery_s`: how often endpoints that were
    set up here are asked what they serve. `has_explorer`: a page to try queries is served at
    /graphql. `allows_unsigned_grants`: what decides what tenants may use is believed without a
    signature; for development only.
    """

    database_url: str
    pepper: Pepper
    encryption_key: bytes
    kafka: KafkaSettings
    http: HttpSettings
    log: LogSettings
    guard: GuardSettings
    discovery_s: float
    tokens: TokenSettings | None = None
    previous_encryption_key: bytes | None = None
    has_explorer: bool = False
    allows_unsigned_grants: bool = False

    def __repr__(self) -> str:
        """Without a value: half of them are secrets."""
        return "RegistrySettings(…)"

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> "RegistrySettings":
        """From environment variables.

        Raises:
            InvalidSettings: naming everything that is missing or wrong.
        """
        environ = Environ(variables)
        settings = cls(
            database_url=database_url(environ),
            pepper=Pepper(environ.secret("ROUTEYARD_KEY_PEPPER", PEPPER_BYTES)),
            encryption_key=encryption_key(environ, "ROUTEYARD_ENCRYPTION_KEY"),
            kafka=KafkaSettings.read(environ),
            http=HttpSettings.read(environ, DEFAULT_PORT),
            log=LogSettings.read(environ),
            guard=GuardSettings.read(environ),
            discovery_s=environ.seconds("ROUTEYARD_DISCOVERY_INTERVAL_S", DISCOVERY_S),
            tokens=TokenSettings.read(environ),
            previous_encryption_key=optional_key(environ, "ROUTEYARD_ENCRYPTION_KEY_PREVIOUS"),
            has_explorer=environ.flag("ROUTEYARD_DEVELOPMENT"),
            allows_unsigned_grants=environ.choice(UNSIGNED_GRANTS, ("refuse", "allow"), "refuse")
            == "allow",
        )
        environ.finish()
        return settings


def database_url(environ: Environ) -> str:
    """Where the services connect; a fault when it is no address."""
    return _address(environ, DATABASE_URL, environ.text(DATABASE_URL))


def migration_url(environ: Environ) -> str:
    """Where the tables' owner connects: the services' address where no other is given."""
    url = environ.optional(MIGRATION_URL)
    return _address(environ, MIGRATION_URL, url) if url else database_url(environ)


def _address(environ: Environ, name: str, url: str) -> str:
    """An address with the TLS options beside it."""
    ca_file = environ.optional("ROUTEYARD_DATABASE_CA_FILE")
    options = {}
    if environ.optional("ROUTEYARD_DATABASE_SSLMODE"):
        options["sslmode"] = environ.choice("ROUTEYARD_DATABASE_SSLMODE", SSL_MODES, "verify-full")
    if ca_file:
        options["sslrootcert"] = ca_file
    if url and not _is_postgresql(url):
        # The address itself may hold a password, so it is not repeated.
        environ.fault(f"{name} is not of the form postgresql://user:password@host/name")
        return url
    return _with_options(url, options)


def _is_postgresql(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("postgresql", "postgres")
    except ValueError:
        return False


def _with_options(url: str, options: Mapping[str, str]) -> str:
    if not options:
        return url
    query = "&".join(f"{name}={quote(value, safe='/')}" for name, value in options.items())
    return f"{url}{'&' if urlsplit(url).query else '?'}{query}"
