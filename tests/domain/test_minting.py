"""What is minted is never more than the minter: over every caller and every wanted key."""

from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.keys import TENANT_ROLES, may_mint
from routeyard.domain.tenancy import Principal, Role, Scope

TENANTS, PROJECTS = ("acme", "beta"), (None, "web", "search")
ADMINS = {Role.PLATFORM_ADMIN, Role.TENANT_ADMIN}
Power = tuple[str, str | None, str | None]


def powers(role: Role, tenant: str | None, project: str | None) -> set[Power]:
    """All that a key can do, said apart from the rule under test: (what, at tenant, in project)."""
    is_platforms = role not in TENANT_ROLES
    places = [
        (t, p)
        for t in TENANTS
        for p in PROJECTS
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


def holders() -> st.SearchStrategy[tuple[Role, str | None, str | None]]:
    of_tenants = st.tuples(
        st.sampled_from(sorted(TENANT_ROLES)), st.sampled_from(TENANTS), st.sampled_from(PROJECTS)
    )
    platforms = st.tuples(
        st.sampled_from([Role.PLATFORM_ADMIN, Role.SERVICE]), st.none(), st.none()
    )
    return of_tenants | platforms


def caller(role: Role, tenant: str | None, project: str | None) -> Principal:
    return Principal(role=role, scope=Scope(tenant=tenant, project=project, key="k"))


@given(holders(), holders())
def test_what_is_minted_can_do_no_more_than_its_minter(
    minter: tuple[Role, str | None, str | None], wanted: tuple[Role, str | None, str | None]
) -> None:
    if may_mint(caller(*minter), *wanted):
        assert minter[0] in ADMINS
        assert powers(*wanted) <= powers(*minter)


@given(holders(), holders())
def test_admins_may_mint_whatever_is_within_their_powers(
    minter: tuple[Role, str | None, str | None], wanted: tuple[Role, str | None, str | None]
) -> None:
    if minter[0] in ADMINS and powers(*wanted) <= powers(*minter):
        assert may_mint(caller(*minter), *wanted)


@given(
    st.sampled_from(sorted(Role)),
    st.none() | st.just(""),
    holders(),
)
def test_a_tenants_key_without_a_tenant_mints_nothing(
    role: Role, tenant: str | None, wanted: tuple[Role, str | None, str | None]
) -> None:
    if role in TENANT_ROLES:
        assert not may_mint(caller(role, tenant, None), *wanted)
        assert not may_mint(caller(role, None, None), Role.TENANT_USER, None, None)
