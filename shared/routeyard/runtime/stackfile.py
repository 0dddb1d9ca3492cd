"""Where a stack answers, for commands: environment variables, else `.routeyard/stack.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from routeyard.domain.errors import InvalidSettings
from routeyard.domain.value import Value

FILE = Path(".routeyard") / "stack.json"
PRINCIPALS = ("admin", "service", "tenant")


class _Written(Value, frozen=True):
    """What commands need of the file; the local stack keeps more in it."""

    kafka: str | None = None
    database: str | None = None
    registry: str | None = None
    routers: tuple[str, ...] = ()
    healthcheck: str | None = None
    keys: dict[str, str] = msgspec.field(default_factory=dict)


class StackFile(NamedTuple):
    """Addresses and keys of one stack; base URLs, `host:port` for Kafka.

    Each is there or asked for with one sentence: an attribute nobody gave raises InvalidSettings.
    """

    written: _Written

    @property
    def kafka(self) -> str:
        """`host:port` of the brokers."""
        return self._known(self.written.kafka, "ROUTEYARD_KAFKA")

    @property
    def database(self) -> str:
        """`postgresql://…`."""
        return self._known(self.written.database, "ROUTEYARD_DATABASE_URL")

    @property
    def registry(self) -> str:
        """The registry's base URL."""
        return self._known(self.written.registry, "ROUTEYARD_REGISTRY_URL")

    @property
    def routers(self) -> tuple[str, ...]:
        """The routers' base URLs; at least one."""
        self._known("".join(self.written.routers), "ROUTEYARD_ROUTER_URL")
        return self.written.routers

    @property
    def healthcheck(self) -> str:
        """The health checker's base URL."""
        return self._known(self.written.healthcheck, "ROUTEYARD_STACK")

    @property
    def keys(self) -> Mapping[str, str]:
        """API keys by principal: admin, service, tenant."""
        self._known("".join(self.written.keys.values()), "ROUTEYARD_KEY")
        return self.written.keys

    @classmethod
    def find(cls, environ: Mapping[str, str]) -> "StackFile":
        """The stack that the environment names, else the one above the working directory.

        ROUTEYARD_KAFKA, ROUTEYARD_REGISTRY_URL, ROUTEYARD_ROUTER_URL (several with commas) and
        ROUTEYARD_KEY (for every principal) win over the file; ROUTEYARD_STACK is its path.

        Raises:
            InvalidSettings: there is neither a file nor a variable, or the file is damaged.
        """
        path = _path(environ)
        given = _given(environ)
        if path is None and not given:
            raise InvalidSettings(
                "No running stack was found here: start one with `make up`, or set "
                "ROUTEYARD_REGISTRY_URL and ROUTEYARD_KEY."
            )
        written = _read(path) if path is not None else _Written()
        return cls(msgspec.structs.replace(written, **given))

    @staticmethod
    def _known(value: str | None, variable: str) -> str:
        if value:
            return value
        raise InvalidSettings(f"This command needs a running stack (`make up`), or {variable} set.")


def _given(environ: Mapping[str, str]) -> dict[str, object]:
    given: dict[str, object] = {}
    if kafka := environ.get("ROUTEYARD_KAFKA"):
        given["kafka"] = kafka
    if registry := environ.get("ROUTEYARD_REGISTRY_URL"):
        given["registry"] = registry.rstrip("/")
    if routers := environ.get("ROUTEYARD_ROUTER_URL"):
        given["routers"] = tuple(url.strip().rstrip("/") for url in routers.split(","))
    if key := environ.get("ROUTEYARD_KEY"):
        given["keys"] = dict.fromkeys(PRINCIPALS, key)
    return given


def _path(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get("ROUTEYARD_STACK"):
        return Path(named)
    here = Path.cwd()
    return next((f for folder in (here, *here.parents) if (f := folder / FILE).is_file()), None)


def _read(path: Path) -> _Written:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Written)
    except OSError as fault:
        raise InvalidSettings(
            f"The stack's addresses in {path} cannot be read ({fault.strerror}); "
            "start it with `make up`."
        ) from fault
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InvalidSettings(
            f"The stack's addresses in {path} are damaged ({fault}); start it again with `make up`."
        ) from fault
