"""Which tokens are believed. Every other is refused, with one sentence."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jwk, jws

from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.domain.tokens import REFUSAL
from routeyard.runtime.tokens.keyset import KeySet
from routeyard.runtime.tokens.provider import Provider, _Pinned
from routeyard.runtime.tokens.settings import DEFAULT_ALGORITHMS
from tests.builders import at
from tests.services.runtime.tokens import (
    CLAIMS,
    NOW,
    TRUST,
    b64,
    key_set,
    pem,
    pem_of_both,
    private,
    public,
    sign,
    token,
)


def provider(document: bytes | None = None, **trust: Any) -> Provider:
    keys = KeySet(lambda: document or key_set(), lambda: 0.0)
    believed = TRUST.__class__(issuer=TRUST.issuer, audience=TRUST.audience, **trust)
    return Provider(believed, keys, _Pinned(algorithms=DEFAULT_ALGORITHMS.split(",")))


async def refuses(text: str, believing: Provider | None = None) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await (believing or provider()).principal(text, at())
    assert caught.value.message == REFUSAL


@pytest.mark.parametrize("kid", ["rsa", "ec", "ed"])
async def test_what_the_provider_signed_is_believed(kid: str) -> None:
    assert await provider().principal(token(kid=kid), at()) == Principal(
        role=Role.TENANT_ADMIN, scope=Scope(tenant="acme", key="token:jo@acme.example")
    )


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {}),
        ({"typ": "application/at+jwt"}, {}),
        ({"x5t": "abc"}, {}),
        ({}, {"aud": ["account", "routeyard"]}),
        ({}, {"nbf": NOW + 29}),
        ({}, {"iat": NOW + 29, "exp": NOW + 60}),
        ({}, {"iat": NOW - 300, "exp": NOW - 29}),
        ({}, {"routeyard_project": "search", "unknown": {"a": [1.5, None]}}),
    ],
)
async def test_what_is_usual_is_believed(header: dict[str, Any], claims: dict[str, Any]) -> None:
    principal = await provider().principal(token(header, claims), at())
    assert principal.scope.tenant == "acme"
    assert principal.scope.project == claims.get("routeyard_project")


def unsigned(alg: str) -> str:
    return f"{b64({'alg': alg, 'kid': 'rsa'})}.{b64(CLAIMS)}."


def by_hmac(secret: bytes, kid: str = "rsa") -> str:
    said = f"{b64({'alg': 'HS256', 'kid': kid})}.{b64(CLAIMS)}"
    return f"{said}.{b64(hmac.new(secret, said.encode(), hashlib.sha256).digest())}"


def by_another_rsa_key() -> str:
    said = f"{b64({'alg': 'RS256', 'kid': 'rsa'})}.{b64(CLAIMS)}"
    return f"{said}.{b64(sign(private('thief'), said.encode()))}"


def with_tail_of_another() -> str:
    """The first 200 characters and more are those of a good token."""
    good = token().split(".")
    other = token(claims={"routeyard_tenant": "globex"}).split(".")
    return f"{good[0]}.{other[1]}.{good[2]}"


def encrypted() -> str:
    key = jwk.OctKey.import_key(bytes(32))
    return jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, json.dumps(CLAIMS), key)


def padded() -> str:
    head, body, signature = token().split(".")
    return f"{head}.{body}.{signature}=="


def with_a_stray_bit() -> str:
    """The same bytes for a careless decoder."""
    text = token(kid="ed")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def with_header(**header: object) -> Callable[[], str]:
    return lambda: token(header)


def with_claims(**claims: object) -> Callable[[], str]:
    return lambda: token(claims=claims)


def without(claim: str) -> Callable[[], str]:
    left = {name: value for name, value in CLAIMS.items() if name != claim}
    return lambda: token(claims=json.dumps(left).encode())


ATTACKS: dict[str, Callable[[], str]] = {
    **{f"alg {alg!r}": (lambda a=alg: unsigned(a)) for alg in ("none", "None", "NONE", "nOnE", "")},  # type: ignore[misc]
    "hmac with the public key in PEM": lambda: by_hmac(pem(private("rsa"))),
    "hmac with the public key as JWK": lambda: by_hmac(json.dumps(public("rsa")).encode()),
    "hmac with an empty key": lambda: by_hmac(b""),
    "hmac with a key of the set": lambda: by_hmac(b"shared secret", "shared"),
    "an algorithm that is not pinned": with_header(alg="RS512"),
    "an algorithm for another type of key": with_header(alg="ES256"),
    "an algorithm that is a list": with_header(alg=["RS256"]),
    "an embedded key": lambda: token({"jwk": public("thief"), "kid": "thief"}, kid="thief"),
    "an embedded key under a known id": with_header(jwk=public("rsa")),
    "jku": with_header(jku="https://evil.example/keys"),
    "x5u": with_header(x5u="https://evil.example/cert"),
    "x5c": with_header(x5c=["MIIB"]),
    "an unknown crit": with_header(crit=["exp"], exp=NOW + 60),
    "an empty crit": with_header(crit=[]),
    "an unknown header": with_header(surprise=1),
    "no kid": lambda: token(json.dumps({"alg": "RS256"}).encode()),
    "a kid that is a path": with_header(kid="../../../../dev/null"),
    "a kid that is SQL": with_header(kid="rsa' UNION SELECT 'key' --"),
    "a kid that is an address": with_header(kid="https://evil.example/keys"),
    "a kid with a zero byte": with_header(kid="rsa\x00"),
    "a kid twice": lambda: token(b'{"alg":"RS256","kid":"thief","kid":"rsa"}'),
    "a kid that is a number": with_header(kid=1),
    "an unknown kid": with_header(kid="nobody"),
    "another's kid": lambda: token({"kid": "ec"}),
    "typ of something else": with_header(typ="dpop+jwt"),
    "typ that is no text": with_header(typ=7),
    "expired": with_claims(iat=NOW - 300, exp=NOW - 31),
    "expired at the end of the leeway": with_claims(iat=NOW - 300, exp=NOW - 30),
    "nbf in the future": with_claims(nbf=NOW + 31),
    "issued in the future": with_claims(iat=NOW + 31, exp=NOW + 90),
    "issued after its end": with_claims(iat=NOW + 10, exp=NOW + 5),
    "another issuer": with_claims(iss="https://id.example/"),
    "an issuer in a list": with_claims(iss=[TRUST.issuer]),
    "an audience that is another": with_claims(aud="routeyard2"),
    "an audience of others": with_claims(aud=["account", "other"]),
    "an audience of nobody": with_claims(aud=[]),
    "an audience with something else in it": with_claims(aud=["routeyard", 7]),
    "an audience that is an object": with_claims(aud={"routeyard": True}),
    **{f"without {c}": without(c) for c in CLAIMS},
    "a float exp": with_claims(exp=float(NOW + 100)),
    "an exp with an exponent": lambda: token(
        claims=json.dumps(CLAIMS).replace(str(NOW + 290), "1.9e9").encode()
    ),
    "a huge exp": with_claims(exp=10**30),
    "an exp of 5000 digits": lambda: token(
        claims=json.dumps(CLAIMS).replace(str(NOW + 290), "9" * 5000).encode()
    ),
    "an exp that is NaN": with_claims(exp=float("nan")),
    "an exp that is infinite": with_claims(exp=float("inf")),
    "an exp that is true": with_claims(exp=True),
    "an exp that is text": with_claims(exp=str(NOW + 100)),
    "a negative iat": with_claims(iat=-1),
    "nbf that is null": with_claims(nbf=None),
    "good for two days": with_claims(exp=NOW + 2 * 86_400),
    "a claim twice": lambda: token(
        claims=json.dumps(CLAIMS).replace("{", '{"routeyard_tenant": "globex", ', 1).encode()
    ),
    "an audience twice": lambda: token(
        claims=json.dumps(CLAIMS).replace("{", '{"aud": "account", ', 1).encode()
    ),
    "a header twice": lambda: token(b'{"alg":"none","alg":"RS256","kid":"rsa"}'),
    "claims that are no UTF-8": lambda: token(claims=b'{"iss":"\xff"}'),
    "claims that are a list": lambda: token(claims=b"[]"),
    "claims of many levels": lambda: token(claims=b"[" * 10_000),
    "an unknown role": with_claims(routeyard_role="root"),
    "roles in a list": with_claims(routeyard_role=["tenant_user"]),
    "a platform's role": with_claims(routeyard_role="platform_admin"),
    "a service's role": with_claims(routeyard_role="service"),
    "a tenant that is no name": with_claims(routeyard_tenant="acme' OR '1'='1"),
    "an empty tenant": with_claims(routeyard_tenant=""),
    "a tenant that is null": with_claims(routeyard_tenant=None),
    "tenants in a list": with_claims(routeyard_tenant=["acme"]),
    "a project that is null": with_claims(routeyard_project=None),
    "a subject of two lines": with_claims(sub="jo\nadmin"),
    "an empty subject": with_claims(sub=""),
    "a wrong signature": by_another_rsa_key,
    "the claims of another token": with_tail_of_another,
    "a wrong curve": lambda: token({"alg": "ES256", "kid": "p384"}, kid="p384"),
    "a short key": lambda: token(kid="short"),
    "a key for encryption": lambda: token(kid="enc"),
    "a key under an id that is there twice": lambda: token(kid="twice"),
    "the other key under that id": lambda: token({"kid": "twice"}, kid="thief"),
    "an encrypted token": encrypted,
    "b64 false": with_header(b64=False),
    "b64 false and told so": with_header(b64=False, crit=["b64"]),
    "padding": padded,
    "a stray bit": with_a_stray_bit,
    "a megabyte": with_claims(x="x" * 1_000_000),
    "a byte too many": with_claims(x="x" * 16_384),
    "cut off": lambda: token()[:-5],
    "without a signature": lambda: token().rpartition(".")[0] + ".",
    "two parts": lambda: token().rpartition(".")[0],
    "four parts": lambda: token() + ".e30",
    "not ASCII": lambda: token() + "ä",
    "a line break": lambda: token() + "\n",
    "nothing": lambda: "",
    "dots": lambda: "..",
    "JSON": lambda: json.dumps(CLAIMS),
}


@cache
def mixed() -> bytes:
    """Good keys, among others that must not be taken."""
    return key_set(
        public("rsa"),
        public("ec"),
        public("ed"),
        public("p384"),
        public("short"),
        public("enc", use="enc"),
        public("twice"),
        {**public("thief"), "kid": "twice"},
        {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"shared secret").decode()},
    )


@pytest.mark.parametrize("attack", [pytest.param(a, id=name) for name, a in ATTACKS.items()])
async def test_everything_else_is_refused_with_one_sentence(attack: Callable[[], str]) -> None:
    await refuses(attack(), provider(mixed()))


async def test_tokens_that_begin_alike_are_told_apart() -> None:
    """Two good tokens whose first 200 characters are the same are two callers."""
    filler = "x" * 200
    first = token(claims=json.dumps({"filler": filler, **CLAIMS}).encode())
    globex = {"filler": filler, **CLAIMS, "routeyard_tenant": "globex"}
    second = token(claims=json.dumps(globex).encode())
    assert first[:200] == second[:200]
    believing = provider()
    found = [(await believing.principal(each, at())).scope.tenant for each in (first, second)]
    assert found == ["acme", "globex"]


@pytest.mark.parametrize("kid", ["rsa", "ec", "ed"])
async def test_every_changed_character_is_noticed(kid: str) -> None:
    text, believing = token(kid=kid), provider()
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        await refuses(text[:place] + other + text[place + 1 :], believing)


@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=60), min_size=3, max_size=3).map(
        lambda parts: ".".join(b64(part) for part in parts)
    )
    | st.tuples(st.sampled_from(["rsa", "ec", "ed"]), st.binary(max_size=300)).map(
        lambda drawn: f"{token(kid=drawn[0]).rpartition('.')[0]}.{b64(drawn[1])}"
    )
)
def test_texts_out_of_nowhere_are_refused(text: str) -> None:
    asyncio.run(refuses(text))


async def test_a_token_is_over_when_it_says_however_often_it_was_shown() -> None:
    believing, text = provider(), token()
    for seconds in (0, 100, 319):
        await believing.principal(text, at(seconds))
    with pytest.raises(Unauthenticated):
        await believing.principal(text, at(320))


async def test_a_key_that_is_for_one_algorithm_checks_no_other() -> None:
    pinned = _Pinned(algorithms=["RS256", "RS512"])
    key = jwk.RSAKey.import_key(pem_of_both(private("rsa")))
    text = jws.serialize_compact(
        {"alg": "RS512", "kid": "rsa"}, json.dumps(CLAIMS), key, algorithms=["RS512"]
    )
    for_all, for_one = key_set(public("rsa")), key_set(public("rsa", alg="RS256"))
    principal = await provider(for_all)._replace(registry=pinned).principal(text, at())
    assert principal.scope.tenant == "acme"
    await refuses(text, provider(for_one)._replace(registry=pinned))


async def test_a_token_that_cannot_be_right_does_not_have_the_provider_asked() -> None:
    asked = []

    def fetch() -> bytes:
        asked.append(1)
        return key_set()

    believing = provider()._replace(keys=KeySet(fetch, lambda: 0.0))
    for text in ("", unsigned("none"), by_hmac(b"x"), token({"alg": "RS512", "kid": "unknown"})):
        await refuses(text, believing)
    assert not asked


async def test_platform_roles_come_from_tokens_only_where_that_is_allowed() -> None:
    claims = {n: v for n, v in CLAIMS.items() if n != "routeyard_tenant"}
    admin = token(claims=json.dumps({**claims, "routeyard_role": "platform_admin"}).encode())
    allowing = provider(allows_platform_roles=True)
    assert (await allowing.principal(admin, at())).role is Role.PLATFORM_ADMIN
    await refuses(admin)
    # Even then, nobody is an admin of the platform for one tenant.
    await refuses(token(claims={"routeyard_role": "platform_admin"}), allowing)


async def test_claims_may_have_other_names() -> None:
    named = provider(role_claim="https://acme.example/role", tenant_claim="org", project_claim="p")
    claims = {"https://acme.example/role": "tenant_user", "org": "acme", "p": "search"}
    principal = await named.principal(token(claims=claims), at())
    assert principal.role is Role.TENANT_USER
    assert principal.scope.project == "search"
    await refuses(token(), named)


async def test_what_is_believed_another_library_call_believes_too() -> None:
    """The signature check is joserfc's own, also when it is asked the usual way."""
    for kid in ("rsa", "ec"):
        key = jwk.import_key(public(kid))
        found = jws.deserialize_compact(token(kid=kid), key, algorithms=["RS256", "ES256"])
        assert json.loads(found.payload or b"") == CLAIMS
