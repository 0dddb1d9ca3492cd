"""Who may ask for what, and what a broken request is told."""

import hmac
from datetime import datetime
from typing import Any

import pytest
from msgspec import structs

from routeyard.domain import keys, tokens
from routeyard.domain.errors import InvalidRequest, NotAllowed, Unauthenticated, Unavailable
from routeyard.domain.keys import KeyVerifier, Pepper
from routeyard.domain.tenancy import Principal, Project, Role, Scope
from services.router.current import Current
from services.router.resolve_api import ResolveApi, scope_of
from tests.builders import at
from tests.domain.worlds import World

PEPPER = Pepper(b"p" * 16)
KEY = keys.mint(bytes(42))
ANYONE = Principal(role=Role.TENANT_USER, scope=Scope(tenant="acme", key="k"))


@pytest.fixture(name="api")
def _api() -> ResolveApi:
    current = Current("here")
    current.take_graph(World(5).graph(), None)
    digest = PEPPER.digest(KEY.secret)
    current.keys[KEY.key_id] = KeyVerifier(
        key_id=KEY.key_id, digest=digest, role=Role.TENANT_USER, tenant="acme"
    )
    return ResolveApi(current, PEPPER, "here")


def bearer(text: str) -> dict[str, str]:
    return {"authorization": f"Bearer {text}"}


async def test_the_scope_is_the_keys(api: ResolveApi) -> None:
    for headers in (bearer(keys.write(KEY)), {"x-api-key": keys.write(KEY)}):
        principal = await api.authenticate(headers, at())

        assert principal.scope == Scope(tenant="acme", key=KEY.key_id)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Basic x"},
        {"authorization": "Bearer sk-other"},
        {"authorization": "Bearer", "x-api-key": keys.write(KEY)},
        {"x-api-key": ""},
        {"x-api-key": "nonsense"},
    ],
)
async def test_without_a_key_nothing_is_answered(api: ResolveApi, headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated):
        await api.authenticate(headers, at())


def stored(**fields: Any) -> KeyVerifier:
    digest = PEPPER.digest(KEY.secret)
    known = KeyVerifier(key_id=KEY.key_id, digest=digest, role=Role.TENANT_USER, tenant="acme")
    return structs.replace(known, **fields)


WRONG = {
    "unknown": None,
    "wrong": stored(digest=PEPPER.digest("other")),
    "revoked": stored(revoked=True),
    "shredded": stored(revoked=True, digest=""),
    "expired": stored(expires_at=at(-1)),
}


@pytest.mark.parametrize("verifier", WRONG.values(), ids=WRONG)
async def test_every_wrong_key_is_answered_alike_and_with_the_same_work(
    api: ResolveApi, verifier: KeyVerifier | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[int, int]] = []

    def compare(one: str, other: str) -> bool:
        done.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    api.current.keys.clear()
    if verifier is not None:
        api.current.keys[KEY.key_id] = verifier
    with pytest.raises(Unauthenticated) as caught:
        await api.authenticate(bearer(keys.write(KEY)), at())

    assert caught.value.message == "The key is not valid; ask your administrator for a new one."
    # One digest against another, whatever is known; the checksum is of what was sent, no secret.
    assert done == [(64, 64)]


class Believing:
    """Takes every token to be of this scope."""

    def __init__(self, tenant: str | None, project: str | None = None) -> None:
        self._scope = Scope(tenant=tenant, project=project)

    async def principal(self, token: str, _: datetime) -> Principal:
        return Principal(role=Role.TENANT_USER, scope=structs.replace(self._scope, key=token))


NOBODY = [("nobody", None), ("", None), ("acme", "nothing"), ("globex", "web"), (None, "web")]


@pytest.fixture(name="with_project")
def _with_project(api: ResolveApi) -> ResolveApi:
    """Acme has the project web, and no other is there."""
    snapshot = api.current.snapshot
    assert snapshot is not None
    projects = {"acme/web": Project(id="acme/web", tenant="acme", name="Web")}
    tenancy = snapshot.tenancy._replace(projects=projects)
    api.current.snapshot = snapshot._replace(tenancy=tenancy)
    return api


@pytest.mark.parametrize("project", [None, "web"])
async def test_a_token_counts_for_a_tenant_and_a_project_of_the_graph(
    with_project: ResolveApi, project: str | None
) -> None:
    believing = with_project._replace(tokens=Believing("acme", project))
    principal = await believing.authenticate(bearer("e30.x.y"), at())
    assert principal.scope == Scope(tenant="acme", project=project, key="e30.x.y")


@pytest.mark.parametrize(("tenant", "project"), NOBODY)
async def test_a_token_counts_for_nobody_else(
    with_project: ResolveApi, tenant: str | None, project: str | None
) -> None:
    believing = with_project._replace(tokens=Believing(tenant, project))
    with pytest.raises(Unauthenticated, match=tokens.REFUSAL):
        await believing.authenticate(bearer("e30.x.y"), at())


@pytest.mark.parametrize(("tenant", "project"), NOBODY)
async def test_a_key_that_outlives_its_tenant_or_project_is_refused(
    with_project: ResolveApi, tenant: str | None, project: str | None
) -> None:
    with_project.current.keys[KEY.key_id] = stored(tenant=tenant, project=project)
    with pytest.raises(Unauthenticated, match="The key is not valid"):
        await with_project.authenticate(bearer(keys.write(KEY)), at())


async def test_where_tokens_are_on_keys_count_as_before(api: ResolveApi) -> None:
    both = api._replace(tokens=Believing("nobody"))
    principal = await both.authenticate(bearer(keys.write(KEY)), at())
    assert principal.scope.tenant == "acme"
    with pytest.raises(Unauthenticated):
        await both.authenticate({}, at())


async def test_before_the_graph_is_read_nobody_is_let_in() -> None:
    api = ResolveApi(Current("here"), PEPPER, "here", Believing("acme"))
    api.current.keys[KEY.key_id] = stored()
    for presented in ("e30.x.y", keys.write(KEY)):
        with pytest.raises(Unavailable):
            await api.authenticate(bearer(presented), at())


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
        (b'{"require":{"max_price_per_mtok":{"input":"NaN"}}}', "a number of dollars, not NaN"),
        (b'{"require":{"max_price_per_mtok":{"output":"sNaN"}}}', "a number of dollars, not sNaN"),
        (b'{"provider":{"max_price":{"prompt":"Infinity"}}}', "a number of dollars, not Infinity"),
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
    assert api.answer(b"", ANYONE, at()).resolution.considered > 0


def test_a_router_without_a_graph_says_so() -> None:
    api = ResolveApi(Current("here"), PEPPER, "here")

    with pytest.raises(Unavailable, match="has not read the graph yet"):
        api.answer(b"{}", ANYONE, at())
