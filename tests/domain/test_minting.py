"""What is minted is never more than the minter: over every caller and every wanted key."""

from itertools import product

from routeyard.domain.keys import TENANT_ROLES, may_mint
from routeyard.domain.tenancy import Principal, Role, Scope

TENANTS, PROJECTS = ("acme", "beta"), ("web", "search")
ADMINS = {Role.PLATFORM_ADMIN, Role.TENANT_ADMIN}
# Those that make no sense are among them: a service of one tenant, a project of nobody.
KEYS = [*product(Role, (None, "", *TENANTS), (None, *PROJECTS))]
PAIRS = [*product(KEYS, KEYS)]
Key = tuple[Role, str | None, str | None]
Power = tuple[str, str | None, str | None]


def powers(role: Role, tenant: str | None, project: str | None) -> set[Power]:
    """All that a key can do, said apart from the rule under test: (what, at tenant, in project)."""
    is_platforms = role not in TENANT_ROLES
    places = [
        (t, p)
        for t, p in product(TENANTS, (None, *PROJECTS))
        if is_platforms or (t == tenant and project in (None, p))
    ]
    found: set[Power] = {("use", *place) for place in places}
    if role in ADMINS:
        found |= {("administer", *place) for place in places}
    if is_platforms:
        found.add(("operate", None, None))
    if role is Role.PLATFORM_ADMIN:
        found.add(("administer", None, None))
    return found


def may(minter: Key, wanted: Key) -> bool:
    role, tenant, project = minter
    scope = Scope(tenant=tenant, project=project, key="k")
    return may_mint(Principal(role=role, scope=scope), *wanted)


def test_what_is_minted_can_do_no_more_than_its_minter() -> None:
    for minter, wanted in PAIRS:
        if may(minter, wanted):
            assert minter[0] in ADMINS, (minter, wanted)
            assert powers(*wanted) <= powers(*minter), (minter, wanted)


def test_admins_may_mint_whatever_is_within_their_powers() -> None:
    for minter, wanted in PAIRS:
        is_sound = (wanted[0] in TENANT_ROLES) == (wanted[1] in TENANTS)
        if minter[0] in ADMINS and is_sound and powers(*wanted) <= powers(*minter):
            assert may(minter, wanted), (minter, wanted)


def test_a_tenants_admin_mints_keys_of_tenants_only() -> None:
    minted = {
        wanted for minter, wanted in PAIRS if minter[0] in TENANT_ROLES and may(minter, wanted)
    }
    assert minted
    assert {role for role, _, _ in minted} == TENANT_ROLES


def test_a_tenants_key_without_a_tenant_mints_nothing() -> None:
    for minter, wanted in PAIRS:
        if minter[0] in TENANT_ROLES and minter[1] is None:
            assert not may(minter, wanted)
