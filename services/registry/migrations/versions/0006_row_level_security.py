"""The second wall: a role for the services, and row-level security on every table."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel  # noqa: F401
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SERVICE_ROLE = "routeyard_service"
PLATFORM_ROLE = "routeyard_platform"
BOTH = f"{SERVICE_ROLE}, {PLATFORM_ROLE}"
# What the platform may do with each table.
PLATFORM_MAY = {
    "admin_audit": "SELECT, INSERT",
    "api_key": "SELECT, INSERT, UPDATE",
    "consumed": "SELECT, INSERT, UPDATE",
    "endpoint_audience": "SELECT",
    "endpoint_secret": "SELECT, INSERT, UPDATE",
    "entity": "SELECT, INSERT, UPDATE (to_revision)",
    "head": "SELECT, UPDATE",
    "health": "SELECT, INSERT, UPDATE, DELETE",
    "health_change": "SELECT, INSERT",
    "idempotency": "SELECT, INSERT, UPDATE, DELETE",
    "inbox": "SELECT, INSERT",
    "key_event": "SELECT, INSERT",
    "letter": "SELECT, INSERT, UPDATE (replayed_at)",
    "moment": "SELECT, INSERT",
    "outbox": "SELECT, INSERT, UPDATE (published_at)",
    "statement": "SELECT, INSERT, UPDATE (to_revision), DELETE",
}
# Which rows a tenant sees; of the tables that are not here, none.
SCOPE = "(SELECT current_setting('routeyard.scope', true))"
TENANT_SEES = {
    "admin_audit": """
  EXISTS (SELECT FROM entity e WHERE e.from_revision = admin_audit.revision
    AND e.seen_by = (SELECT current_setting('routeyard.scope', true)) AND e.kind <> 'tenant')
  OR EXISTS (SELECT FROM entity e WHERE e.to_revision = admin_audit.revision
    AND e.seen_by = (SELECT current_setting('routeyard.scope', true)) AND e.kind <> 'tenant')
  OR actor IN (SELECT k.key_id FROM api_key k)
""",
    "api_key": "tenant = (SELECT current_setting('routeyard.scope', true))",
    "endpoint_audience": """
  (seen_by = '*' OR seen_by = (SELECT current_setting('routeyard.scope', true)))
""",
    "entity": """
  (seen_by = '*' OR seen_by = (SELECT current_setting('routeyard.scope', true)))
  AND (kind <> 'offering'
    OR endpoint IN (SELECT a.endpoint FROM endpoint_audience a WHERE a.is_lasting)
    OR is_reached(endpoint, from_revision, to_revision))
  OR kind = 'endpoint' AND seen_by IS NULL AND is_reached(id, from_revision, to_revision)
""",
    "head": "true",
    "health": """
  endpoint IN (SELECT a.endpoint FROM endpoint_audience a WHERE a.to_revision IS NULL)
""",
    "health_change": """
  endpoint IN (SELECT a.endpoint FROM endpoint_audience a WHERE a.to_revision IS NULL)
""",
    "inbox": """
  coalesce(body ->> 'tenant', body ->> 'owner') = (SELECT current_setting('routeyard.scope', true))
""",
    "key_event": "tenant = (SELECT current_setting('routeyard.scope', true))",
    "moment": "true",
    "statement": """
  EXISTS (SELECT FROM entity e WHERE e.kind = statement.kind AND e.id = statement.entity
    AND ((statement.to_revision IS NULL OR e.from_revision < statement.to_revision)
      AND (e.to_revision IS NULL OR e.to_revision > statement.from_revision)
      OR (e.kind IN ('override', 'project') AND e.to_revision = statement.from_revision)))
  AND NOT is_said_elsewhere(native, from_revision, to_revision)
""",
}
# Whom an entity's own body lets see it: '*' is everybody, a tenant's id that tenant, NULL nobody
# but the platform, or for an endpoint those it is dedicated to. No tenant can become everybody by
# its name.
SEEN_BY = (
    "CASE WHEN kind IN ('provider', 'precision', 'capability') THEN '*' "
    "WHEN kind = 'tenant' THEN nullif(id, '*') "
    "WHEN kind IN ('override', 'project') THEN nullif(body::jsonb ->> 'tenant', '*') "
    "WHEN kind IN ('endpoint', 'offering', 'model', 'release') THEN "
    "CASE WHEN body::jsonb ->> 'owner' IS NOT NULL THEN nullif(body::jsonb ->> 'owner', '*') "
    "WHEN kind <> 'endpoint' OR coalesce(body::jsonb -> 'dedicated_to', 'null') IN ('null', '[]') "
    "THEN '*' END END"
)
# The indexes that lists are answered from alone: what the policy asks has to be in them too.
ASKED = ["id", "kind", "seen_by", "from_revision", "to_revision"]
OFFERED = ["model", "endpoint", "price_input", "price_output"]
# Who connects is a member of the first role, and becomes the second for a transaction.
ROLES = {
    f"CREATE ROLE {SERVICE_ROLE} NOLOGIN": f"to_regrole('{SERVICE_ROLE}') IS NULL",
    f"CREATE ROLE {PLATFORM_ROLE} NOLOGIN": f"to_regrole('{PLATFORM_ROLE}') IS NULL",
    f"GRANT {PLATFORM_ROLE} TO {SERVICE_ROLE} WITH INHERIT FALSE, SET TRUE": (
        f"NOT pg_has_role('{SERVICE_ROLE}', '{PLATFORM_ROLE}', 'SET')"
    ),
}
# Another process may do the same for another database; that is as good.
MAKE_ROLE = """
DO $$ BEGIN
  IF {missing} THEN
    {make};
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = current_user ||
      ' may not make the services'' roles; let an administrator run: {all}';
END $$
"""
# Versions of an endpoint that follow one another with the same audience are one row.
FOLLOW = """
CREATE FUNCTION endpoint_audience_of(changed text) RETURNS TABLE (
  seen_by text, from_revision bigint, to_revision bigint, is_lasting boolean
) LANGUAGE sql STABLE SET search_path = {schema}, pg_temp AS $$
  WITH version AS (
    SELECT e.from_revision, e.to_revision, e.doc, min(e.from_revision) OVER () AS began
    FROM entity e WHERE e.kind = 'endpoint' AND e.id = changed
  ), seen AS (
    SELECT v.*, '*' COLLATE "C" AS by FROM version v
    WHERE v.doc ->> 'owner' IS NULL
      AND coalesce(v.doc -> 'dedicated_to', 'null') IN ('null', '[]')
    UNION ALL
    SELECT v.*, v.doc ->> 'owner' FROM version v WHERE v.doc ->> 'owner' <> '*'
    UNION ALL
    SELECT v.*, tenant FROM version v
    CROSS JOIN LATERAL jsonb_array_elements_text(v.doc -> 'dedicated_to') AS tenant
    WHERE v.doc ->> 'owner' IS NULL AND tenant <> '*'
  ), marked AS (
    SELECT s.*, lag(s.to_revision) OVER w IS DISTINCT FROM s.from_revision AS begins FROM seen s
    WINDOW w AS (PARTITION BY s.by ORDER BY s.from_revision)
  ), span AS (
    SELECT m.*, count(*) FILTER (WHERE m.begins) OVER w AS number FROM marked m
    WINDOW w AS (PARTITION BY m.by ORDER BY m.from_revision)
  )
  SELECT s.by, min(s.from_revision),
    CASE WHEN bool_and(s.to_revision IS NOT NULL) THEN max(s.to_revision) END,
    min(s.from_revision) = min(s.began) AND NOT bool_and(s.to_revision IS NOT NULL)
  FROM span s GROUP BY s.by, s.number
$$;
CREATE FUNCTION endpoint_audience_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  changed CONSTANT text := coalesce(NEW.id, OLD.id);
BEGIN
  DELETE FROM endpoint_audience WHERE endpoint = changed;
  INSERT INTO endpoint_audience (endpoint, seen_by, from_revision, to_revision, is_lasting)
    SELECT changed, a.* FROM endpoint_audience_of(changed) a;
  RETURN NULL;
END $$;
CREATE TRIGGER endpoint_audience_follows_new AFTER INSERT ON entity FOR EACH ROW
  WHEN (NEW.kind = 'endpoint') EXECUTE FUNCTION endpoint_audience_follows();
CREATE TRIGGER endpoint_audience_follows_old AFTER UPDATE OR DELETE ON entity FOR EACH ROW
  WHEN (OLD.kind = 'endpoint') EXECUTE FUNCTION endpoint_audience_follows();
INSERT INTO endpoint_audience (endpoint, seen_by, from_revision, to_revision, is_lasting)
  SELECT e.id, a.* FROM (SELECT DISTINCT id FROM entity WHERE kind = 'endpoint') e
  CROSS JOIN LATERAL endpoint_audience_of(e.id) a;
"""
# Whether an endpoint was seen at any time between two revisions, with the eyes of who asks.
REACHED = """
CREATE FUNCTION is_reached(place text, since bigint, until bigint) RETURNS boolean
LANGUAGE sql STABLE COST 10 SET search_path = {schema}, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM endpoint_audience a WHERE a.endpoint = place COLLATE "C"
      AND (until IS NULL OR a.from_revision < until)
      AND (a.to_revision IS NULL OR a.to_revision > since)
  )
$$;
"""
# What a tenant has to be told by the database, as it may not see the rows it rests on: whether
# something is said under the name of an endpoint that it does not see, and how much each source
# counts. These two, and what keeps the audiences, act for the tables' owner, whom two policies
# let see as much and no more.
TOLD = """
CREATE POLICY owner_keeps ON endpoint_audience TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY owner_sees ON entity FOR SELECT TO CURRENT_USER
  USING (kind IN ('source', 'endpoint'));
CREATE FUNCTION is_said_elsewhere(native text, since bigint, until bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH name AS (SELECT string_to_array(native, '/') AS parts)
  SELECT EXISTS (
    SELECT FROM name CROSS JOIN LATERAL generate_series(1, cardinality(parts) - 1) AS length
    JOIN endpoint_audience a
      ON a.endpoint = array_to_string(parts[1:length], '/') COLLATE "C"
      AND (until IS NULL OR a.from_revision < until)
      AND (a.to_revision IS NULL OR a.to_revision > since)
    GROUP BY a.endpoint
    HAVING NOT bool_or(a.seen_by IN ('*', current_setting('routeyard.scope', true)))
  )
$$;
CREATE FUNCTION source_ranks(at bigint) RETURNS TABLE (id text, rank bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  SELECT e.id, CAST(e.doc ->> 'rank' AS bigint) FROM entity e
  WHERE current_setting('routeyard.scope', true) <> '' AND e.kind = 'source'
    AND CASE WHEN at IS NULL THEN e.to_revision IS NULL
      ELSE e.from_revision <= at AND (e.to_revision IS NULL OR e.to_revision > at) END
$$;
"""
CALLED = (
    "is_reached(text, bigint, bigint)",
    "is_said_elsewhere(text, bigint, bigint)",
    "source_ranks(bigint)",
)
KEPT = ("endpoint_audience_follows()", "endpoint_audience_of(text)")


def upgrade() -> None:
    for make, missing in ROLES.items():
        op.execute(MAKE_ROLE.format(make=make, missing=missing, all="; ".join(ROLES)))
    _columns()
    _tables()
    _indexes()
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.get_bind().exec_driver_sql(FOLLOW.replace("{schema}", schema))
    for table in ("endpoint_audience", "entity"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.get_bind().exec_driver_sql((REACHED + TOLD).replace("{schema}", schema))
    for function in (*CALLED, *KEPT):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function in CALLED:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {SERVICE_ROLE}")
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {BOTH}")
    op.execute(f"GRANT SELECT ON TABLE alembic_version TO {BOTH}")
    for table in PLATFORM_MAY:
        _raise(table)


def _raise(table: str) -> None:
    """The owner stands before the wall as everybody else does, until it says that it migrates."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"REVOKE ALL ON TABLE {table} FROM PUBLIC, {BOTH}")
    op.execute(
        f"CREATE POLICY owner_migrates ON {table} TO CURRENT_USER "
        f"USING ({SCOPE} = '*') WITH CHECK ({SCOPE} = '*')"
    )
    op.execute(
        f"CREATE POLICY platform ON {table} TO {PLATFORM_ROLE} USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT {PLATFORM_MAY[table]} ON TABLE {table} TO {PLATFORM_ROLE}")
    if table in TENANT_SEES:
        op.execute(
            f"CREATE POLICY tenant_sees ON {table} FOR SELECT TO {SERVICE_ROLE} "
            f"USING ({SCOPE} NOT IN ('', '*') AND ({TENANT_SEES[table]}))"
        )
        op.execute(f"GRANT SELECT ON TABLE {table} TO {SERVICE_ROLE}")


def _raze(table: str) -> None:
    op.execute(f"REVOKE ALL ON TABLE {table} FROM {BOTH}")
    for policy in ("owner_migrates", "platform", "tenant_sees"):
        op.execute(f"DROP POLICY IF EXISTS {policy} ON {table}")
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _columns() -> None:
    op.add_column(
        "entity",
        sa.Column("seen_by", sa.Text(collation="C"), sa.Computed(SEEN_BY, persisted=True)),
    )


def _tables() -> None:
    op.create_table(
        "endpoint_audience",
        sa.Column("endpoint", sa.Text(collation="C"), nullable=False),
        sa.Column("seen_by", sa.Text(collation="C"), nullable=False),
        sa.Column("from_revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("to_revision", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("is_lasting", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "endpoint", "seen_by", "from_revision", name=op.f("pk_endpoint_audience")
        ),
    )
    op.create_index("ix_endpoint_audience_seen_by", "endpoint_audience", ["seen_by", "endpoint"])
    op.create_table(
        "moment",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checksum", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_moment")),
    )
    op.execute(
        "INSERT INTO moment (revision, committed_at, checksum) SELECT a.revision, a.committed_at, "
        "convert_from(o.delta, 'UTF8')::jsonb ->> 'checksum' "
        "FROM admin_audit a LEFT JOIN outbox o ON o.revision = a.revision"
    )
    op.create_index("ix_moment_committed_at", "moment", ["committed_at", "revision"])


def _indexes() -> None:
    op.drop_index("ix_admin_audit_committed_at", table_name="admin_audit")
    op.drop_index("ix_entity_offered", table_name="entity")
    op.drop_index("ix_entity_offered_then", table_name="entity")
    op.create_index(
        "ix_entity_offered",
        "entity",
        OFFERED,
        postgresql_include=ASKED,
        postgresql_where=sa.text("kind = 'offering' AND to_revision IS NULL"),
    )
    op.create_index(
        "ix_entity_offered_then",
        "entity",
        ["from_revision", "to_revision", *OFFERED],
        postgresql_include=["id", "kind", "seen_by"],
        postgresql_where=sa.text("kind = 'offering'"),
    )


def downgrade() -> None:
    # The role stays: other databases of the server may need it, and it owns nothing.
    for table in PLATFORM_MAY:
        _raze(table)
    op.execute("DROP POLICY owner_keeps ON endpoint_audience")
    op.execute("DROP POLICY owner_sees ON entity")
    op.execute(f"REVOKE ALL ON TABLE alembic_version FROM {BOTH}")
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {BOTH}")
    for trigger in ("endpoint_audience_follows_new", "endpoint_audience_follows_old"):
        op.execute(f"DROP TRIGGER {trigger} ON entity")
    for function in (*CALLED, *KEPT):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_index("ix_entity_offered_then", table_name="entity")
    op.drop_index("ix_entity_offered", table_name="entity")
    op.drop_table("moment")
    op.drop_table("endpoint_audience")
    op.drop_column("entity", "seen_by")
    op.create_index(
        "ix_entity_offered",
        "entity",
        OFFERED,
        postgresql_where=sa.text("kind = 'offering' AND to_revision IS NULL"),
    )
    op.create_index(
        "ix_entity_offered_then",
        "entity",
        ["from_revision", "to_revision", *OFFERED],
        postgresql_where=sa.text("kind = 'offering'"),
    )
    op.create_index("ix_admin_audit_committed_at", "admin_audit", ["committed_at", "revision"])
