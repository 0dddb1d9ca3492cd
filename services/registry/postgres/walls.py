"""The second wall between tenants: which rows of each table a scope sees, as PostgreSQL's policies.

Every table stands here, or in OPEN with the reason. Migrations write walls out, so that what they
do never changes: one that makes a table puts up its wall, and a change here comes with one that
puts up the wall anew (`raised` has the statements). A test holds the database to what stands here.

What is said of a row has to hold for as long as the row does: a row is seen by whoever could see
it at any time while it held. At which revision somebody looks is the SELECTs' affair (`sight`).
"""

from typing import NamedTuple

from services.registry.postgres.scope import (
    EVERYBODY,
    PLATFORM_ROLE,
    SERVICE_ROLE,
    TENANT_SETTING,
)

# Evaluated once for a statement, not for each row. Unset is NULL, and empty once it was set.
SCOPE = f"(SELECT current_setting('{TENANT_SETTING}', true))"

_IS_TENANT = f"{SCOPE} NOT IN ('', '{EVERYBODY}')"


class Wall(NamedTuple):
    """What may be done with a table, and which rows are a tenant's.

    `platform` is what the platform may do, as GRANT takes it, with any row. `seen` is the
    condition for rows that a tenant's transaction sees, `written` for those that it may write;
    without them, it may not touch the table.
    """

    platform: str
    seen: str | None = None
    written: str | None = None


def _meets(one: str, other: str) -> str:
    """Two rows held at the same time."""
    return (
        f"({other}.to_revision IS NULL OR {one}.from_revision < {other}.to_revision) "
        f"AND ({one}.to_revision IS NULL OR {one}.to_revision > {other}.from_revision)"
    )


# Not IN: that would make an array of both for each row.
_OWN_OR_PUBLIC = f"(seen_by = '{EVERYBODY}' OR seen_by = {SCOPE})"


# What the body says of itself, and for an offering its endpoint as well. Nearly all endpoints are
# everybody's for as long as they are there: those are found in a hash. For the others a function
# is asked, which the planner takes for cheap: a subquery, though hardly ever run, made it choose
# plans for its sake, as a CASE did, of which it knows nothing.
_REACHED = "is_reached({}, from_revision, to_revision)"
# The platform's own models, of which nobody outside knows, are seen where one is offered. Other
# models of nobody's own are public knowledge, whoever serves them.
_HOUSE_MODEL = (
    "kind IN ('model', 'release') AND starts_with(id, '@/') AND NOT "
    "is_offered(CASE WHEN kind = 'model' THEN id ELSE model END, from_revision, to_revision)"
)
_ENTITY = (
    f"{_OWN_OR_PUBLIC} AND (kind <> 'offering' "
    "OR endpoint IN (SELECT a.endpoint FROM endpoint_audience a WHERE a.is_lasting) "
    f"OR {_REACHED.format('endpoint')}) AND NOT ({_HOUSE_MODEL}) "
    f"OR kind = 'endpoint' AND seen_by IS NULL AND {_REACHED.format('id')}"
)
# The entity spoken of is seen (its own wall is asked), and it is not said under the name of an
# endpoint that is not. What ends a tenant's own rule is said at the revision at which it ends.
_STATEMENT = (
    "EXISTS (SELECT FROM entity e WHERE e.kind = statement.kind AND e.id = statement.entity "
    f"AND ({_meets('e', 'statement')} OR (e.kind IN ('override', 'project', 'policy') "
    "AND e.to_revision = statement.from_revision))) "
    "AND NOT is_said_elsewhere(native, from_revision, to_revision)"
)
# Who changed what is told of what is the tenant's own (its record is kept by the platform), and of
# what was done with its keys, which have a wall of their own.
_ITS_OWN = " OR ".join(
    [
        *(
            f"EXISTS (SELECT FROM entity e WHERE e.{side} = admin_audit.revision "
            f"AND e.seen_by = {SCOPE} AND e.kind <> 'tenant')"
            for side in ("from_revision", "to_revision")
        ),
        "actor IN (SELECT k.key_id FROM api_key k)",
    ]
)
_ENDPOINT_NOW = (
    "endpoint IN (SELECT a.endpoint FROM endpoint_audience a WHERE a.to_revision IS NULL)"
)

WALLS = {
    "admin_audit": Wall("SELECT, INSERT", _ITS_OWN),
    "api_key": Wall("SELECT, INSERT, UPDATE", f"tenant = {SCOPE}"),
    "consumed": Wall("SELECT, INSERT, UPDATE"),
    # Kept by a trigger, which acts for the tables' owner.
    "endpoint_audience": Wall("SELECT", _OWN_OR_PUBLIC),
    # Sealed, and for nobody to read but the process that dials.
    "endpoint_secret": Wall("SELECT, INSERT, UPDATE"),
    # What tenants declare is shown as what it comes to: offerings and models.
    "endpoint_serving": Wall("SELECT, INSERT, UPDATE, DELETE"),
    "entity": Wall("SELECT, INSERT, UPDATE (to_revision)", _ENTITY),
    # How far the graph is, is no secret.
    "head": Wall("SELECT, UPDATE", "true"),
    "health": Wall("SELECT, INSERT, UPDATE, DELETE", _ENDPOINT_NOW),
    "health_change": Wall("SELECT, INSERT", _ENDPOINT_NOW),
    # Sealed answers, kept under a name that the door gives them.
    "idempotency": Wall("SELECT, INSERT, UPDATE, DELETE"),
    "inbox": Wall("SELECT, INSERT", f"coalesce(body ->> 'tenant', body ->> 'owner') = {SCOPE}"),
    "key_event": Wall("SELECT, INSERT", f"tenant = {SCOPE}"),
    # A letter may quote anything.
    "letter": Wall("SELECT, INSERT, UPDATE (replayed_at)"),
    "moment": Wall("SELECT, INSERT", "true"),
    # A delta tells of every tenant.
    "outbox": Wall("SELECT, INSERT, UPDATE (published_at)"),
    # What servers say, before anything of it is taken over.
    "probe_result": Wall("SELECT, INSERT, DELETE"),
    "statement": Wall("SELECT, INSERT, UPDATE (to_revision), DELETE", _STATEMENT),
}
# The tables without a wall, and why that is right.
OPEN = {"alembic_version": "it holds the schema's revision and nothing else"}
_POLICIES = ("platform", "tenant_sees", "tenant_writes", "owner_migrates")


def raised(table: str) -> list[str]:
    """The statements that put up a table's wall, or the wall as it is now in an older one's place.

    The owner stands before it as everybody else does, until it says that it migrates.
    """
    wall = WALLS[table]
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        *(f"DROP POLICY IF EXISTS {name} ON {table}" for name in _POLICIES),
        f"REVOKE ALL ON TABLE {table} FROM PUBLIC, {SERVICE_ROLE}, {PLATFORM_ROLE}",
        _all_rows(table, "owner_migrates", "CURRENT_USER", f"{SCOPE} = '{EVERYBODY}'"),
        _all_rows(table, "platform", PLATFORM_ROLE, "true"),
        f"GRANT {wall.platform} ON TABLE {table} TO {PLATFORM_ROLE}",
        *_for_tenants(table, wall),
    ]


def _for_tenants(table: str, wall: Wall) -> list[str]:
    made = []
    if wall.seen is not None:
        seen = f"{_IS_TENANT} AND ({wall.seen})"
        made += [
            f"CREATE POLICY tenant_sees ON {table} FOR SELECT TO {SERVICE_ROLE} USING ({seen})",
            f"GRANT SELECT ON TABLE {table} TO {SERVICE_ROLE}",
        ]
    if wall.written is not None:
        written = f"{_IS_TENANT} AND ({wall.written})"
        made += [
            _all_rows(table, "tenant_writes", SERVICE_ROLE, written),
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE {table} TO {SERVICE_ROLE}",
        ]
    return made


def _all_rows(table: str, name: str, role: str, condition: str) -> str:
    return f"CREATE POLICY {name} ON {table} TO {role} USING ({condition}) WITH CHECK ({condition})"
