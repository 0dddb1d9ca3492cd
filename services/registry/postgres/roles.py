"""Whom the services connect as: a role that the policies hold for."""

from sqlalchemy import Connection, text

from routeyard.domain.errors import InvalidSettings
from services.registry.postgres.scope import PLATFORM_ROLE, SERVICE_ROLE

# What the role is able to become counts as what it is. A superuser is a member of every role.
_FOUND = text(
    "SELECT current_user AS name, "
    "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser, "
    "EXISTS (SELECT FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls) "
    "AND pg_has_role(r.oid, 'MEMBER')) AS bypasses, "
    "EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') "
    "AND pg_has_role(c.relowner, 'MEMBER')) AS owns, "
    # NULL in a database server that was never migrated; the schema's check says so.
    "(SELECT pg_has_role(r.oid, 'USAGE') FROM pg_roles r WHERE r.rolname = :service) "
    "AS is_granted, "
    # To become it for a transaction is right; to be it at all times is a hole in the wall.
    "(SELECT pg_has_role(r.oid, 'USAGE') FROM pg_roles r WHERE r.rolname = :platform) "
    "AS is_platform"
)


def check(connection: Connection) -> None:
    """Refuse a role that the policies between tenants do not hold for.

    Raises:
        InvalidSettings: it is a superuser, bypasses row-level security, owns the tables, is
            the platform at all times, or may not use the tables.
    """
    found = connection.execute(_FOUND, {"service": SERVICE_ROLE, "platform": PLATFORM_ROLE}).one()
    if found.is_superuser:
        fault = "is a superuser"
    elif found.bypasses:
        fault = "bypasses row-level security, or is a member of a role that does"
    elif found.owns:
        fault = "owns the tables, or is a member of a role that does"
    elif found.is_platform:
        fault = f"inherits {PLATFORM_ROLE}"
    elif found.is_granted is False:
        fault = "may not use the tables"
    else:
        return
    raise InvalidSettings(
        f"The database role {found.name} {fault}; connect as a role of its own that was given "
        f"{SERVICE_ROLE} and nothing else (docs/guides/database.md)."
    )
