"""Who may ask for what, and what a broken request is told."""

import pytest

from routeyard.domain import keys
from routeyard.domain.errors import InvalidRequest, NotAllowed, Unauthenticated, Unavailable
from routeyard.domain.keys import KeyVerifier
from routeyard.domain.tenancy import Principal, Role, Scope
from services.router.current import Current
from services.router.resolve_api import ResolveApi, scope_of
from tests.builders import at
from tests.domain.worlds import World

PEPPER = b"p" * 16
KEY = keys.mint(bytes(42))
ANYONE = Principal(role=Role.TENANT_USER, scope=Scope(tenant="acme", key="k"))


@pytest.fixture(name="api")
def _api() -> ResolveApi:
    current = Current("here")
    current.take_graph(World(5).graph(), None)
    digest = keys.digest(KEY.secret, PEPPER)
    current.keys[KEY.key_id] = KeyVerifier(
        key_id=KEY.key_id, digest=digest, role=Role.TENANT_USER, tenant="acme"
    )
    return ResolveApi(current, PEPPER, "here")


def test_the_scope_is_the_keys(api: ResolveApi) -> None:
    principal = api.authenticate(f"Bearer {keys.write(KEY)}", at())

    assert principal.scope == Scope(tenant="acme", key=KEY.key_id)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", "Bearer sk-other"])
def test_without_a_key_nothing_is_answered(api: ResolveApi, header: str) -> None:
    with pytest.raises(Unauthenticated):
        api.authenticate(header, at())


@pytest.mark.parametrize("role", [Role.TENANT_USER, Role.TENANT_ADMIN])
def test_a_tenants_key_may_not_ask_for_another_tenant(role: Role) -> None:
    with pytest.raises(NotAllowed):
        scope_of(Principal(role=role, scope=Scope(tenant="acme", key="k")), "globex")


@pytest.mark.parametrize("role", [Role.SERVICE, Role.PLATFORM_ADMIN])
def test_the_platforms_own_keys_may_ask_for_any_tenant(role: Role) -> None:
    principal = Principal(role=role, scope=Scope(key="k"))

    assert scope_of(principal, "globex") == Scope(tenant="globex", key="k")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not JSON"),
        (b"[]", "Expected `object`"),
        (b'{"requires":{}}', "unknown field `requires`"),
        (b'{"require":{"min_contxt":1}}', "unknown field `min_contxt`"),
        (b'{"require":{"min_context":"128k"}}', "min_context"),
        (b'{"require":{"precision":"perfect"}}', "precision"),
        (b'{"step":"dreaming"}', "dreaming"),
        (b'{"models":["nobody/nothing"]}', "No model is called"),
        (b'{"entitlement":"all"}', "unknown field `entitlement`"),
        (b"[" * 100_000, "Expected `object`"),
    ],
)
def test_a_broken_request_is_told_what_is_wrong(api: ResolveApi, body: bytes, told: str) -> None:
    with pytest.raises(InvalidRequest, match=told) as caught:
        api.answer(body, ANYONE, at())

    assert "\n" not in caught.value.message


def test_an_empty_request_asks_for_anything(api: ResolveApi) -> None:
    assert api.answer(b"", ANYONE, at()).considered > 0


def test_a_router_without_a_graph_says_so() -> None:
    api = ResolveApi(Current("here"), PEPPER, "here")

    with pytest.raises(Unavailable, match="has not read the graph yet"):
        api.answer(b"{}", ANYONE, at())
