"""From a URL to a target: one spelling for what is equal, and nothing of what is refused."""

import re
from contextlib import suppress
from ipaddress import IPv6Address
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from routeyard.domain.errors import EndpointRefused
from routeyard.guard.target import LONGEST, Target, read_target

NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
PIECES = st.sampled_from(
    [
        *(
            "http",
            "https",
            "://",
            "//",
            ":",
            "/",
            "\\",
            "@",
            "#",
            "?",
            "%",
            "[",
            "]",
            ".",
            "\u3002",
        ),
        *("::1", "::ffff:", "127.0.0.1", "127", "0x7f", "localhost", "example.com", "xn--", "a"),
        *(
            "8000",
            "80",
            "22",
            "\r\n",
            "\t",
            " ",
            "\x00",
            "\u200b",
            "%2e",
            "%0d",
            "\uff11",
            "ß",
            "-",
        ),
    ]
)
URLS = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=10).map(lambda pieces: "https://" + "".join(pieces)),
)


@settings(deadline=None)
@given(URLS)
def test_any_text_is_refused_or_names_one_plain_host(url: str) -> None:
    with suppress(EndpointRefused):
        target = read_target(url)
        assert target.scheme in {"http", "https"}
        assert target.address is not None or NAME.fullmatch(target.host)
        assert target.url.isascii()
        assert target.url.isprintable()


@settings(deadline=None)
@given(URLS)
def test_a_target_read_again_is_the_same(url: str) -> None:
    with suppress(EndpointRefused):
        target = read_target(url)
        assert read_target(target.url) == target


@settings(deadline=None)
@given(URLS)
def test_what_is_accepted_is_read_alike_by_those_who_will_read_it_next(url: str) -> None:
    with suppress(EndpointRefused):
        target = read_target(url)
        for written in (target.url, url) if url.isascii() else (target.url,):
            split, sent = urlsplit(written), URL(written, encoded=True)
            for host in (split.hostname or "", sent.raw_host or ""):
                assert _same(host.removesuffix("."), target)
            assert (split.port or target.port, sent.port) == (target.port, target.port)
            assert (split.username, sent.raw_user) == (None, None)


def _same(host: str, target: Target) -> bool:
    return host.lower() == target.host or (":" in host and IPv6Address(host) == target.address)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTPS://API.Example:443", "https://api.example/"),
        ("https://api.example./v1", "https://api.example/v1"),
        ("https://MÜLLER.example/v1", "https://xn--mller-kva.example/v1"),
        ("https://api\uff0eexample/v1?a=b", "https://api.example/v1?a=b"),
        ("https://[2606:4700:0:0::1]:8000", "https://[2606:4700::1]:8000/"),
        ("https://api.example?a", "https://api.example/?a"),
    ],
)
def test_what_is_equal_is_written_in_one_way(url: str, same: str) -> None:
    assert read_target(url).url == same


def test_a_target_knows_whom_it_talks_to() -> None:
    target = read_target("http://[::1]:8000/v1?a=b")
    assert target.origin == ("http", "::1", 8000)
    assert target.authority == "[::1]:8000"
    assert target.address is not None
    assert target.at(target.address) == "http://[::1]:8000/v1?a=b"
    assert read_target("https://api.example/v1").authority == "api.example"


@pytest.mark.parametrize(
    "url",
    [
        "https://me:hunter2@api.example/v1",
        "https://api.example/v1#hunter2",
        "https://api.example/hunter2 x",
        "ftp://hunter2/",
        "https://hunter2..example/",
        "https://api.example:22/hunter2",
        "https://api.example/{hunter2}",
        "hunter2" * LONGEST,
    ],
)
def test_a_refusal_repeats_nothing_and_says_what_to_do(url: str) -> None:
    with pytest.raises(EndpointRefused) as fault:
        read_target(url)
    assert "hunter2" not in f"{fault.value.message} {fault.value.fields}"
    assert fault.value.fields["field"] == "url"
    assert re.fullmatch(r"[A-Z].*\.", fault.value.message)


def test_a_target_is_a_value() -> None:
    assert read_target("https://a.example") == Target(scheme="https", host="a.example", port=443)
