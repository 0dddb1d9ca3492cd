"""Requests that may be repeated, and orders in one order."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_begun_at", "idempotency", ["begun_at"])
    op.add_column(
        "head",
        sa.Column(
            "ordered_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("'epoch'"),
        ),
    )
    # Operators' earlier words were stamped by the clocks of their processes.
    op.execute(
        "UPDATE head SET ordered_at = coalesce("
        "(SELECT max(observed_at) FROM inbox WHERE source = 'operator'), 'epoch')"
    )


def downgrade() -> None:
    op.drop_column("head", "ordered_at")
    op.drop_index("ix_idempotency_begun_at", table_name="idempotency")
    op.drop_table("idempotency")
