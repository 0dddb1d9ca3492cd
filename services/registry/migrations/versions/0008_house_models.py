"""The platform's own models are behind the second wall, too: seen by whom they are served to."""

from __future__ import annotations

import sqlmodel  # noqa: F401
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Whether a model was offered, at any time between two revisions, at an endpoint that was seen with
# the eyes of who asks. It looks for the tables' owner, and so at offerings of everybody.
OFFERED = """
CREATE FUNCTION is_offered(name text, since bigint, until bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER COST 10 SET search_path = {schema}, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM entity o JOIN endpoint_audience a ON a.endpoint = o.endpoint
      AND (o.to_revision IS NULL OR a.from_revision < o.to_revision)
      AND (a.to_revision IS NULL OR a.to_revision > o.from_revision)
      AND a.seen_by IN ('*', current_setting('routeyard.scope', true))
    WHERE o.kind = 'offering' AND o.model = name COLLATE "C"
      AND (until IS NULL OR o.from_revision < until)
      AND (o.to_revision IS NULL OR o.to_revision > since)
  )
$$;
"""
CALLED = "is_offered(text, bigint, bigint)"
OWNER_SEES = "ALTER POLICY owner_sees ON entity USING (kind IN ({kinds}))"
SCOPE = "(SELECT current_setting('routeyard.scope', true))"
TENANT_SEES = (
    "ALTER POLICY tenant_sees ON entity USING ({scope} NOT IN ('', '*') AND ("
    "(seen_by = '*' OR seen_by = {scope}) AND (kind <> 'offering' "
    "OR endpoint IN (SELECT a.endpoint FROM endpoint_audience a WHERE a.is_lasting) "
    "OR is_reached(endpoint, from_revision, to_revision)){more} "
    "OR kind = 'endpoint' AND seen_by IS NULL AND is_reached(id, from_revision, to_revision)))"
)
HOUSE_MODELS = (
    " AND NOT (kind IN ('model', 'release') AND starts_with(id, '@/') AND NOT "
    "is_offered(CASE WHEN kind = 'model' THEN id ELSE model END, from_revision, to_revision))"
)


def upgrade() -> None:
    op.execute(OWNER_SEES.format(kinds="'source', 'endpoint', 'offering'"))
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.get_bind().exec_driver_sql(OFFERED.replace("{schema}", schema))
    op.execute(f"REVOKE ALL ON FUNCTION {CALLED} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {CALLED} TO routeyard_service")
    op.execute(TENANT_SEES.format(scope=SCOPE, more=HOUSE_MODELS))


def downgrade() -> None:
    op.execute(TENANT_SEES.format(scope=SCOPE, more=""))
    op.execute(f"DROP FUNCTION {CALLED}")
    op.execute(OWNER_SEES.format(kinds="'source', 'endpoint'"))
