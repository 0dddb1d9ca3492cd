"""Orders about endpoints: who may, what is kept in which order, and what nobody gets to see."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from routeyard.domain.catalog import Endpoint, ServerKind
from routeyard.domain.claims import Kind
from routeyard.domain.errors import (
    Conflict,
    EndpointRefused,
    Invalid,
    InvalidEvent,
    InvalidRequest,
    NotAllowed,
    Unavailable,
)
from routeyard.domain.events import TenantOffboarded
from routeyard.domain.matching import Listed
from routeyard.domain.secret import SecretText
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.guard.permission import Permission, read_networks
from routeyard.wire.credential import Scheme
from routeyard.wire.sealing import unseal
from services.registry.commands.addresses import read
from services.registry.commands.drafts import Given, NewEndpoint
from services.registry.commands.endpoints import MOST_OF_A_TENANT
from services.registry.commands.recording import CARRY_OUT, Manner
from services.registry.commands.secrets import NewSecret
from services.registry.ledger import Batch, Receipt
from services.registry.serving import Serving
from tests.builders import endpoint, event
from tests.fakes.ledger import MemoryLedger
from tests.fakes.secrets import put
from tests.services.guard.cases import ALLOWED, cases
from tests.services.registry.rooms import ACME, ADMIN, BETA, SEALING, House, bytes_of, house

CANARY = "canary-9a1b"
URL = "https://gpu.example/v1"


def secret(value: str = CANARY, **more: Any) -> NewSecret:
    return NewSecret(SecretText(value), **more)


def new(url: str = URL, **more: Any) -> NewEndpoint:
    fields: dict[str, Any] = {"name": "gpu", "details": {}, "secret": secret(), **more}
    return NewEndpoint(url=url, **fields)


async def registered(**more: Any) -> House:
    made = await house()
    await made.orders.endpoints.register(ACME, new(**more))
    return made


async def endpoint_of(made: House, name: str = "acme/gpu") -> Endpoint:
    found = await made.found(Kind.ENDPOINT, name)
    assert isinstance(found, Endpoint)
    return found


async def test_a_tenants_endpoint_is_its_own_and_named_after_it() -> None:
    made = await registered(models=(Listed(native_id="ours", capabilities={"tool_use": 1.0}),))
    found = await endpoint_of(made)
    assert (found.owner, found.provider, found.url) == ("acme", "@acme", URL)
    assert (found.credential, found.keyless, found.is_enabled) == ("1", False, True)
    model = await made.found(Kind.MODEL, "@acme/ours")
    assert (model.owner, model.capabilities) == ("acme", {"tool_use": 1.0})
    assert (await made.found(Kind.OFFERING, "acme/gpu/ours")).model == "@acme/ours"


async def test_the_secret_is_sealed_for_its_owner_endpoint_and_address_alone() -> None:
    made = await registered()
    held = (await made.secrets.store.find("acme/gpu")).credential
    assert held is not None
    assert (held.owner, held.host, held.version) == ("acme", "https://gpu.example", 1)
    assert unseal(held.sealed, held.binding, SEALING).reveal() == CANARY
    assert CANARY.encode() not in bytes_of(made.ledger)


async def test_what_a_declared_name_stands_for_in_the_graph_is_an_offering_of_that() -> None:
    made = await registered(models=(Listed(native_id="meta-llama/Llama-3.1-8B-Instruct"),))
    offering = await made.found(Kind.OFFERING, "acme/gpu/meta-llama/Llama-3.1-8B-Instruct")
    assert (offering.model, offering.owner) == ("meta/llama-3.1-8b-instruct", "acme")
    assert (await made.found(Kind.MODEL, "meta/llama-3.1-8b-instruct")).owner is None


@pytest.mark.parametrize(
    "more",
    [{"dedicated_to": ("beta",)}, {"provider": "openai"}, {"tenant": "beta"}, {"tenant": "none"}],
)
async def test_a_tenants_admin_sets_nothing_up_for_others(more: dict[str, Any]) -> None:
    made = await house()
    with pytest.raises(NotAllowed):
        await made.orders.endpoints.register(ACME, new(**more))
    assert (await made.secrets.store.find("acme/gpu")).version == 0


async def test_another_tenant_and_one_that_is_none_are_refused_alike() -> None:
    made = await house()
    told = []
    for tenant in ("beta", "none"):
        with pytest.raises(NotAllowed) as caught:
            await made.orders.endpoints.register(ACME, new(tenant=tenant))
        told.append(caught.value.message)
    assert told[0] == told[1]


@pytest.mark.parametrize(
    "caller",
    [
        Principal(role=Role.TENANT_USER, scope=Scope(tenant="acme")),
        Principal(role=Role.SERVICE, scope=Scope()),
        Principal(role=Role.TENANT_ADMIN, scope=Scope(tenant="acme", project="web")),
    ],
)
async def test_only_admins_decide_on_endpoints(caller: Principal) -> None:
    made = await registered()
    orders, trials = made.orders.endpoints, made.orders.trials
    for order in (
        orders.register(caller, new(name="x")),
        orders.update(caller, "acme/gpu", Given({})),
        orders.rotate(caller, "acme/gpu", secret(), "r", CARRY_OUT),
        orders.deregister(caller, "acme/gpu", "r"),
        trials.test(caller, "acme/gpu", 1),
        trials.try_out(caller, new(name="x"), 1),
    ):
        with pytest.raises(NotAllowed):
            await order


async def test_what_is_anothers_and_what_is_not_there_are_answered_alike() -> None:
    made = await registered()
    orders, trials = made.orders.endpoints, made.orders.trials
    for name in ("acme/gpu", "acme/none", "openai", "x\x00y"):
        assert await orders.update(BETA, name, Given({"url": "nonsense"})) is None
        assert await orders.rotate(BETA, name, secret(""), "", CARRY_OUT) is None
        assert await orders.deregister(BETA, name, "") is None
        assert await trials.test(BETA, name, 1) is None
    assert (await endpoint_of(made)).credential == "1"


async def test_a_platform_admin_sets_up_for_the_platform_for_some_and_for_a_tenant() -> None:
    made = await house()
    orders = made.orders.endpoints
    await orders.register(ADMIN, new(name="own", provider="azure"))
    await orders.register(ADMIN, new(name="some", dedicated_to=("acme",)))
    await orders.register(ADMIN, new(name="theirs", tenant="acme"))
    own = await endpoint_of(made, "own")
    assert (own.owner, own.provider, own.dedicated_to) == (None, "azure", ())
    assert (await endpoint_of(made, "some")).dedicated_to == ("acme",)
    assert (await endpoint_of(made, "acme/theirs")).owner == "acme"
    for more in ({"dedicated_to": ("none",)}, {"tenant": "none"}):
        with pytest.raises(InvalidRequest):
            await orders.register(ADMIN, new(name="x", **more))
    with pytest.raises(InvalidRequest):
        await orders.register(ADMIN, new(name="x", tenant="acme", dedicated_to=("beta",)))


async def test_a_name_is_taken_once() -> None:
    made = await registered()
    for caller, name in ((ACME, "gpu"), (ADMIN, "openai")):
        with pytest.raises(InvalidRequest, match="already"):
            await made.orders.endpoints.register(caller, new(name=name))
    assert (await made.secrets.store.find("acme/gpu")).version == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "a/b"}, "name"),
        ({"name": "@a"}, "name"),
        ({"secret": None}, "secret"),
        ({"details": {"keyless": True}}, "keyless"),
        ({"secret": secret("a\r\nb")}, "secret.value"),
        ({"secret": secret("")}, "secret.value"),
        ({"secret": secret("é")}, "secret.value"),
        ({"secret": secret("x" * 8193)}, "secret.value"),
        ({"secret": secret(scheme=Scheme.HEADER)}, "secret.header"),
        ({"secret": secret(header="x-api-key")}, "secret.header"),
        ({"secret": secret(scheme=Scheme.HEADER, header="host")}, "secret.header"),
        ({"secret": secret(scheme=Scheme.HEADER, header="Cookie")}, "secret.header"),
        ({"secret": secret(scheme=Scheme.HEADER, header="a b")}, "secret.header"),
        ({"secret": secret(scheme=Scheme.HEADER, header="x-forwarded-for")}, "secret.header"),
        ({"url": "https://gpu.example/v1?key=1"}, "url"),
        ({"url": "https://nowhere.example/v1"}, "url"),
        ({"details": {"zones": ("a b",)}}, "zones"),
        ({"models": (Listed(native_id=""),)}, "models.0.nativeId"),
        ({"models": (Listed(native_id="a"), Listed(native_id="a"))}, "models.1.nativeId"),
        (
            {"models": (Listed(native_id="a", capabilities={"nonsense": 1.0}),)},
            "models.0.capabilities.nonsense",
        ),
        ({"models": (Listed(native_id="a", context=-1),)}, "models.0"),
        ({"models": (Listed(native_id="a", capabilities={"tool_use": 7.0}),)}, "models.0"),
        ({"models": (Listed(native_id="a", model="x/none"),)}, "models.0.model"),
        ({"models": (Listed(native_id="a", variant_of="x/none"),)}, "models.0.variantOf"),
        ({"models": (Listed(native_id="a", model="@beta/x"),)}, "models.0.model"),
    ],
)
async def test_what_is_wrong_is_refused_with_the_fields_path_and_nothing_is_kept(
    more: dict[str, Any], field: str
) -> None:
    made = await house()
    before = await made.ledger.head()
    with pytest.raises(Invalid) as caught:
        await made.orders.endpoints.register(ACME, new(**more))
    assert caught.value.fields["field"] == field
    assert "canary" not in caught.value.message
    assert await made.ledger.head() == before
    assert (await made.secrets.store.find("acme/gpu")).credential is None
    assert await made.serving.find("acme/gpu") is None


async def test_an_unresolved_name_is_taken_where_only_some_zones_reach_it() -> None:
    made = await house()
    details = {"zones": ("on-prem",)}
    await made.orders.endpoints.register(
        ACME, new(url="https://nowhere.example/v1", details=details)
    )
    assert (await endpoint_of(made)).zones == ("on-prem",)


async def test_a_models_word_of_another_tenants_own_is_one_of_none() -> None:
    made = await registered(models=(Listed(native_id="ours"),))
    wanted = new(models=(Listed(native_id="x", variant_of="@acme/ours"),))
    with pytest.raises(InvalidRequest) as caught:
        await made.orders.endpoints.register(BETA, wanted)
    assert caught.value.fields["field"] == "models.0.variantOf"


async def test_an_address_that_may_not_be_called_is_refused_for_every_spelling() -> None:
    """The table at registration: what is refused is not kept, what is allowed is registered."""
    for case in cases():
        if case.plain or case.url.startswith("tcp:"):
            continue
        made = await house(networks=case.permitted, answers=_every(case.resolves_to))
        keyless = NewEndpoint(name="gpu", url=case.url, details={"keyless": True})
        before = await made.ledger.head()
        is_registered = await _is_registered(made, keyless)
        # Addresses with a query are called by the guard, and not taken at registration.
        assert is_registered == (case.expect == ALLOWED and "?" not in case.url), case
        assert (await made.ledger.head() == before) == (not is_registered)
        assert (await made.serving.find("acme/gpu") is None) == (not is_registered)
        assert not made.post.sent


async def _is_registered(made: House, wanted: NewEndpoint) -> bool:
    with suppress(EndpointRefused, InvalidRequest):
        await made.orders.endpoints.register(ACME, wanted)
        return True
    return False


def _every(answers: tuple[str, ...]) -> Any:
    class Every(dict[str, tuple[str, ...]]):
        def get(self, *_: Any) -> tuple[str, ...]:
            return answers

    return Every()


async def test_the_platforms_networks_are_not_its_tenants() -> None:
    platform = Permission(read_networks(["192.168.0.0/16"]))
    made = await house(platform=platform)
    local = "http://192.168.1.5:8000/v1"
    with pytest.raises(EndpointRefused):
        await made.orders.endpoints.register(ACME, new(local))
    await made.orders.endpoints.register(ADMIN, new(local))
    await made.orders.endpoints.register(ACME, new("http://10.1.2.3:8000/v1"))


async def test_a_secret_is_not_told_without_tls_in_public_even_where_plain_is_allowed() -> None:
    made = await house(platform=Permission((), is_plain_allowed=True))
    plain = "http://gpu.example/v1"
    with pytest.raises(EndpointRefused, match="TLS"):
        await made.orders.endpoints.register(ACME, new(plain))
    await made.orders.endpoints.register(ACME, new(plain, secret=None, details={"keyless": True}))


async def test_only_what_is_given_changes() -> None:
    made = await registered(
        details={"residency": ("EU",)}, models=(Listed(native_id="ours", context=10),)
    )
    given = Given({"server": ServerKind.VLLM})
    await made.orders.endpoints.update(ACME, "acme/gpu", given)
    found = await endpoint_of(made)
    assert (found.server, found.residency, found.credential) == (ServerKind.VLLM, ("EU",), "1")
    assert (await made.found(Kind.MODEL, "@acme/ours")).context == 10
    await made.orders.endpoints.update(
        ACME, "acme/gpu", Given({}, models=(Listed(native_id="next"),))
    )
    assert await made.found(Kind.MODEL, "@acme/ours") is None
    assert await made.found(Kind.MODEL, "@acme/next") is not None


async def test_a_secret_does_not_follow_to_another_address() -> None:
    made = await registered()
    for url in ("https://evil.example/v1", "https://gpu.example:8443/v1"):
        made2 = Given({"url": url})
        with pytest.raises(InvalidRequest) as caught:
            await made.orders.endpoints.update(ACME, "acme/gpu", made2)
        assert caught.value.fields["field"] in ("secret", "url")
    await made.orders.endpoints.update(
        ACME, "acme/gpu", Given({"url": "https://gpu.example/other"})
    )
    moved = Given({"url": "https://gpu.example:8443/v1"}, secret("new"))
    await made.orders.endpoints.update(ACME, "acme/gpu", moved)
    held = (await made.secrets.store.find("acme/gpu")).credential
    assert held is not None
    assert held.host == "https://gpu.example:8443"


async def test_an_endpoint_that_becomes_keyless_loses_its_secret() -> None:
    made = await registered()
    await made.orders.endpoints.update(ACME, "acme/gpu", Given({"keyless": True}))
    found = await endpoint_of(made)
    assert (found.keyless, found.credential) == (True, None)
    assert (await made.secrets.store.find("acme/gpu")).credential is None


async def test_rotating_names_the_next_version_and_keeps_the_last_ciphertext_alone() -> None:
    made = await registered()
    before = (await made.secrets.store.find("acme/gpu")).credential
    await made.orders.endpoints.rotate(ACME, "acme/gpu", secret("next"), "quarterly", CARRY_OUT)
    held = (await made.secrets.store.find("acme/gpu")).credential
    assert before is not None
    assert held is not None
    assert (await endpoint_of(made)).credential == "2"
    assert unseal(held.sealed, held.binding, SEALING).reveal() == "next"
    assert held.sealed != before.sealed


async def test_taking_down_takes_everything_along_and_nothing_comes_back_by_name() -> None:
    made = await registered(models=(Listed(native_id="ours"),))
    await made.orders.endpoints.deregister(ACME, "acme/gpu", "moved")
    for kind, name in (
        (Kind.ENDPOINT, "acme/gpu"),
        (Kind.OFFERING, "acme/gpu/ours"),
        (Kind.MODEL, "@acme/ours"),
        (Kind.RELEASE, "@acme/ours@undated"),
    ):
        assert await made.found(kind, name) is None
    assert (await made.secrets.store.find("acme/gpu")).credential is None
    assert await made.serving.find("acme/gpu") is None
    await made.orders.endpoints.register(ACME, new())
    assert await made.found(Kind.OFFERING, "acme/gpu/ours") is None
    assert (await endpoint_of(made)).credential == "3"


async def test_a_dry_run_shows_what_would_change_and_keeps_nothing() -> None:
    made = await house()
    before = await made.ledger.head()
    effect = await made.orders.endpoints.register(ACME, new(), Manner(is_dry_run=True))
    assert [each.ref.id for each in effect.changed] == ["acme/gpu"]
    assert await made.ledger.head() == before
    assert (await made.secrets.store.find("acme/gpu")).version == 0
    assert await made.serving.find("acme/gpu") is None


async def test_a_tenant_has_only_so_many() -> None:
    made = await house()
    for number in range(MOST_OF_A_TENANT):
        await made.orders.endpoints.register(ACME, new(name=f"e{number}"))
    with pytest.raises(InvalidRequest, match="at most"):
        await made.orders.endpoints.register(ACME, new(name="more"))
    await made.orders.endpoints.register(BETA, new())


class Failing(MemoryLedger):
    """Fails to commit when it is told to."""

    fault: Exception | None = None

    async def record(self, batch: Batch) -> Receipt:
        if self.fault is not None and not batch.is_dry_run:
            raise self.fault
        return await super().record(batch)


Orders = Callable[[House], Awaitable[object]]
GOING_WRONG: dict[str, Orders] = {
    "register": lambda made: made.orders.endpoints.register(ACME, new(name="more")),
    "rotate": lambda made: made.orders.endpoints.rotate(ACME, "acme/gpu", secret("next"), "r"),
    "move": lambda made: made.orders.endpoints.update(
        ACME,
        "acme/gpu",
        Given({"url": "https://gpu.example:8443"}, secret("x"), (Listed(native_id="other"),)),
    ),
    "need none": lambda made: made.orders.endpoints.update(
        ACME, "acme/gpu", Given({"keyless": True})
    ),
    "take down": lambda made: made.orders.endpoints.deregister(ACME, "acme/gpu", "moved"),
    "enable": lambda made: made.orders.enabling.enable(ADMIN, "openai", secret("platform")),
    "disable": lambda made: made.orders.enabling.disable(ADMIN, "other", "over"),
}


async def everything(made: House) -> dict[str, object]:
    """Of each endpoint what the graph says, its secret, and its record."""
    names = ("acme/gpu", "acme/more", "openai", "other")
    return {
        name: (
            await made.found(Kind.ENDPOINT, name),
            await made.secrets.store.find(name),
            await made.serving.find(name),
        )
        for name in names
    }


@pytest.mark.parametrize("order", GOING_WRONG)
@pytest.mark.parametrize("fault", [Unavailable("it went away"), InvalidEvent("no")])
async def test_an_order_that_is_not_committed_leaves_everything_as_it_was_and_can_be_repeated(
    order: str, fault: Exception
) -> None:
    made = await registered(models=(Listed(native_id="ours"),))
    other = event(endpoint("other", url="https://api.openai.com/v1"), id="e9")
    await made.ledger.record(Batch([other]))
    await made.orders.enabling.enable(ADMIN, "other", secret("platform"))
    before = await everything(made)
    made.ledger.__class__ = Failing
    made.ledger.fault = fault  # type: ignore[attr-defined]
    with pytest.raises(type(fault)):
        await GOING_WRONG[order](made)
    assert await everything(made) == before
    made.ledger.fault = None  # type: ignore[attr-defined]
    assert await GOING_WRONG[order](made) is not None
    assert await everything(made) != before


async def test_what_no_endpoint_has_is_swept_once_no_order_can_be_under_way() -> None:
    made = await house()
    where = secret().destination("acme", read("https://gpu.example"))
    await put(made.secrets, "acme/left", where, SecretText(CANARY))
    made.serving.put(Serving("acme/left", "acme"), made.time[0])
    assert await made.sweep.sweep() == 0
    made.pass_time(600)
    assert await made.sweep.sweep() == 2
    assert (await made.secrets.store.find("acme/left")).credential is None
    assert await made.serving.find("acme/left") is None


class Meddling(MemoryLedger):
    """Lets somebody else in just before it commits, as often as it is told to."""

    meddle: list[Callable[[], Awaitable[object]]]

    async def record(self, batch: Batch) -> Receipt:
        if not batch.is_dry_run and self.meddle:
            await self.meddle.pop()()
        return await super().record(batch)


def meddled(made: House, *meddle: Callable[[], Awaitable[object]]) -> None:
    made.ledger.__class__ = Meddling
    made.ledger.meddle = list(meddle)  # type: ignore[attr-defined]


async def opened(made: House, name: str = "acme/gpu") -> str:
    held = (await made.secrets.store.find(name)).credential
    assert held is not None
    return unseal(held.sealed, held.binding, SEALING).reveal()


async def test_of_two_rotations_at_once_the_later_one_counts_and_the_graph_names_it() -> None:
    made = await registered()
    orders = made.orders.endpoints
    meddled(made, lambda: orders.rotate(ACME, "acme/gpu", secret("first"), "r"))
    await orders.rotate(ACME, "acme/gpu", secret("second"), "r")
    assert await opened(made) == "second"
    assert (await endpoint_of(made)).credential == "3"
    assert (await made.secrets.store.find("acme/gpu")).version == 3


async def test_a_rotation_that_is_refused_as_too_late_leaves_the_other_ones_secret() -> None:
    made = await registered()
    orders = made.orders.endpoints
    seen = Manner(if_revision=(await made.ledger.head()).revision)
    meddled(made, lambda: orders.rotate(ACME, "acme/gpu", secret("first"), "r"))
    with pytest.raises(Conflict):
        await orders.rotate(ACME, "acme/gpu", secret("second"), "r", seen)
    assert await opened(made) == "first"
    assert (await endpoint_of(made)).credential == "2"
    assert (await made.secrets.store.find("acme/gpu")).version == 2


@pytest.mark.parametrize("keyless", [False, True])
async def test_of_two_that_set_the_same_name_up_at_once_one_is_refused(*, keyless: bool) -> None:
    made = await house()
    orders = made.orders.endpoints
    more: dict[str, Any] = {"secret": None, "details": {"keyless": True}} if keyless else {}
    first = new(models=(Listed(native_id="first"),), **more)
    meddled(made, lambda: orders.register(ACME, first))
    with pytest.raises(InvalidRequest, match="already"):
        await orders.register(ACME, new(**{"secret": secret("second"), **more}))
    assert keyless or await opened(made) == CANARY
    record = await made.serving.find("acme/gpu")
    assert record is not None
    assert [each.native_id for each in record.declared] == ["first"]


async def test_what_was_found_out_while_an_order_was_under_way_is_not_lost() -> None:
    made = await registered()

    async def found() -> None:
        endpoint_ = await endpoint_of(made)
        await made.discovery.settle(endpoint_, [Listed(native_id="found")])

    meddled(made, found)
    given = Given({}, models=(Listed(native_id="declared"),))
    await made.orders.endpoints.update(ACME, "acme/gpu", given)
    for name in ("found", "declared"):
        assert await made.found(Kind.OFFERING, f"acme/gpu/{name}") is not None


async def test_what_is_found_out_while_it_is_taken_down_does_not_come_back() -> None:
    made = await registered()
    endpoint_ = await endpoint_of(made)
    meddled(made, lambda: made.orders.endpoints.deregister(ACME, "acme/gpu", "moved"))
    await made.discovery.settle(endpoint_, [Listed(native_id="found")])
    assert await made.found(Kind.OFFERING, "acme/gpu/found") is None
    assert await made.serving.find("acme/gpu") is None


async def test_nothing_that_is_in_use_is_swept() -> None:
    made = await registered()
    await made.orders.enabling.enable(ADMIN, "openai", secret("platform"))
    made.pass_time(600)
    assert await made.sweep.sweep() == 0


async def test_a_tenant_leaves_with_its_keys_secrets_and_endpoints_after_a_crash_too() -> None:
    from services.registry.keys import WantedKey  # noqa: PLC0415 - beside its one use

    made = await registered(models=(Listed(native_id="ours"),))
    issued = await made.keys.issue(WantedKey(Role.TENANT_ADMIN, "acme", "a"))
    left = TenantOffboarded(tenant="acme", reason="left", actor="admin")
    made.ledger.__class__ = Failing
    made.ledger.fault = Unavailable("away")  # type: ignore[attr-defined]
    with pytest.raises(Unavailable):
        await made.orders.tenants.offboard(ADMIN, left)
    found = await made.keys.store.find(issued.key_id)
    assert found is not None
    assert (found.revoked, found.digest) == (True, "")
    assert (await made.secrets.store.find("acme/gpu")).credential is None
    made.ledger.fault = None  # type: ignore[attr-defined]
    await made.orders.tenants.offboard(ADMIN, left)
    for kind, name in (
        (Kind.TENANT, "acme"),
        (Kind.ENDPOINT, "acme/gpu"),
        (Kind.MODEL, "@acme/ours"),
        (Kind.OFFERING, "acme/gpu/ours"),
    ):
        assert await made.found(kind, name) is None
    assert await made.serving.find("acme/gpu") is None


async def test_a_tenant_of_the_same_name_finds_nothing_of_the_one_before() -> None:
    from routeyard.domain.events import TenantRegistered  # noqa: PLC0415 - beside its one use

    made = await registered(secret=None, details={"keyless": True})
    left = TenantOffboarded(tenant="acme", reason="left", actor="admin")
    await made.orders.tenants.offboard(ADMIN, left)
    await made.orders.tenants.create(ADMIN, TenantRegistered(tenant="acme", name="Other"))
    assert await made.found(Kind.ENDPOINT, "acme/gpu") is None


async def test_a_rehearsed_leaving_destroys_nothing() -> None:
    made = await registered()
    left = TenantOffboarded(tenant="acme", reason="left", actor="admin")
    await made.orders.tenants.offboard(ADMIN, left, Manner(is_dry_run=True))
    assert (await made.secrets.store.find("acme/gpu")).credential is not None


async def test_the_platform_enables_what_catalogs_list_and_disables_it() -> None:
    made = await house()
    assert not (await endpoint_of(made, "openai")).is_enabled
    await made.orders.enabling.enable(ADMIN, "openai", secret("sk-platform"))
    found = await endpoint_of(made, "openai")
    assert (found.is_enabled, found.credential) == (True, "1")
    held = (await made.secrets.store.find("openai")).credential
    assert held is not None
    assert (held.owner, held.host) == (None, "https://api.openai.com")
    assert await made.orders.enabling.disable(ADMIN, "openai", "over") is not None
    assert not (await endpoint_of(made, "openai")).is_enabled
    assert (await made.secrets.store.find("openai")).credential is None
    assert await made.orders.enabling.disable(ADMIN, "openai", "over") is None
    assert await made.orders.enabling.enable(ADMIN, "none", secret()) is None
    with pytest.raises(NotAllowed):
        await made.orders.enabling.enable(ACME, "openai", secret())


async def test_what_catalogs_list_is_not_changed_as_if_it_were_set_up_here() -> None:
    made = await house()
    with pytest.raises(InvalidRequest, match="catalogs"):
        await made.orders.endpoints.update(ADMIN, "openai", Given({}, secret()))
    with pytest.raises(InvalidRequest, match="catalogs"):
        await made.orders.endpoints.deregister(ADMIN, "openai", "r")
