import pytest

from routeyard.domain.errors import EndpointRefused
from services.healthcheck.paths import target_of
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
    assert target_of(endpoint(server=server, url=url)).url == asked


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [("tcp://[::1]:8000", "::1", 8000), ("https://x.example/v1", "x.example", 443)],
)
def test_a_port_is_connected_to(url: str, host: str, port: int) -> None:
    target = target_of(endpoint(server="tcp", url=url))
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example/v1",
        "ftp://x/v1",
        "http:///v1",
        "http://[::1/v1",
        "tcp://box:8000",
        "https://me:secret@box/v1",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EndpointRefused):
        target_of(endpoint(url=url))


@pytest.mark.parametrize("url", ["tcp://box", "tcp://box:99999999", "tcp://box:0", "tcp://box:22"])
def test_a_port_must_be_there_and_be_one_that_endpoints_have(url: str) -> None:
    with pytest.raises(EndpointRefused, match="port"):
        target_of(endpoint(server="tcp", url=url))
