"""Row-level security: what each scope sees and may write, in every table."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from services.registry.postgres import schema, walls
from services.registry.postgres.scope import (
    EVERYBODY,
    NOBODY,
    OWNER,
    PLATFORM,
    PLATFORM_ROLE,
    SERVICE_ROLE,
    TENANT_SETTING,
    RowScope,
    scope_of,
)
from tests.components.databases import as_service
from tests.contract.registry.walled import KEYS, plant, planted, seen

TABLES = [*walls.WALLS]
WRITES = {
    "INSERT": "INSERT INTO {} DEFAULT VALUES",
    "UPDATE": "UPDATE {0} SET {1} = {1}",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {}",
}


Connection = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def owner(module_database: str) -> Iterator[Connection]:
    """A connection of the tables' owner, a superuser; rows of everybody's are in every table."""
    schema.migrate(module_database)
    plant(module_database)
    with psycopg.connect(module_database, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def service(owner: Connection, module_database: str) -> Iterator[Connection]:
    """A connection of the services' role to the same database."""
    assert not owner.closed
    with psycopg.connect(as_service(module_database), autocommit=True) as connection:
        yield connection


def enter(connection: Connection, scope: RowScope) -> None:
    connection.execute("SELECT set_config(%s, %s, true)", scope)


def refuse(connection: Connection, scope: RowScope, statement: str) -> str:
    """What PostgreSQL says to a statement in a scope."""
    with pytest.raises(InsufficientPrivilege) as told, connection.transaction():  # noqa: PT012 - a transaction is refused
        enter(connection, scope)
        connection.execute(statement.encode())
    return str(told.value)


def some_column(connection: Connection, table: str) -> str:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
        "AND attidentity = '' AND attgenerated = ''",
        (table,),
    ).fetchone()
    assert found is not None
    return str(found[0])


@pytest.mark.parametrize("tenant", ["acme", "beta", "gamma"])
def test_a_tenant_sees_its_own_rows_and_everybodys(service: Connection, tenant: str) -> None:
    expected: dict[str, set[str]] = {
        table: {row.key for row in planted() if row.table == table and tenant in row.seen_by}
        for table in KEYS
    }
    with service.transaction():
        enter(service, scope_of(tenant))
        for table, keys in seen(service).items():
            assert keys == expected[table], table


def test_every_table_has_rows_of_somebodys_to_hide() -> None:
    assert set(KEYS) == set(TABLES)
    hidden = {row.table for row in planted() if len(row.seen_by) < 3}
    # How far the graph is, every tenant may know.
    assert set(TABLES) - hidden == {"head", "moment"}


def test_the_platform_sees_every_row(service: Connection) -> None:
    with service.transaction():
        enter(service, PLATFORM)
        for table, keys in seen(service).items():
            assert keys == {row.key for row in planted() if row.table == table}, table


@pytest.mark.parametrize(
    "scope", [None, NOBODY, OWNER, RowScope(TENANT_SETTING, "nobody")], ids=str
)
def test_without_a_tenant_nobodys_own_rows_are_seen(
    service: Connection, scope: RowScope | None
) -> None:
    everybodys: dict[str, set[str]] = {
        table: {row.key for row in planted() if row.table == table and len(row.seen_by) == 3}
        for table in KEYS
    }
    with service.transaction():
        if scope is not None:
            enter(service, scope)
        for table, keys in seen(service).items():
            is_named = scope == RowScope(TENANT_SETTING, "nobody")
            assert keys == (everybodys[table] if is_named else set()), table


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("table", TABLES)
def test_a_tenants_transaction_writes_nothing(
    service: Connection, owner: Connection, table: str, write: str
) -> None:
    statement = WRITES[write].format(table, some_column(owner, table))
    for scope in (NOBODY, OWNER, scope_of("acme")):
        assert "permission denied" in refuse(service, scope, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entity SET body = '{}'",
        "UPDATE entity SET kind = 'provider'",
        "DELETE FROM entity",
        "UPDATE inbox SET body = '{}'",
        "DELETE FROM inbox",
        "UPDATE admin_audit SET actor = ''",
        "DELETE FROM admin_audit",
        "DELETE FROM outbox",
        "UPDATE outbox SET delta = ''",
        "INSERT INTO endpoint_audience VALUES ('acme-gpu', '*', 1, NULL, true)",
        "DELETE FROM endpoint_audience",
        "TRUNCATE entity",
        "ALTER TABLE entity DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE own ()",
        "DROP POLICY tenant_sees ON entity",
    ],
)
def test_the_platform_may_do_what_its_work_needs_and_no_more(
    service: Connection, statement: str
) -> None:
    refuse(service, PLATFORM, statement)


def test_every_table_has_a_wall_or_a_reason(owner: Connection) -> None:
    found = owner.execute(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, "
        "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'f', 'v', 'm')"
    )
    without = set()
    for name, is_forced, policies in found:
        if is_forced and policies:
            assert name in walls.WALLS
        else:
            without.add(name)
    assert without == set(walls.OPEN)


POLICIES = "SELECT * FROM pg_policies ORDER BY tablename, policyname"
# On tables, and on single columns of them.
RIGHTS = (
    "SELECT c.relname, a.attname, r.grantee::regrole::text, r.privilege_type "
    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) AS r "
    "WHERE c.relnamespace = 'public'::regnamespace UNION ALL "
    "SELECT c.relname, NULL, r.grantee::regrole::text, r.privilege_type "
    "FROM pg_class c, aclexplode(c.relacl) AS r "
    "WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3, 4"
)


def test_its_policies_and_rights_are_those_in_the_code(owner: Connection) -> None:
    migrated = [owner.execute(query).fetchall() for query in (POLICIES, RIGHTS)]
    assert ("entity", "to_revision", PLATFORM_ROLE, "UPDATE") in migrated[1]
    with owner.transaction():
        for table in walls.WALLS:
            for statement in walls.raised(table):
                owner.execute(statement.encode())
    assert [owner.execute(query).fetchall() for query in (POLICIES, RIGHTS)] == migrated


def test_nothing_is_granted_to_everybody_or_in_advance(owner: Connection) -> None:
    owner.execute("CREATE TABLE of_tomorrow (id int)")
    assert owner.execute("SELECT * FROM pg_default_acl").fetchall() == []
    for role in (SERVICE_ROLE, PLATFORM_ROLE):
        found = owner.execute("SELECT has_table_privilege(%s, 'of_tomorrow', 'SELECT')", (role,))
        assert found.fetchone() == (False,)
    owner.execute("DROP TABLE of_tomorrow")
    granted = owner.execute(
        "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) AS a "
        "WHERE a.grantee = 0 AND c.relnamespace = 'public'::regnamespace UNION ALL "
        "SELECT p.proname FROM pg_proc p, "
        "aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a "
        "WHERE a.grantee = 0 AND p.pronamespace = 'public'::regnamespace"
    )
    assert granted.fetchall() == []


def test_a_table_that_tenants_write_takes_their_own_rows_only(
    owner: Connection,
    service: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = f"tenant = {walls.SCOPE}"
    monkeypatch.setitem(walls.WALLS, "note", walls.Wall("SELECT", own, own))
    owner.execute("CREATE TABLE note (tenant text, said text)")
    for statement in walls.raised("note"):
        owner.execute(statement.encode())
    owner.execute("INSERT INTO note VALUES ('acme', 'a'), ('beta', 'b')")
    with service.transaction():
        enter(service, scope_of("acme"))
        service.execute("INSERT INTO note VALUES ('acme', 'more')")
        assert service.execute("UPDATE note SET said = 'x'").rowcount == 2
        assert service.execute("DELETE FROM note WHERE tenant = 'beta'").rowcount == 0
    for statement in ("INSERT INTO note VALUES ('beta', '')", "UPDATE note SET tenant = 'beta'"):
        assert "row-level security" in refuse(service, scope_of("acme"), statement)
    with service.transaction():
        enter(service, PLATFORM)
        assert {row[0] for row in service.execute("SELECT said FROM note")} == {"b", "x"}
    owner.execute("DROP TABLE note")


def test_a_scope_ends_with_its_transaction(service: Connection) -> None:
    for scope in (PLATFORM, scope_of("acme")):
        with service.transaction():
            enter(service, scope)
            assert service.execute("SELECT FROM entity").rowcount
        refuse(service, scope, "DELETE FROM entity")
        assert not service.execute("SELECT FROM entity").rowcount


def test_an_endpoint_that_comes_back_is_seen_by_whom_it_is_for(
    database: str, ledger_database: str
) -> None:
    """Its audience follows its versions, in spans."""
    query = (
        "SELECT seen_by, from_revision, to_revision, is_lasting FROM endpoint_audience "
        "WHERE endpoint = 'turned' ORDER BY from_revision, seen_by"
    )
    plant(database)
    with psycopg.connect(database) as owner:
        come_and_go(owner, query)
    with psycopg.connect(ledger_database) as service:
        enter(service, scope_of("acme"))
        found = service.execute("SELECT id FROM entity WHERE kind = 'offering' AND id > 'turned'")
        # Nothing of 8 to 9, when it was not there.
        assert {row[0] for row in found} == {"turned/across", "turned/early", "turned/late"}


def come_and_go(owner: Connection, query: str) -> None:
    owner.execute("DELETE FROM entity WHERE kind = 'endpoint' AND id = 'turned'")
    assert owner.execute(query).fetchall() == []
    for since, until, body in (
        (1, 2, "{}"),
        (2, 4, '{"name": "n"}'),
        (4, 6, '{"dedicated_to": ["acme", "beta"]}'),
        (6, 7, '{"dedicated_to": ["beta"]}'),
        (9, None, '{"dedicated_to": []}'),
    ):
        owner.execute(
            "INSERT INTO entity (kind, id, from_revision, to_revision, body) "
            "VALUES ('endpoint', 'turned', %s, %s, %s)",
            (since, until, body),
        )
    assert owner.execute(query).fetchall() == [
        ("*", 1, 4, False),
        ("acme", 4, 6, False),
        ("beta", 4, 7, False),
        ("*", 9, None, False),
    ]


def test_no_tenant_can_be_called_everybody() -> None:
    for name in ("", EVERYBODY):
        with pytest.raises(Exception, match="is no tenant"):
            scope_of(name)
