import pytest

from routeyard.domain.errors import InvalidSettings
from services.healthcheck.settings import HealthcheckSettings

LEAST = {"ROUTEYARD_KAFKA": "127.0.0.1:9092"}


def test_an_address_is_enough() -> None:
    settings = HealthcheckSettings.read(LEAST)
    assert settings.http.port == 8490
    assert settings.zone == "any"
    assert (settings.interval_s, settings.timeout_s, settings.ttl_s) == (10, 5, 30)


def test_a_state_stands_for_three_intervals_and_at_least_half_a_minute() -> None:
    def ttl_s(interval: str) -> float:
        return HealthcheckSettings.read({**LEAST, "ROUTEYARD_PROBE_INTERVAL_S": interval}).ttl_s

    assert (ttl_s("1"), ttl_s("20")) == (30, 60)


def test_all_faults_are_told_at_once() -> None:
    wrong = {
        "ROUTEYARD_PROBE_INTERVAL_S": "60",
        "ROUTEYARD_HEALTH_TTL_S": "60",
        "ROUTEYARD_PROBE_TIMEOUT_S": "soon",
        "ROUTEYARD_ZONE": "a/b",
    }
    with pytest.raises(InvalidSettings) as fault:
        HealthcheckSettings.read(wrong)
    for name in ("KAFKA is missing", "HEALTH_TTL_S must", "TIMEOUT_S is 'soon'", "ZONE must"):
        assert name in fault.value.message
