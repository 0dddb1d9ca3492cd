"""The ledger: inbox, statements, entities, outbox, audit; letters, keys, health."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_audit",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ops", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_admin_audit")),
    )
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("verifier", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
    )
    op.create_table(
        "consumed",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_consumed")),
    )
    op.create_table(
        "entity",
        sa.Column("row", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("from_revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_revision", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_entity")),
    )
    op.create_index("ix_entity_past", "entity", ["kind", "id", "from_revision"], unique=False)
    op.create_index(
        "ix_entity_of_model",
        "entity",
        ["kind", sa.literal_column("(body::jsonb ->> 'model')"), "id"],
        unique=False,
        postgresql_where=sa.text("kind IN ('offering', 'release')"),
    )
    op.create_index(
        "ix_entity_at_endpoint",
        "entity",
        [sa.literal_column("(body::jsonb ->> 'endpoint')"), "id"],
        unique=False,
        postgresql_where=sa.text("kind = 'offering'"),
    )
    op.create_index(
        "uq_entity_current",
        "entity",
        ["kind", "id"],
        unique=True,
        postgresql_where=sa.text("to_revision IS NULL"),
    )
    op.create_table(
        "head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("checksum", sa.Text(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head")),
    )
    op.create_table(
        "health",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "zone", name=op.f("pk_health")),
    )
    op.create_table(
        "health_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_change")),
    )
    op.create_index(
        "uq_health_change_since", "health_change", ["endpoint", "zone", "since"], unique=True
    )
    op.create_table(
        "inbox",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("origin_digest", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
    )
    op.create_index(
        "uq_letter_origin", "letter", ["topic", "partition", "offset", "origin_digest"], unique=True
    )
    op.create_table(
        "outbox",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("delta", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_unpublished",
        "outbox",
        ["revision"],
        unique=False,
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("entity", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(collation="C"), nullable=False),
        sa.Column("native", sa.Text(collation="C"), nullable=False),
        sa.Column("needs_kind", sa.Text(), nullable=True),
        sa.Column("needs_id", sa.Text(), nullable=True),
        sa.Column("from_revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_revision", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(
        "ix_statement_waiting",
        "statement",
        ["needs_kind", "needs_id"],
        unique=False,
        postgresql_where=sa.text("to_revision IS NULL AND needs_id IS NOT NULL"),
    )
    op.create_index(
        "uq_statement_current",
        "statement",
        ["kind", "entity", "source", "native"],
        unique=True,
        postgresql_where=sa.text("to_revision IS NULL"),
    )
    op.execute(
        "INSERT INTO head (id, epoch, revision, checksum, committed_at) "
        "VALUES (1, gen_random_uuid()::text, 0, repeat('0', 32), clock_timestamp())"
    )


def downgrade() -> None:
    op.drop_index(
        "uq_statement_current",
        table_name="statement",
        postgresql_where=sa.text("to_revision IS NULL"),
    )
    op.drop_index(
        "ix_statement_waiting",
        table_name="statement",
        postgresql_where=sa.text("to_revision IS NULL AND needs_id IS NOT NULL"),
    )
    op.drop_table("statement")
    op.drop_index(
        "ix_outbox_unpublished",
        table_name="outbox",
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_index("uq_letter_origin", table_name="letter")
    op.drop_table("letter")
    op.drop_table("inbox")
    op.drop_index("uq_health_change_since", table_name="health_change")
    op.drop_table("health_change")
    op.drop_table("health")
    op.drop_table("head")
    op.drop_index(
        "uq_entity_current", table_name="entity", postgresql_where=sa.text("to_revision IS NULL")
    )
    op.drop_index(
        "ix_entity_at_endpoint",
        table_name="entity",
        postgresql_where=sa.text("kind = 'offering'"),
    )
    op.drop_index(
        "ix_entity_of_model",
        table_name="entity",
        postgresql_where=sa.text("kind IN ('offering', 'release')"),
    )
    op.drop_index("ix_entity_past", table_name="entity")
    op.drop_table("entity")
    op.drop_table("consumed")
    op.drop_table("api_key")
    op.drop_table("admin_audit")
