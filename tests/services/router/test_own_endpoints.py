"""Endpoints that are somebody's: for those they are for, and for others as if there were none."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from routeyard.domain.catalog import Endpoint, Mode, Model, Offering
from routeyard.domain.claims import EntityRef
from routeyard.domain.errors import InvalidRequest, RouteyardError
from routeyard.domain.graph import ENTITY_TYPES, Graph, Op, after, canonical, load, put, remove
from routeyard.domain.keys import Pepper
from routeyard.domain.resolution import Resolution
from routeyard.domain.tenancy import Principal, Role, Scope, Tenant
from services.router.current import Current
from services.router.resolve_api import ResolveApi
from tests.builders import at

PUBLIC, PRIVATE, INHOUSE = "openai/gpt-4o", "@acme/contracts", "@/inhouse"
URL = "https://gpu.example/v1"


def facts() -> list[Any]:
    """A public endpoint, acme's own, and one of the platform's for acme and beta."""
    return [
        *(Tenant(id=name, name=name) for name in ("acme", "beta", "gamma")),
        Endpoint(id="openai", provider="openai", url=URL, credential="1"),
        Endpoint(id="acme/gpu", provider="@acme", url=URL, credential="1", owner="acme"),
        Endpoint(id="pool", provider="pool", url=URL, keyless=True, dedicated_to=("acme", "beta")),
        model(PUBLIC),
        model(PRIVATE, owner="acme", capabilities={"house_style": 1.0}),
        model(INHOUSE),
        *(offering("openai", PUBLIC), offering("acme/gpu", PUBLIC), offering("acme/gpu", PRIVATE)),
        *(offering("pool", PUBLIC), offering("pool", INHOUSE)),
    ]


def model(name: str, **more: Any) -> Model:
    fields: dict[str, Any] = {"capabilities": {"tool_use": 1.0}, **more}
    return Model(id=name, provider=name.split("/", maxsplit=1)[0], mode=Mode.CHAT, **fields)


def offering(endpoint: str, name: str) -> Offering:
    return Offering(
        id=f"{endpoint}/{name}",
        endpoint=endpoint,
        model=name,
        release=f"{name}@undated",
        native_id=name,
        owner="acme" if endpoint.startswith("acme/") else None,
    )


def op(entity: Any) -> Op:
    return put(ref(entity), canonical(entity))


def ref(entity: Any) -> EntityRef:
    (kind,) = (kind for kind, type_ in ENTITY_TYPES.items() if type_ is type(entity))
    return EntityRef(kind, entity.id)


class Asked:
    """A router, and what it tells callers."""

    def __init__(self) -> None:
        self.graph: Graph = load("e", 1, tuple(op(each) for each in facts()))
        self.current = Current("here")
        self.current.take_graph(self.graph, None)

    def change(self, *ops: Op) -> None:
        """As the log tells of it: the snapshot is patched, not made anew."""
        self.graph = after(self.graph, self.graph.revision + 1, ops)
        self.current.take_graph(self.graph, ops)

    def ask(self, who: str | None, /, **body: Any) -> Resolution:
        role = Role.TENANT_USER if who else Role.SERVICE
        principal = Principal(role=role, scope=Scope(tenant=who, key="k"))
        api = ResolveApi(self.current, Pepper(b"p" * 16), "here")
        return api.answer(
            msgspec.json.encode({"explain": True, **body}), principal, at()
        ).resolution

    def told(self, who: str | None, /, **body: Any) -> str:
        """All that it tells, the refusal too."""
        try:
            return msgspec.json.encode(self.ask(who, **body)).decode()
        except RouteyardError as fault:
            return fault.message


@pytest.fixture
def router() -> Asked:
    return Asked()


def chain(answer: Resolution) -> set[str]:
    return {each.offering for each in (answer.chosen, *answer.fallbacks) if each is not None}


SEES = {
    "acme": {f"openai/{PUBLIC}", f"acme/gpu/{PUBLIC}", f"acme/gpu/{PRIVATE}"},
    "beta": {f"openai/{PUBLIC}"},
    "gamma": {f"openai/{PUBLIC}"},
    None: {f"openai/{PUBLIC}"},
}
POOL = {f"pool/{PUBLIC}", f"pool/{INHOUSE}"}


@pytest.mark.parametrize("tenant", SEES)
def test_each_tenant_is_answered_over_what_is_its_own_dedicated_to_it_or_public(
    router: Asked, tenant: str | None
) -> None:
    sees = SEES[tenant] | (POOL if tenant in ("acme", "beta") else set())
    everything = router.ask(tenant, require={"callable": True})
    assert everything.considered == everything.eligible == len(sees)
    none = router.ask(tenant, require={"min_context": 1_000_000})
    assert {each.offering for each in none.rejections} == sees
    assert sum(none.rejected_for.values()) == len(sees)
    assert chain(router.ask(tenant, models=[PUBLIC])) == {s for s in sees if s.endswith(PUBLIC)}


@pytest.mark.parametrize(
    ("tenant", "name"),
    [
        *((tenant, name) for tenant in ("beta", "gamma", None) for name in (PRIVATE, "acme/gpu")),
        *(("gamma", name) for name in (INHOUSE, f"pool/{INHOUSE}", f"pool/{PUBLIC}")),
        ("beta", f"{PRIVATE}@undated"),
        ("beta", f"acme/gpu/{PUBLIC}"),
    ],
)
def test_what_is_anothers_is_answered_as_what_is_none(
    router: Asked, tenant: str | None, name: str
) -> None:
    told = router.told(tenant, models=[name]).replace(name, "it")
    absent = f"{name[:-1]}~"
    assert told == router.told(tenant, models=[absent]).replace(absent, "it")
    assert "gpu" not in told.replace("gpu.example", "")


@pytest.mark.parametrize("tenant", ["beta", "gamma", None])
def test_nothing_that_is_told_names_anothers(router: Asked, tenant: str | None) -> None:
    bodies: list[dict[str, Any]] = [
        {},
        {"models": ["@acne/contracts"]},
        {"models": ["openai/gpt-4"]},
        {"require": {"capabilities": ["house_styl"]}},
        {"require": {"capabilities": ["house_style"]}},
        {"require": {"min_context": 1_000_000}},
    ]
    for body in bodies:
        told = router.told(tenant, **body)
        assert not [name for name in ("acme/", "@acme", 'gpu"') if name in told]
        if tenant != "beta":
            assert "pool" not in told


def test_what_only_anothers_model_can_do_is_unheard_of(router: Asked) -> None:
    wanted = {"require": {"capabilities": ["house_style"]}}
    assert chain(router.ask("acme", **wanted)) == {f"acme/gpu/{PRIVATE}"}
    for tenant in ("beta", "gamma", None):
        with pytest.raises(InvalidRequest, match="No capability"):
            router.ask(tenant, **wanted)


def test_whom_it_is_for_changes_from_one_answer_to_the_next(router: Asked) -> None:
    pool = next(each for each in facts() if each.id == "pool")
    router.change(op(structs.replace(pool, dedicated_to=("gamma",))))
    for tenant, is_seen in (("acme", False), ("beta", False), ("gamma", True), (None, False)):
        assert ("pool" in router.told(tenant)) == is_seen
    router.change(op(structs.replace(pool, dedicated_to=())))
    assert all("pool" in router.told(tenant) for tenant in ("acme", "beta", "gamma", None))


def test_an_endpoint_that_is_gone_is_chosen_for_nobody_and_its_model_unheard_of(
    router: Asked,
) -> None:
    gone = [each for each in facts() if "acme/gpu" in each.id or each.id == PRIVATE]
    router.change(*(remove(ref(each)) for each in gone))
    assert "acme/gpu" not in router.told("acme")
    with pytest.raises(InvalidRequest):
        router.ask("acme", models=[PRIVATE])


def test_without_a_secret_that_is_set_it_is_not_callable(router: Asked) -> None:
    own = next(each for each in facts() if each.id == "acme/gpu")
    router.change(op(structs.replace(own, credential=None)))
    answer = router.ask("acme", models=[PRIVATE], require={"callable": True})
    assert answer.chosen is None
    assert answer.rejected_for["not_callable"] == 2


def test_a_service_asks_for_a_tenant_as_the_tenant_does(router: Asked) -> None:
    as_tenant = router.ask("acme", models=[PUBLIC])
    as_service = router.ask(None, models=[PUBLIC], tenant="acme")
    assert (as_service.considered, chain(as_service)) == (as_tenant.considered, chain(as_tenant))
