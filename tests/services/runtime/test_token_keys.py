"""The provider's public keys: how often they are fetched, how long they count, and from where."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import SplitResult

import pytest

from routeyard.domain.errors import InvalidSettings, Unauthenticated, Unavailable
from routeyard.runtime.environ import Environ
from routeyard.runtime.tokens import fetch as fetching
from routeyard.runtime.tokens import tokens_of
from routeyard.runtime.tokens.fetch import MOST_BYTES, fetcher
from routeyard.runtime.tokens.jwks import public_keys
from routeyard.runtime.tokens.keyset import ASK_S, KEEP_S, RENEW_S, KeySet
from routeyard.runtime.tokens.settings import ALGORITHMS, TokenSettings
from tests.builders import at
from tests.services.runtime.tokens import key_set, public, token


class Source:
    """A document that may be replaced or away, and counts how often it was fetched."""

    def __init__(self) -> None:
        self.document: bytes | None = key_set(public("rsa"))
        self.fetches = 0
        self.now = 0.0

    def fetch(self) -> bytes:
        self.fetches += 1
        if self.document is None:
            raise Unavailable("away")
        return self.document

    def keys(self) -> KeySet:
        return KeySet(self.fetch, lambda: self.now)


async def test_unknown_ids_ask_the_provider_once_a_minute() -> None:
    source = Source()
    keys = source.keys()
    assert await keys.find("rsa") is not None
    for number in range(50):
        assert await keys.find(f"guess {number}") is None
    assert source.fetches == 1
    source.now = ASK_S
    assert await keys.find("guess") is None
    assert source.fetches == 2


async def test_a_new_key_of_the_provider_is_found() -> None:
    source = Source()
    keys = source.keys()
    await keys.find("rsa")
    source.document, source.now = key_set(public("rsa"), public("ec")), ASK_S
    assert await keys.find("ec") is not None


async def test_a_key_that_was_withdrawn_is_forgotten_in_minutes() -> None:
    source = Source()
    keys = source.keys()
    await keys.find("rsa")
    source.document, source.now = key_set(public("ec")), RENEW_S
    assert await keys.find("rsa") is None


@pytest.mark.parametrize("broken", [None, b"", b"[]", b'{"keys": []}', b'{"keys": [{}]}', b"{"])
async def test_the_last_keys_count_for_an_hour_when_the_provider_is_away(
    broken: bytes | None,
) -> None:
    source = Source()
    keys = source.keys()
    await keys.find("rsa")
    source.document, source.now = broken, KEEP_S - 1
    assert await keys.find("rsa") is not None
    source.now = KEEP_S + ASK_S
    with pytest.raises(Unavailable, match="keys are not known"):
        await keys.find("rsa")
    source.document, source.now = key_set(), source.now + ASK_S
    assert await keys.find("rsa") is not None


async def test_nothing_is_believed_before_the_first_keys() -> None:
    source = Source()
    source.document = None
    keys = source.keys()
    for _ in range(10):
        with pytest.raises(Unavailable):
            await keys.find("rsa")
    assert source.fetches == 1


async def test_many_requests_at_once_ask_once() -> None:
    source = Source()
    keys = source.keys()
    found = await asyncio.gather(*(keys.find("rsa") for _ in range(20)))
    assert None not in found
    assert source.fetches == 1


def test_only_what_checks_signatures_is_taken_from_a_set() -> None:
    document = key_set(
        public("rsa"),
        public("ec", alg="ES256"),
        public("ed", alg="Ed25519", use="sig", key_ops=["verify"]),
        public("p384", alg="RS256"),
        public("short"),
        public("a", use="enc"),
        public("b", key_ops=["encrypt"]),
        public("c", key_ops="verify"),
        public("d", n="AQAB"),
        public("e", n=7),
        {"kty": "oct", "kid": "o", "k": "AAAA"},
        {"kty": ["RSA"], "kid": "f"},
        {"kty": "OKP", "crv": "X25519", "kid": "x", "x": "AAAA"},
    )
    assert {kid: sorted(key.fits) for kid, key in public_keys(document).items()} == {
        "rsa": sorted({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        "ec": ["ES256"],
        "ed": ["EdDSA"],
    }


async def test_a_file_with_the_keys_will_do(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set())
    tokens = tokens_of(settings(ROUTEYARD_OIDC_JWKS=str(file)))
    assert tokens is not None
    assert (await tokens.principal(token(), at())).scope.tenant == "acme"
    with pytest.raises(Unauthenticated):
        await tokens.principal("e30.e30.AA", at())


def test_a_file_that_is_away_or_endless_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        fetcher(str(tmp_path / "none"))()
    (tmp_path / "long").write_bytes(b" " * (MOST_BYTES + 1))
    with pytest.raises(Unavailable, match="is longer than"):
        fetcher(str(tmp_path / "long"))()


class Answers(BaseHTTPRequestHandler):
    """By path: keys, a redirect to them, too much, or nothing for a long time."""

    def do_GET(self) -> None:
        place = self.path.partition("?")[0]
        if place == "/away":
            self.send_response(302)
            self.send_header("location", "/keys")
            self.end_headers()
            return
        body = b"x" * (MOST_BYTES + 10) if place == "/long" else key_set(public("rsa"))
        self.send_response(404 if place == "/none" else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_with_the_keys_is_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert set(public_keys(fetcher(f"{address}/keys?v=1")())) == {"rsa"}


@pytest.mark.parametrize(
    ("path", "says"),
    [("/away", "status 302"), ("/none", "status 404"), ("/long", "is longer than")],
)
def test_an_address_with_something_else_is_not_believed(address: str, path: str, says: str) -> None:
    with pytest.raises(Unavailable, match=says):
        fetcher(address + path)()


def test_an_answer_that_drips_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "ANSWER_S", 0.0)
    monkeypatch.setattr(fetching, "_connection", _patient)
    with pytest.raises(Unavailable, match="does not answer"):
        fetcher(f"{address}/keys")()


def _patient(parts: SplitResult) -> HTTPConnection:
    return HTTPConnection(parts.hostname or "", parts.port, timeout=5)


def test_https_is_checked(address: str) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        fetcher(address.replace("http:", "https:") + "/keys")()
    assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED


OIDC = {
    "ROUTEYARD_OIDC_ISSUER": "https://id.example",
    "ROUTEYARD_OIDC_AUDIENCE": "routeyard",
    "ROUTEYARD_OIDC_JWKS": "https://id.example/keys",
}


def settings(**variables: str) -> TokenSettings | None:
    environ = Environ({**OIDC, **variables})
    found = TokenSettings.read(environ)
    environ.finish()
    return found


def test_tokens_are_off_unless_they_are_set_up() -> None:
    assert TokenSettings.read(Environ({})) is None
    assert tokens_of(None) is None


def test_what_is_pinned_unless_told_otherwise() -> None:
    found = settings()
    assert found is not None
    assert found.algorithms == ("RS256", "ES256", "EdDSA")
    assert not found.trust.allows_platform_roles


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ROUTEYARD_OIDC_ISSUER": ""}, "have to be set together"),
        ({"ROUTEYARD_OIDC_AUDIENCE": ""}, "have to be set together"),
        ({"ROUTEYARD_OIDC_JWKS": ""}, "have to be set together"),
        ({"ROUTEYARD_OIDC_ALGORITHMS": "HS256"}, "names HS256"),
        ({"ROUTEYARD_OIDC_ALGORITHMS": "RS256,none"}, "names none"),
        ({"ROUTEYARD_OIDC_ALGORITHMS": "RS256,"}, "names nothing"),
        ({"ROUTEYARD_OIDC_PLATFORM_ROLES": "yes"}, "not one of refuse, allow"),
        ({"ROUTEYARD_OIDC_TENANT_CLAIM": "routeyard_role"}, "three different names"),
        ({"ROUTEYARD_OIDC_TENANT_CLAIM": "sub"}, "three different names"),
        ({"ROUTEYARD_OIDC_JWKS": "http://id.example/keys"}, "neither a file nor an https"),
        ({"ROUTEYARD_OIDC_JWKS": "http://127.0.0.1:1/keys"}, "neither a file nor an https"),
        ({"ROUTEYARD_OIDC_JWKS": "ftp://id.example/keys"}, "neither a file nor an https"),
        ({"ROUTEYARD_OIDC_JWKS": "https://u:p@id.example/"}, "neither a file nor an https"),
        ({"ROUTEYARD_OIDC_JWKS": "https://[/"}, "neither a file nor an https"),
        (
            {"ROUTEYARD_OIDC_JWKS": "http://id.example/", "ROUTEYARD_DEVELOPMENT": "1"},
            "neither a file nor an https",
        ),
    ],
)
def test_settings_that_would_believe_too_much_are_refused(
    variables: dict[str, str], says: str
) -> None:
    with pytest.raises(InvalidSettings, match=says) as caught:
        settings(**variables)
    assert "u:p@" not in caught.value.message


def test_plain_http_is_taken_from_this_machine_in_development() -> None:
    assert settings(ROUTEYARD_OIDC_JWKS="http://127.0.0.1:1/k", ROUTEYARD_DEVELOPMENT="1")


def test_no_algorithm_with_a_shared_secret_can_be_allowed() -> None:
    assert not [name for name in ALGORITHMS if name.startswith("HS") or name == "none"]
