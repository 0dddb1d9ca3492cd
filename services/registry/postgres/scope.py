"""Whose rows a transaction may touch, as the policies in the database are told.

Conditions in the SELECTs are the first wall between tenants, and see to what is right at a
revision. The policies (`walls`) are the second: they hold where a condition is forgotten. Both
go by this one setting, which ends with its transaction; a transaction without it sees no rows.
"""

from typing import NamedTuple

from routeyard.domain.errors import NotAllowed

SETTING = "routeyard.scope"
EVERYBODY = "*"


class RowScope(NamedTuple):
    """What the setting is: `*`, or a tenant's id."""

    setting: str


# The platform's own work: the ledger, the relay, keys, and what operators look at.
PLATFORM = RowScope(EVERYBODY)


def scope_of(tenant: str | None) -> RowScope:
    """What is a tenant's own and everybody's; None is the platform.

    Raises:
        NotAllowed: no tenant can be called that.
    """
    if tenant is None:
        return PLATFORM
    if tenant in ("", EVERYBODY):
        raise NotAllowed(f"{tenant!r} is no tenant; ask your administrator for a new key.")
    return RowScope(tenant)
