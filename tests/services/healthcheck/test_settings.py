import pytest

from routeyard.domain.errors import InvalidSettings
from routeyard.guard.permission import NOTHING
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


def test_no_private_network_is_permitted_unless_it_is_named() -> None:
    assert HealthcheckSettings.read(LEAST).guard.permission == NOTHING
    named = {**LEAST, "ROUTEYARD_PRIVATE_NETWORKS": " 10.0.0.0/8, ::1/128,"}
    networks = HealthcheckSettings.read(named).guard.permission.networks
    assert [str(network) for network in networks] == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(
    ("networks", "why"),
    [
        ("10.0.0.0/8,169.254.0.0/16", "169.254.0.0/16 is link-local and can never be permitted"),
        ("0.0.0.0/0", "0.0.0.0/0 is wider than what can be permitted"),
        ("10.0.0.1/8", "'10.0.0.1/8' is not a network"),
    ],
)
def test_a_network_that_nobody_may_permit_refuses_the_start(networks: str, why: str) -> None:
    with pytest.raises(InvalidSettings) as fault:
        HealthcheckSettings.read({**LEAST, "ROUTEYARD_PRIVATE_NETWORKS": networks})
    assert f"ROUTEYARD_PRIVATE_NETWORKS: {why}" in fault.value.message


def test_public_endpoints_without_tls_are_allowed_by_name_only() -> None:
    plain = {**LEAST, "ROUTEYARD_PLAIN_HTTP": "allow"}
    assert HealthcheckSettings.read(plain).guard.permission.is_plain_allowed
    with pytest.raises(InvalidSettings, match="PLAIN_HTTP is 'yes'"):
        HealthcheckSettings.read({**LEAST, "ROUTEYARD_PLAIN_HTTP": "yes"})
