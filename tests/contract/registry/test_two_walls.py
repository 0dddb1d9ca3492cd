"""Each wall between tenants holds without the other, and on connections that tenants share."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import RouteyardError, Unavailable
from routeyard.domain.events import PlatformOverridden, TenantOverridden, TenantRegistered
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.scopes import EVERYONE
from routeyard.domain.tenancy import Scope, TargetKind
from services.registry.ledger import Batch
from services.registry.postgres import engine as engine_module
from services.registry.postgres import history, provenance, sight
from services.registry.postgres.engine import connect, driver_url, transaction
from services.registry.postgres.health import PostgresHealth
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.reads import PostgresReading, PostgresReads
from services.registry.postgres.scope import PLATFORM, RowScope, scope_of
from services.registry.reads import Viewer, Wanted
from tests.builders import NOON, endpoint, event, released, source
from tests.components.databases import give

ROUNDS = 200
TENANTS = ("acme", "beta")
OPERATOR = "operator"
# What each tenant calls its own; nothing of the other's may ever name it.
SECRET = {"acme": "amber", "beta": "birch"}
ANYTHING = Wanted()


def facts() -> list[list[object]]:
    """Everybody's, and for each tenant something of every kind that it may own."""
    steps: list[list[object]] = [
        [
            event(source("dev", 50), id="s", source=OPERATOR),
            event(endpoint("openai"), id="e"),
            event(released("openai", "gpt-4o", context=1000), id="m"),
        ]
    ]
    for tenant, secret in SECRET.items():
        own = f"{secret}-gpu"
        steps += [
            [
                event(
                    TenantRegistered(tenant=tenant, name=secret), id=f"t {tenant}", source=OPERATOR
                )
            ],
            [
                event(endpoint(own, provider="openai"), id=f"e {tenant}"),
                event(released("openai", f"{secret}-1", endpoint=own), id=f"m {tenant}"),
                event(released("openai", "gpt-4o", endpoint=own), id=f"g {tenant}"),
            ],
            [event(rule(tenant, secret), id=f"o {tenant}", source=OPERATOR)],
        ]
    return steps


def joined(tenant: str, secret: str) -> TenantRegistered:
    return TenantRegistered(tenant=tenant, name=secret)


def rule(tenant: str, secret: str) -> TenantOverridden:
    return TenantOverridden(
        tenant=tenant,
        name=f"{secret}-rule",
        kind=OverrideKind.DENY,
        target_kind=TargetKind.MODEL,
        target="openai/gpt-4o",
        reason=secret,
        actor=f"jo@{secret}",
    )


@pytest.fixture
async def filled(engine: AsyncEngine, database: str) -> AsyncEngine:
    for step in facts():
        actor = next((s for s in SECRET.values() if s in repr(step)), "kafka")
        await PostgresLedger(engine).record(Batch(step, actor=actor, reason="r"))  # type: ignore[arg-type]
    states = [
        EndpointHealth(
            endpoint=f"{secret}-gpu",
            zone="any",
            state=HealthState.HEALTHY,
            observed_at=NOON,
            since=NOON,
            expires_at=NOON,
            reason=secret,
        )
        for secret in SECRET.values()
    ]
    await PostgresHealth(engine).update(states, [])
    for tenant, secret in SECRET.items():
        give(database, f"{secret}-gpu", tenant)
        with psycopg.connect(database) as connection:
            # Nobody states yet whose a private model is.
            connection.execute(
                "UPDATE entity SET body = (body::jsonb || jsonb_build_object('owner', %s::text))"
                "::text WHERE kind IN ('model', 'release', 'offering') AND id LIKE %s",
                (tenant, f"%{secret}%"),
            )
    return engine


async def told(reading: PostgresReading) -> str:
    """All that can be asked, side by side as a query's fields ask it."""
    head = await reading.head()
    refs = [EntityRef(kind, id_) for kind in Kind for id_ in ids(kind)]
    answers: Sequence[object] = await asyncio.gather(
        *(reading.page(kind, ANYTHING, 100, None) for kind in Kind),
        *(reading.page(kind, ANYTHING, 100, None, at=at) for kind in Kind for at in (1, 3)),
        *(reading.page(Kind.MODEL, Wanted(search=word), 9, None) for word in ("amber", "birch")),
        reading.pages(Kind.OFFERING, "model", ["openai/gpt-4o"], 9, head.revision),
        reading.pages(Kind.OFFERING, "endpoint", ["amber-gpu", "birch-gpu"], 9, head.revision),
        reading.entities(refs, head.revision),
        reading.differences((1, head.revision), None, 100, None),
        *(reading.versions(ref, 9, None) for ref in refs),
        reading.counts(),
        reading.capabilities(),
        reading.health(["amber-gpu", "birch-gpu"]),
        *(reading.health_history(f"{secret}-gpu", 9) for secret in SECRET.values()),
    )
    said = await reading.statements([r for r in refs if r.id == "openai/gpt-4o"], head.revision)
    # What was asked for comes back as the keys of empty answers.
    return json.dumps([repr(each) for each in (*answers, [*said.values()])])


def ids(kind: Kind) -> list[str]:
    own = [f"{secret}-gpu" for secret in SECRET.values()]
    found = {
        Kind.ENDPOINT: own,
        Kind.OFFERING: [f"{each}/gpt-4o" for each in own],
        Kind.MODEL: ["openai/gpt-4o", *(f"openai/{secret}-1" for secret in SECRET.values())],
        Kind.TENANT: [*TENANTS],
        Kind.OVERRIDE: [f"{tenant}/{secret}-rule" for tenant, secret in SECRET.items()],
    }
    return found.get(kind, [])


def leaks(answer: str, tenant: str) -> bool:
    """Whether another's secret is in an answer, apart from questions that it repeats."""
    other = next(secret for name, secret in SECRET.items() if name != tenant)
    for asked in (f"'{other}-gpu': Page(items=[]", f"'{other}-gpu': []"):
        answer = answer.replace(asked, "")
    return other in answer


async def hold(reads: PostgresReads) -> None:
    for tenant in TENANTS:
        async with reads.open(Viewer(tenant)) as reading:
            answer = await told(reading)
        assert SECRET[tenant] in answer
        assert not leaks(answer, tenant)
    async with reads.open(Viewer(None)) as reading:
        answer = await told(reading)
    assert all(leaks(answer, tenant) for tenant in TENANTS)


def without_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the first wall down."""
    for module in (sight, history):
        monkeypatch.setattr(module, "tenant_sees", lambda *_: "true")
    monkeypatch.setattr(provenance, "_NOT_ABOUT_OTHERS", "")


async def test_both_walls_hold(filled: AsyncEngine) -> None:
    await hold(PostgresReads(filled))


async def test_the_policies_hold_without_the_conditions(
    filled: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_conditions(monkeypatch)
    await hold(PostgresReads(filled))


async def test_the_conditions_hold_without_the_policies(filled: AsyncEngine, database: str) -> None:
    unwalled = connect(database)
    await hold(PostgresReads(unwalled))
    await unwalled.dispose()


async def test_with_neither_wall_everything_would_be_told(
    filled: AsyncEngine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the tests above can fail."""
    without_conditions(monkeypatch)
    unwalled = connect(database)
    async with PostgresReads(unwalled).open(Viewer("acme")) as reading:
        assert leaks(await told(reading), "acme")
    await unwalled.dispose()


@pytest.fixture(params=[1, 2])
async def narrow(
    filled: AsyncEngine, ledger_database: str, request: pytest.FixtureRequest
) -> AsyncIterator[AsyncEngine]:
    """A pool of one connection, or two, and not one more."""
    pool = create_async_engine(driver_url(ledger_database), pool_size=request.param, max_overflow=0)
    yield pool
    await pool.dispose()


async def glance(reads: PostgresReads, tenant: str) -> str:
    async with reads.open(Viewer(tenant)) as reading:
        refs = [
            EntityRef(kind, id_) for kind in (Kind.ENDPOINT, Kind.OVERRIDE) for id_ in ids(kind)
        ]
        found = await asyncio.gather(
            *(reading.page(kind, ANYTHING, 100, None) for kind in (Kind.MODEL, Kind.OFFERING)),
            reading.entities(refs, (await reading.head()).revision),
            reading.page(Kind.OVERRIDE, ANYTHING, 9, None),
        )
    return repr(found)


async def test_tenants_that_share_a_connection_never_see_one_another(
    narrow: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_conditions(monkeypatch)
    reads = PostgresReads(narrow)
    for _ in range(ROUNDS):
        answers = await asyncio.gather(
            *(glance(reads, tenant) for tenant in TENANTS), PostgresLedger(narrow).head()
        )
        for tenant, answer in zip(TENANTS, answers[:2], strict=True):
            assert SECRET[tenant] in str(answer)
            assert not leaks(str(answer), tenant)


async def fail(pool: AsyncEngine, scope: RowScope, statement: str) -> None:
    async with transaction(pool, scope) as connection:
        assert (await connection.execute(text("SELECT FROM entity"))).all()
        await connection.execute(text(statement))


async def test_after_a_failure_the_next_user_of_a_connection_has_no_scope(
    narrow: AsyncEngine,
) -> None:
    for scope in (PLATFORM, scope_of("acme")):
        for bad in ("SELECT 1 / 0", "SELECT FROM nothing", "SELECT pg_terminate_backend(1 / 0)"):
            with pytest.raises(DBAPIError):
                await fail(narrow, scope, bad)
        async with narrow.connect() as connection:
            found = await connection.execute(
                text("SELECT current_user = session_user, current_setting('routeyard.scope', true)")
            )
            is_itself, left = found.one()
            assert is_itself
            assert left in {None, ""}
            assert not (await connection.execute(text("SELECT FROM entity"))).all()


async def test_a_look_whose_scope_was_not_taken_asks_nothing(
    filled: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is cut between its first word and its first question."""

    async def cut(*_: object) -> None:
        raise psycopg.OperationalError("cut")

    async with PostgresReads(filled).open(Viewer("acme")) as reading:
        with monkeypatch.context() as patched:
            patched.setattr("services.registry.postgres.look.enter", cut)
            with pytest.raises(Unavailable):
                await reading.page(Kind.MODEL, ANYTHING, 9, None)
        assert len((await reading.page(Kind.ENDPOINT, ANYTHING, 9, None)).items) == 2


async def test_what_applies_to_a_tenant_is_worked_out_on_the_looks_own_connection(
    narrow: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_all = PlatformOverridden(
        name="for-all",
        kind=OverrideKind.DENY,
        target_kind=TargetKind.MODEL,
        target="openai/gpt-4o",
        reason="r",
        actor="a",
    )
    await PostgresLedger(narrow).record(Batch([event(for_all, id="all", source=OPERATOR)]))
    without_conditions(monkeypatch)
    reads = PostgresReads(narrow)

    async def asked(tenant: str) -> str:
        async with reads.open(Viewer(tenant)) as reading:
            before = await reading.page(Kind.OVERRIDE, ANYTHING, 9, None)
            beside = [reading.page(Kind.OVERRIDE, ANYTHING, 9, None) for _ in range(3)]
            around, pages = await asyncio.gather(
                reading.tenancy(Scope(tenant=tenant)), asyncio.gather(*beside)
            )
            assert around is not None
            assert [rule.name for rule in around.rules[EVERYONE]] == ["for-all"]
            # What the tenant may list is no more after it, nor beside it.
            after = await reading.page(Kind.OVERRIDE, ANYTHING, 9, None)
            assert [page.items for page in (*pages, after)] == [before.items] * 4
            return repr(before)

    for _ in range(20):
        answers = await asyncio.gather(*(asked(tenant) for tenant in TENANTS))
        for tenant, answer in zip(TENANTS, answers, strict=True):
            assert "for-all" not in answer
            assert not leaks(answer, tenant)


@pytest.mark.parametrize("fault", [ValueError("no such kind"), asyncio.CancelledError()])
async def test_a_look_that_fails_with_the_platforms_eyes_is_over(
    narrow: AsyncEngine, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    async def failing(*_: object) -> None:
        raise fault

    monkeypatch.setattr("services.registry.postgres.reads.tenancy.around", failing)
    without_conditions(monkeypatch)
    reads = PostgresReads(narrow)
    async with reads.open(Viewer("acme")) as reading:
        with pytest.raises(type(fault)):
            await reading.tenancy(Scope(tenant="acme"))
        with pytest.raises(Unavailable, match="is over"):
            await reading.page(Kind.OVERRIDE, ANYTHING, 9, None)
    async with reads.open(Viewer("acme")) as reading:
        assert not leaks(await told(reading), "acme")


INJECTED = [
    "'; SELECT set_config('role', 'routeyard_platform', true); --",
    "'); SET ROLE routeyard_platform; --",
    "x' OR set_config('routeyard.scope', 'beta', true) = 'beta' OR '1' = '",
    "$$; RESET ROLE; SELECT $$",
    "acme\n; SET LOCAL ROLE routeyard_platform",
    "*",
]


@pytest.mark.parametrize("value", INJECTED)
async def test_a_value_cannot_change_the_scope(filled: AsyncEngine, value: str) -> None:
    async with PostgresReads(filled).open(Viewer("acme")) as reading:
        at = (await reading.head()).revision
        await reading.page(Kind.MODEL, Wanted(search=value, provider=value, tenant=value), 9, None)
        await reading.page(Kind.OVERRIDE, Wanted(tenant=value), 9, None)
        await reading.entities([EntityRef(Kind.MODEL, value)], at)
        await reading.pages(Kind.OFFERING, "model", [value], 9, at)
        await reading.versions(EntityRef(Kind.OVERRIDE, value), 9, None)
        await reading.statements([EntityRef(Kind.MODEL, value)], at)
        await reading.health_history(value, 9)
        assert not leaks(await told(reading), "acme")
    try:
        async with PostgresReads(filled).open(Viewer(value)) as reading:
            answer = await told(reading)
    except RouteyardError:
        return
    assert leaks(answer, "acme") is leaks(answer, "beta") is False


def test_nobody_begins_a_transaction_without_saying_for_whom() -> None:
    with pytest.raises(TypeError, match="scope"):
        engine_module.transaction(create_async_engine("postgresql+psycopg://x/x"))  # type: ignore[call-arg]
