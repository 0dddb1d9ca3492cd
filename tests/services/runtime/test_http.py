import msgspec
import pytest

from routeyard.domain.errors import EndpointRefused, ErrorCode
from routeyard.guard.target import read_target
from routeyard.runtime.http import STATUS, error_response


def test_every_fault_has_a_status() -> None:
    assert set(STATUS) == set(ErrorCode)


def test_a_refused_address_is_the_callers_fault_and_is_not_repeated() -> None:
    with pytest.raises(EndpointRefused) as fault:
        read_target("https://me:hunter2@internal.example/v1")
    answer = error_response(fault.value)
    assert answer.status_code == 400
    assert msgspec.json.decode(answer.body)["error"] == {
        "message": "The address must have no user name or password before an @.",
        "type": "invalid_request_error",
        "param": "url",
        "code": "endpoint_refused",
    }
