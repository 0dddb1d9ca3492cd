"""What endpoints that were set up here serve, and what healthcheck saw when it was asked."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# For the platform alone.
PLATFORM_MAY = {
    "endpoint_serving": "SELECT, INSERT, UPDATE, DELETE",
    "probe_result": "SELECT, INSERT, DELETE",
}
MIGRATES = "(SELECT current_setting('routeyard.scope', true)) = '*'"


def upgrade() -> None:
    op.create_table(
        "endpoint_serving",
        sa.Column("endpoint", sa.Text(collation="C"), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=True),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("served", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_endpoint_serving")),
    )
    op.create_index("ix_endpoint_serving_owner", "endpoint_serving", ["owner", "endpoint"])
    op.create_index("ix_endpoint_serving_ask_at", "endpoint_serving", ["ask_at"])
    op.create_table(
        "probe_result",
        sa.Column("ask", sa.Text(collation="C"), nullable=False),
        sa.Column("owner", sa.Text(collation="C"), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ask", name=op.f("pk_probe_result")),
    )
    op.create_index("ix_probe_result_at", "probe_result", ["at"])
    for table, rights in PLATFORM_MAY.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY owner_migrates ON {table} TO CURRENT_USER "
            f"USING ({MIGRATES}) WITH CHECK ({MIGRATES})"
        )
        op.execute(
            f"CREATE POLICY platform ON {table} TO routeyard_platform "
            "USING (true) WITH CHECK (true)"
        )
        op.execute(f"GRANT {rights} ON TABLE {table} TO routeyard_platform")


def downgrade() -> None:
    op.drop_index("ix_probe_result_at", table_name="probe_result")
    op.drop_table("probe_result")
    op.drop_index("ix_endpoint_serving_ask_at", table_name="endpoint_serving")
    op.drop_index("ix_endpoint_serving_owner", table_name="endpoint_serving")
    op.drop_table("endpoint_serving")
