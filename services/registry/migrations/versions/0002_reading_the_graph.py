"""What the graph is filtered, searched and compared by: parsed bodies, words, and their indexes."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOC = "body::jsonb"
WORDS = (
    "array_to_tsvector(string_to_array(btrim(regexp_replace(lower(left("
    "((id || ' ') || coalesce(body::jsonb ->> 'name', '') || ' ' "
    "|| coalesce(body::jsonb ->> 'native_id', '')) COLLATE \"default\", 1000)), "
    "'[^[:alnum:]]+', ' ', 'g')), ' '))"
)


def upgrade() -> None:
    op.drop_index("ix_entity_of_model", table_name="entity")
    op.drop_index("ix_entity_at_endpoint", table_name="entity")
    op.add_column("entity", sa.Column("doc", postgresql.JSONB(), sa.Computed(DOC, persisted=True)))
    op.add_column(
        "entity", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True))
    )
    # A condition on to_revision is part of the key: the current version is found among many.
    op.create_index(
        "ix_entity_of_model",
        "entity",
        ["kind", sa.literal_column("(doc ->> 'model')"), "to_revision", "id"],
        postgresql_where=sa.text("kind IN ('offering', 'release')"),
    )
    op.create_index(
        "ix_entity_at_endpoint",
        "entity",
        [sa.literal_column("(doc ->> 'endpoint')"), "to_revision", "id"],
        postgresql_where=sa.text("kind = 'offering'"),
    )
    op.create_index(
        "ix_entity_words",
        "entity",
        ["words"],
        postgresql_using="gin",
        postgresql_where=sa.text("to_revision IS NULL"),
    )
    op.create_index("ix_entity_from_revision", "entity", ["from_revision"])
    op.create_index(
        "ix_entity_to_revision",
        "entity",
        ["to_revision"],
        postgresql_where=sa.text("to_revision IS NOT NULL"),
    )
    op.create_index("ix_statement_about", "statement", ["kind", "entity", "from_revision"])
    op.create_index("ix_admin_audit_committed_at", "admin_audit", ["committed_at", "revision"])


def downgrade() -> None:
    op.drop_index("ix_admin_audit_committed_at", table_name="admin_audit")
    op.drop_index("ix_statement_about", table_name="statement")
    for name in ("to_revision", "from_revision", "words", "at_endpoint", "of_model"):
        op.drop_index(f"ix_entity_{name}", table_name="entity")
    op.drop_column("entity", "words")
    op.drop_column("entity", "doc")
    op.create_index(
        "ix_entity_of_model",
        "entity",
        ["kind", sa.literal_column("(body::jsonb ->> 'model')"), "id"],
        postgresql_where=sa.text("kind IN ('offering', 'release')"),
    )
    op.create_index(
        "ix_entity_at_endpoint",
        "entity",
        [sa.literal_column("(body::jsonb ->> 'endpoint')"), "id"],
        postgresql_where=sa.text("kind = 'offering'"),
    )
