"""docs/settings.md, against the variables that services read."""

import base64
import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from routeyard.domain.errors import RouteyardError
from routeyard.runtime.stackfile import StackFile
from services.healthcheck.settings import HealthcheckSettings
from services.registry.settings import RegistrySettings
from services.router.settings import RouterSettings

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
ROW = re.compile(
    r"^\| `(ROUTEYARD_\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE
)
READERS: dict[str, Callable[[Mapping[str, str]], object]] = {
    "registry": RegistrySettings.read,
    "router": RouterSettings.read,
    "healthcheck": HealthcheckSettings.read,
    "commands": StackFile.find,
}


class Noting(dict[str, str]):
    """Remembers what was asked for; with SASL, everything is."""

    def __init__(self) -> None:
        super().__init__(ROUTEYARD_KAFKA_SECURITY="sasl_ssl", ROUTEYARD_DATABASE_SSLMODE="require")
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def read_by(reader: str) -> set[str]:
    noting = Noting()
    # Much is missing, and all of it was asked for.
    with contextlib.suppress(RouteyardError):
        READERS[reader](noting)
    return noting.asked


def rows() -> Iterator[tuple[str, set[str]]]:
    for name, readers, *_ in ROW.findall(PAGE.read_text(encoding="utf-8")):
        yield name, {reader.strip() for reader in readers.split(",")}


@pytest.mark.parametrize("reader", [*READERS])
def test_the_page_lists_what_is_read_and_nothing_else(reader: str) -> None:
    assert {name for name, readers in rows() if reader in readers} == read_by(reader)


def test_every_variable_stands_in_one_row() -> None:
    names = [name for name, _ in rows()]
    assert len(names) == len(set(names))
    code = {
        found
        for folder in ("shared", "services")
        for path in (PAGE.parents[1] / folder).rglob("*.py")
        for found in re.findall(r'"(ROUTEYARD_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert code == set(names)


def test_its_secrets_can_be_made_as_it_says() -> None:
    secret = base64.b64encode(bytes(32)).decode()
    RegistrySettings.read(
        {
            "ROUTEYARD_DATABASE_URL": "postgresql://db/routeyard",
            "ROUTEYARD_KEY_PEPPER": secret,
            "ROUTEYARD_ENCRYPTION_KEY": secret,
            "ROUTEYARD_KAFKA": "kafka:9092",
        }
    )
