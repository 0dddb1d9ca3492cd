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


def _price(name: str) -> str:
    written = f"body::jsonb -> 'price' ->> '{name}'"
    number = "'^[0-9]{1,9}([.][0-9]{1,30})?(E[+-]?[0-9]{1,2})?$'"
    return f"CASE WHEN {written} ~ {number} THEN CAST({written} AS numeric) END"


def upgrade() -> None:
    op.drop_index("ix_entity_of_model", table_name="entity")
    op.drop_index("ix_entity_at_endpoint", table_name="entity")
    op.add_column("entity", sa.Column("doc", postgresql.JSONB(), sa.Computed(DOC, persisted=True)))
    op.add_column(
        "entity", sa.Column("words", postgresql.TSVECTOR(), sa.Computed(WORDS, persisted=True))
    )
    for name, type_, expression in (
        ("model", sa.Text(collation="C"), "body::jsonb ->> 'model'"),
        ("endpoint", sa.Text(collation="C"), "body::jsonb ->> 'endpoint'"),
        ("price_input", sa.Numeric(), _price("input")),
        ("price_output", sa.Numeric(), _price("output")),
    ):
        op.add_column("entity", sa.Column(name, type_, sa.Computed(expression, persisted=True)))
    # A condition on to_revision is part of the key: the current version is found among many.
    op.create_index(
        "ix_entity_of_model",
        "entity",
        ["kind", "model", "to_revision", "id"],
        postgresql_where=sa.text("kind IN ('offering', 'release')"),
    )
    op.create_index(
        "ix_entity_at_endpoint",
        "entity",
        ["endpoint", "to_revision", "id"],
        postgresql_where=sa.text("kind = 'offering'"),
    )
    # All that lists of models ask of offerings, without reading these themselves.
    op.create_index(
        "ix_entity_offered",
        "entity",
        ["model", "endpoint", "price_input", "price_output"],
        postgresql_where=sa.text("kind = 'offering' AND to_revision IS NULL"),
    )
    op.create_index(
        "ix_entity_offered_then",
        "entity",
        ["from_revision", "to_revision", "model", "endpoint", "price_input", "price_output"],
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
    for name in (
        "to_revision",
        "from_revision",
        "words",
        "offered_then",
        "offered",
        "at_endpoint",
        "of_model",
    ):
        op.drop_index(f"ix_entity_{name}", table_name="entity")
    for name in ("price_output", "price_input", "endpoint", "model", "words", "doc"):
        op.drop_column("entity", name)
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
