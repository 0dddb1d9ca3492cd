"""A tenant's own routing policies are the tenant's to see."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SEEN_BY = (
    "CASE WHEN kind IN ('provider', 'precision', 'capability') THEN '*' "
    "WHEN kind = 'tenant' THEN nullif(id, '*') "
    "WHEN kind IN ({owned}) THEN nullif(body::jsonb ->> 'tenant', '*') "
    "WHEN kind IN ('endpoint', 'offering', 'model', 'release') THEN "
    "CASE WHEN body::jsonb ->> 'owner' IS NOT NULL THEN nullif(body::jsonb ->> 'owner', '*') "
    "WHEN kind <> 'endpoint' OR coalesce(body::jsonb -> 'dedicated_to', 'null') IN ('null', '[]') "
    "THEN '*' END END"
)
# What ends a tenant's own is said at the revision at which it ends.
STATEMENT_SEEN = (
    "(SELECT current_setting('routeyard.scope', true)) NOT IN ('', '*') AND (EXISTS "
    "(SELECT FROM entity e WHERE e.kind = statement.kind AND e.id = statement.entity "
    "AND ((statement.to_revision IS NULL OR e.from_revision < statement.to_revision) "
    "AND (e.to_revision IS NULL OR e.to_revision > statement.from_revision) "
    "OR (e.kind IN ({owned}) AND e.to_revision = statement.from_revision))) "
    "AND NOT is_said_elsewhere(native, from_revision, to_revision))"
)
BEFORE, AFTER = "'override', 'project'", "'override', 'project', 'policy'"
OFFERED = ["model", "endpoint", "price_input", "price_output"]
# The walls that ask for the column, as they stand; they are put up again as they were.
ASKING = (
    "SELECT tablename, policyname, cmd, array_to_string(roles, ', ') AS roles, qual, with_check "
    "FROM pg_policies WHERE schemaname = current_schema() "
    "AND tablename IN ('entity', 'admin_audit') "
    "AND concat(qual, with_check) LIKE '%seen_by%'"
)


def upgrade() -> None:
    _owned(AFTER)


def downgrade() -> None:
    _owned(BEFORE)


def _owned(kinds: str) -> None:
    """Entities of these kinds are those of the tenant that their bodies name."""
    op.execute("DROP POLICY tenant_sees ON statement")
    _computed_as(SEEN_BY.format(owned=kinds))
    op.execute(
        "CREATE POLICY tenant_sees ON statement FOR SELECT TO routeyard_service "
        f"USING ({STATEMENT_SEEN.format(owned=kinds)})"
    )


def _computed_as(expression: str) -> None:
    """A computed column cannot be changed before PostgreSQL 17: it is made anew."""
    walls = op.get_bind().execute(sa.text(ASKING)).all()
    for wall in walls:
        op.execute(f"DROP POLICY {wall.policyname} ON {wall.tablename}")
    op.drop_index("ix_entity_offered", table_name="entity")
    op.drop_index("ix_entity_offered_then", table_name="entity")
    op.drop_column("entity", "seen_by")
    op.add_column(
        "entity",
        sa.Column("seen_by", sa.Text(collation="C"), sa.Computed(expression, persisted=True)),
    )
    _indexes()
    for wall in walls:
        using = f" USING ({wall.qual})" if wall.qual else ""
        checked = f" WITH CHECK ({wall.with_check})" if wall.with_check else ""
        made = f"CREATE POLICY {wall.policyname} ON {wall.tablename} FOR {wall.cmd}"
        # Conditions hold colons, which are no parameters.
        op.get_bind().exec_driver_sql(f"{made} TO {wall.roles}{using}{checked}")


def _indexes() -> None:
    op.create_index(
        "ix_entity_offered",
        "entity",
        OFFERED,
        postgresql_include=["id", "kind", "seen_by", "from_revision", "to_revision"],
        postgresql_where=sa.text("kind = 'offering' AND to_revision IS NULL"),
    )
    op.create_index(
        "ix_entity_offered_then",
        "entity",
        ["from_revision", "to_revision", *OFFERED],
        postgresql_include=["id", "kind", "seen_by"],
        postgresql_where=sa.text("kind = 'offering'"),
    )
