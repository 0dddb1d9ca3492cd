"""What is kept about a stack between runs: its addresses and its secrets."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from infra.local.errors import StackError
from infra.local.folders import write_private_json

KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class StackAddresses:
    """Where a stack answers, as ``stack.json`` tells every other command.

    Attributes:
        registry, healthcheck: base URLs.
        routers: base URLs, in the order of the routers' numbers.
        kafka: ``host:port``.
        database: ``postgresql://...``.
        keys: API keys by principal: ``admin``, ``service``, ``tenant``.
        ports: TCP ports by program, for the next run.
    """

    registry: str
    routers: tuple[str, ...]
    healthcheck: str
    kafka: str
    database: str
    keys: Mapping[str, str]
    ports: Mapping[str, int]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read ``stack.json``; StackError when no stack has been started there."""
        content = _read_json(path)
        if content is None:
            raise StackError(f"There is no stack in {path.parent}: start one with `routeyard up`.")
        return cls(**{**content, "routers": tuple(content["routers"])})

    def save(self, path: Path) -> None:
        """Write ``stack.json``, readable by its owner only."""
        write_private_json(path, asdict(self))

    def services(self) -> dict[str, str]:
        """Base URLs by service: registry, healthcheck, router-1, router-2 and so on."""
        routers = {f"router-{number}": url for number, url in enumerate(self.routers, start=1)}
        return {"registry": self.registry, "healthcheck": self.healthcheck, **routers}


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSecrets:
    """What must not be lost or seen: both keys protect stored secrets, ``keys`` are for callers.

    ``database_password`` is that of the services' role.
    """

    key_pepper: str
    encryption_key: str
    database_password: str
    keys: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load_or_make(cls, path: Path) -> Self:
        """Read ``secrets.json``, or make new secrets and keep them there."""
        content = _read_json(path) or {}
        fresh = {
            "key_pepper": _random_key(),
            "encryption_key": _random_key(),
            "database_password": secrets.token_urlsafe(24),
        }
        found = cls(**{**fresh, **content})
        # An earlier version may have kept fewer.
        if not fresh.keys() <= content.keys():
            found.save(path)
        return found

    def save(self, path: Path) -> None:
        """Write ``secrets.json``, readable by its owner only."""
        write_private_json(path, asdict(self))


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StackError(f"{path} is damaged ({error}): delete it and start again.") from error
