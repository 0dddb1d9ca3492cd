import os

import pytest

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.keys import Pepper
from routeyard.domain.tenancy import Role
from services.registry.bootstrap import SOURCES, Bootstrap, Plan
from services.registry.commands.sources import TYPES
from services.registry.keys import Keys
from tests.builders import NOON
from tests.fakes.keys import MemoryKeys
from tests.fakes.ledger import MemoryLedger


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def keys() -> Keys:
    return Keys(MemoryKeys(), Pepper(b"pepper"), lambda: NOON, os.urandom)


@pytest.fixture
def bootstrap(ledger: MemoryLedger, keys: Keys) -> Bootstrap:
    async def is_there(ref: EntityRef) -> bool:
        _, ops = await ledger.snapshot()
        return ref in {op.ref for op in ops}

    return Bootstrap(ledger, keys, is_there)


async def test_a_first_run_makes_sources_a_tenant_and_three_keys(
    bootstrap: Bootstrap, ledger: MemoryLedger, keys: Keys
) -> None:
    done = await bootstrap.run(Plan("acme"))
    assert (await ledger.sources()).keys() == SOURCES.keys()
    assert await bootstrap.is_there(EntityRef(Kind.TENANT, "acme"))
    seen = {name: await keys.authenticate({"x-api-key": key}) for name, key in done.keys.items()}
    assert {name: (who.role, who.scope.tenant) for name, who in seen.items()} == {
        "admin": (Role.PLATFORM_ADMIN, None),
        "service": (Role.SERVICE, None),
        "tenant": (Role.TENANT_ADMIN, "acme"),
    }


async def test_a_first_run_defines_the_capabilities(
    bootstrap: Bootstrap, ledger: MemoryLedger
) -> None:
    done = await bootstrap.run(Plan("acme"))

    _, ops = await ledger.snapshot()
    defined = {op.id for op in ops if op.kind is Kind.CAPABILITY}
    assert {"tool_use", "instruction_following", "multilingual"} <= defined
    # And the class that tenants are of by default, and the tenant.
    assert done.registered == len(SOURCES) + len(defined) + 2


async def test_a_second_run_adds_what_is_missing_and_shows_nothing(
    bootstrap: Bootstrap, ledger: MemoryLedger
) -> None:
    await bootstrap.run(Plan("acme"))
    again = await bootstrap.run(Plan("acme", has_dev_source=True))
    assert (again.registered, again.keys) == (1, {})
    dev = (await ledger.sources())["dev"]
    assert dev.rank == 70
    assert frozenset(dev.types) == TYPES
    assert not any(
        name.endswith(("source.registered.v1", "tenant.registered.v1")) for name in TYPES
    )


async def test_reissuing_ends_the_old_keys(bootstrap: Bootstrap, keys: Keys) -> None:
    first = await bootstrap.run(Plan("acme"))
    second = await bootstrap.run(Plan("acme", reissue=True))
    assert second.keys.keys() == first.keys.keys()
    for name in first.keys:
        assert first.keys[name] != second.keys[name]
    old = await keys.store.find(first.keys["admin"].split("_")[1])
    assert old is not None
    assert old.revoked


async def test_a_tenant_has_a_usable_name(bootstrap: Bootstrap) -> None:
    with pytest.raises(InvalidRequest, match="tenant must be"):
        await bootstrap.run(Plan("a/b"))
