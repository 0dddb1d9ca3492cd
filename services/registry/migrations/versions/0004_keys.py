"""The life of keys: when they were revoked, what they rotate, whose they are, and who did it."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_key", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_key", sa.Column("rotates", sa.Text(), nullable=True))
    for name in ("tenant", "project"):
        expression = sa.Computed(f"verifier ->> '{name}'", persisted=True)
        op.add_column("api_key", sa.Column(name, sa.Text(collation="C"), expression))
    op.create_index("ix_api_key_tenant", "api_key", ["tenant", "key_id"])
    op.create_index(
        "uq_api_key_rotates",
        "api_key",
        ["rotates"],
        unique=True,
        postgresql_where=sa.text("rotates IS NOT NULL"),
    )
    op.create_index(
        "ix_api_key_waiting",
        "api_key",
        ["key_id"],
        postgresql_where=sa.text("announced_at IS NULL"),
    )
    op.create_table(
        "key_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(collation="C"), nullable=True),
        sa.Column("project", sa.Text(collation="C"), nullable=True),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_event")),
    )
    op.create_index("ix_key_event_key_id", "key_event", ["key_id", "id"])
    op.create_index("ix_key_event_tenant", "key_event", ["tenant", "id"])


def downgrade() -> None:
    op.drop_index("ix_key_event_tenant", table_name="key_event")
    op.drop_index("ix_key_event_key_id", table_name="key_event")
    op.drop_table("key_event")
    for name in ("ix_api_key_waiting", "uq_api_key_rotates", "ix_api_key_tenant"):
        op.drop_index(name, table_name="api_key")
    for name in ("project", "tenant", "rotates", "revoked_at"):
        op.drop_column("api_key", name)
