import base64

import pytest

from routeyard.domain.errors import InvalidSettings
from services.registry.settings import RegistrySettings

SECRET = base64.b64encode(bytes(32)).decode()
GOOD = {
    "ROUTEYARD_DATABASE_URL": "postgresql://u:p%40ss@db/routeyard",
    "ROUTEYARD_KEY_PEPPER": SECRET,
    "ROUTEYARD_ENCRYPTION_KEY": SECRET,
    "ROUTEYARD_KAFKA": "kafka:9092",
}


def test_what_is_needed_is_enough() -> None:
    settings = RegistrySettings.read(GOOD)
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 8470)
    assert settings.database_url == GOOD["ROUTEYARD_DATABASE_URL"]
    assert not settings.has_explorer


def test_every_fault_is_reported_at_once() -> None:
    wrong = {
        "ROUTEYARD_DATABASE_URL": "mysql://root:hunter2@db",
        "ROUTEYARD_DATABASE_SSLMODE": "maybe",
        "ROUTEYARD_KEY_PEPPER": "c2hvcnQ=",
        "ROUTEYARD_PORT": "http",
        "ROUTEYARD_LOG_FORMAT": "xml",
        "ROUTEYARD_DEVELOPMENT": "perhaps",
    }
    with pytest.raises(InvalidSettings) as raised:
        RegistrySettings.read(wrong)
    for name in (*wrong, "ROUTEYARD_KAFKA", "ROUTEYARD_ENCRYPTION_KEY"):
        assert name in raised.value.message
    assert "hunter2" not in raised.value.message


@pytest.mark.parametrize("name", [*GOOD])
def test_nothing_required_may_be_empty(name: str) -> None:
    with pytest.raises(InvalidSettings, match=f"{name} is missing"):
        RegistrySettings.read(GOOD | {name: ""})


def test_the_encryption_key_has_exactly_32_bytes() -> None:
    longer = base64.b64encode(bytes(33)).decode()
    with pytest.raises(InvalidSettings, match="not exactly 32"):
        RegistrySettings.read(GOOD | {"ROUTEYARD_ENCRYPTION_KEY": longer})


@pytest.mark.parametrize("length", [16, 33])
def test_the_encryption_key_before_has_exactly_32_bytes_too(length: int) -> None:
    name = "ROUTEYARD_ENCRYPTION_KEY_PREVIOUS"
    assert RegistrySettings.read(GOOD).previous_encryption_key is None
    assert RegistrySettings.read(GOOD | {name: SECRET}).previous_encryption_key == bytes(32)
    with pytest.raises(InvalidSettings, match=f"{name} is "):
        RegistrySettings.read(GOOD | {name: base64.b64encode(bytes(length)).decode()})


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://db/r", "postgresql://db/r?sslmode=verify-full&sslrootcert=/ca%20s.pem"),
        ("postgres://db/r?a=1", "postgres://db/r?a=1&sslmode=verify-full&sslrootcert=/ca%20s.pem"),
    ],
)
def test_tls_options_join_the_address(url: str, wanted: str) -> None:
    tls = {
        "ROUTEYARD_DATABASE_URL": url,
        "ROUTEYARD_DATABASE_SSLMODE": "verify-full",
        "ROUTEYARD_DATABASE_CA_FILE": "/ca s.pem",
    }
    assert RegistrySettings.read(GOOD | tls).database_url == wanted


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(RegistrySettings.read(GOOD))
    assert "p%40ss" not in shown
    assert SECRET not in shown
