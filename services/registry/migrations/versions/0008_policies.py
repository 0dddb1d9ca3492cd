"""A tenant's own routing policies are the tenant's to see."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

from services.registry.postgres.walls import raised

revision = "0008"
down_revision = "0007"
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
BEFORE = SEEN_BY.format(owned="'override', 'project'")
AFTER = SEEN_BY.format(owned="'override', 'project', 'policy'")
OFFERED = ["model", "endpoint", "price_input", "price_output"]
# What asks for the column by a policy of its own or within another table's.
ASKING = ("entity", "statement", "admin_audit")
POLICIES = ("platform", "tenant_sees", "tenant_writes", "owner_migrates")


def upgrade() -> None:
    _computed_as(AFTER)


def downgrade() -> None:
    _computed_as(BEFORE)


def _computed_as(expression: str) -> None:
    """A computed column cannot be changed before PostgreSQL 17: it is made anew."""
    for table in ASKING:
        for name in POLICIES:
            op.execute(f"DROP POLICY IF EXISTS {name} ON {table}")
    op.drop_index("ix_entity_offered", table_name="entity")
    op.drop_index("ix_entity_offered_then", table_name="entity")
    op.drop_column("entity", "seen_by")
    op.add_column(
        "entity",
        sa.Column("seen_by", sa.Text(collation="C"), sa.Computed(expression, persisted=True)),
    )
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
    for table in ASKING:
        for statement in raised(table):
            op.execute(statement)
