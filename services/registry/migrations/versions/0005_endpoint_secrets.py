"""Sealed secrets for endpoints, and which of them wait to be announced."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "endpoint_secret",
        sa.Column("endpoint", sa.Text(collation="C"), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=True),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_endpoint_secret")),
    )
    op.create_index("ix_endpoint_secret_owner", "endpoint_secret", ["owner", "endpoint"])
    op.create_index(
        "ix_endpoint_secret_waiting",
        "endpoint_secret",
        ["endpoint"],
        postgresql_where=sa.text("announced_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_endpoint_secret_waiting", table_name="endpoint_secret")
    op.drop_index("ix_endpoint_secret_owner", table_name="endpoint_secret")
    op.drop_table("endpoint_secret")
