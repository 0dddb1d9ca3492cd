import msgspec
import pytest
from starlette.requests import Request

from routeyard.domain.errors import EndpointRefused, ErrorCode, InvalidRequest
from routeyard.guard.target import read_target
from routeyard.runtime.http import STATUS, error_response, read_body


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


async def test_a_caller_that_hangs_up_is_no_fault_of_the_server() -> None:
    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(InvalidRequest, match="ended before its body"):
        await read_body(request, 100)
