import pytest

from routeyard.domain.errors import InvalidRequest
from services.healthcheck.paths import Page, Port, target_of
from tests.services.healthcheck.graphs import endpoint


@pytest.mark.parametrize(
    ("server", "url", "asked"),
    [
        ("openai_compatible", "https://api.example/v1", "https://api.example/v1/models"),
        ("openai_compatible", "https://api.example/v1/", "https://api.example/v1/models"),
        ("openai_compatible", "https://api.example", "https://api.example/v1/models"),
        (
            "openai_compatible",
            "https://x.example/v1beta/openai/",
            "https://x.example/v1beta/openai/models",
        ),
        (
            "openai_compatible",
            "https://x.example/v1?api-version=2",
            "https://x.example/v1/models?api-version=2",
        ),
        ("vllm", "http://10.0.0.1:8000/v1", "http://10.0.0.1:8000/health"),
        ("vllm", "http://gateway/team-a/v1", "http://gateway/team-a/health"),
        ("nim", "http://nim:8000/v1", "http://nim:8000/v1/health/ready"),
        ("nim", "http://nim:8000", "http://nim:8000/v1/health/ready"),
        ("ollama", "http://box:11434", "http://box:11434/api/tags"),
        ("tgi", "http://box:8080/v1/", "http://box:8080/health"),
    ],
)
def test_each_kind_of_server_is_asked_for_something_cheap(
    server: str, url: str, asked: str
) -> None:
    assert target_of(endpoint(server=server, url=url)) == Page(asked)


def test_a_port_is_connected_to() -> None:
    assert target_of(endpoint(server="tcp", url="tcp://[::1]:99")) == Port("::1", 99)
    assert target_of(endpoint(server="tcp", url="https://x.example/v1")) == Port("x.example", 443)


@pytest.mark.parametrize(
    "url", ["", "api.example/v1", "ftp://x/v1", "http:///v1", "http://[::1/v1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="not a URL"):
        target_of(endpoint(url=url))


def test_a_port_must_be_there_and_be_a_number() -> None:
    with pytest.raises(InvalidRequest, match="no port"):
        target_of(endpoint(server="tcp", url="tcp://box"))
    with pytest.raises(InvalidRequest, match="not a URL"):
        target_of(endpoint(server="tcp", url="tcp://box:99999999"))
