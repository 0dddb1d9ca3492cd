"""Whose rows a transaction may touch, as the policies in the database are told.

Conditions in the SELECTs are the first wall between tenants, and see to what is right at a
revision. The policies (`walls`) are the second: they hold where a condition is forgotten. A scope
is one setting that ends with its transaction; a transaction without it sees no rows.
"""

from typing import NamedTuple

from routeyard.domain.errors import NotAllowed

SERVICE_ROLE = "routeyard_service"
PLATFORM_ROLE = "routeyard_platform"
EVERYBODY = "*"
TENANT_SETTING = "routeyard.scope"


class RowScope(NamedTuple):
    """A setting of PostgreSQL's, and what it is to be."""

    setting: str
    value: str


# The platform's own work: the ledger, the relay, keys, and what operators look at. As a role its
# statements are planned without a condition; as a condition it made commits three times as slow.
PLATFORM = RowScope("role", PLATFORM_ROLE)
# The connection's own role again.
ITSELF = RowScope("role", "none")
# What needs no rows of anybody.
NOBODY = RowScope(TENANT_SETTING, "")
# What the tables' owner says before it changes rows. It means nothing to other roles.
OWNER = RowScope(TENANT_SETTING, EVERYBODY)


def scope_of(tenant: str | None) -> RowScope:
    """What is a tenant's own and everybody's; None is the platform.

    Raises:
        NotAllowed: no tenant can be called that.
    """
    if tenant is None:
        return PLATFORM
    if tenant in ("", EVERYBODY):
        raise NotAllowed(f"{tenant!r} is no tenant; ask your administrator for a new key.")
    return RowScope(TENANT_SETTING, tenant)
