"""The tables. `from_revision <= v < to_revision` is what held at revision v; NULL is open-ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING

# A body as jsonb, parsed once when it is written instead of by every query that looks inside.
DOC = "body::jsonb"
# The words of an entity's id, its name and its endpoint's name for it, cut at punctuation. Its
# length is bounded, as an index takes no more; the collation knows letters beyond ASCII.
WORDS = (
    "array_to_tsvector(string_to_array(btrim(regexp_replace(lower(left("
    "((id || ' ') || coalesce(body::jsonb ->> 'name', '') || ' ' "
    "|| coalesce(body::jsonb ->> 'native_id', '')) COLLATE \"default\", 1000)), "
    "'[^[:alnum:]]+', ' ', 'g')), ' '))"
)

# Whom an entity's own body lets see it: '*' is everybody, a tenant's id that tenant, NULL nobody
# but the platform, or for an endpoint those it is dedicated to. No tenant can become everybody by
# its name.
SEEN_BY = (
    "CASE WHEN kind IN ('provider', 'precision', 'capability') THEN '*' "
    "WHEN kind = 'tenant' THEN nullif(id, '*') "
    "WHEN kind IN ('override', 'project', 'policy') THEN nullif(body::jsonb ->> 'tenant', '*') "
    "WHEN kind IN ('endpoint', 'offering', 'model', 'release') THEN "
    "CASE WHEN body::jsonb ->> 'owner' IS NOT NULL THEN nullif(body::jsonb ->> 'owner', '*') "
    "WHEN kind <> 'endpoint' OR coalesce(body::jsonb -> 'dedicated_to', 'null') IN ('null', '[]') "
    "THEN '*' END END"
)


def _price(name: str) -> str:
    """Dollars per million tokens; a price that no column could hold must not hold up its commit."""
    written = f"body::jsonb -> 'price' ->> '{name}'"
    number = "'^[0-9]{1,9}([.][0-9]{1,30})?(E[+-]?[0-9]{1,2})?$'"
    return f"CASE WHEN {written} ~ {number} THEN CAST({written} AS numeric) END"


def _computed(type_: Any, expression: str) -> Column[Any]:
    return Column(type_, Computed(expression, persisted=True))


def _text(*, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(Text, primary_key=primary_key, nullable=nullable)


def _name(*, primary_key: bool = False) -> Column[str]:
    # Byte order, the same on every machine: pages and snapshots are cut along it.
    return Column(Text(collation="C"), primary_key=primary_key, nullable=False)


def _time(*, nullable: bool = False) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


def _bigint(*, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(BigInteger, primary_key=primary_key, nullable=nullable, autoincrement=False)


def _counter() -> Column[int]:
    return Column(BigInteger, Identity(always=True), primary_key=True)


class Head(SQLModel, table=True):
    """The one row every commit locks: its counter is the revision, so revisions have no gaps."""

    __tablename__ = "head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True)
    epoch: str = Field(sa_column=_text())
    revision: int = Field(sa_column=_bigint())
    checksum: str = Field(sa_column=_text())
    committed_at: datetime = Field(sa_column=_time())
    ordered_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("'epoch'"))
    )


class Inbox(SQLModel, table=True):
    """Every event that was taken over, once per (source, id), with what it said."""

    __tablename__ = "inbox"

    source: str = Field(sa_column=_text(primary_key=True))
    event_id: str = Field(sa_column=_text(primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    type: str = Field(sa_column=_text())
    observed_at: datetime = Field(sa_column=_time())
    sequence: int = Field(sa_column=_bigint())
    actor: str = Field(sa_column=_text())
    body: str = Field(sa_column=Column(JSONB, nullable=False))
    revision: int = Field(sa_column=_bigint())
    accepted_at: datetime = Field(sa_column=_time())


class StatementRow(SQLModel, table=True):
    """What one source says of one entity, with the revisions during which it said so."""

    __tablename__ = "statement"
    __table_args__ = (
        Index(
            "uq_statement_current",
            "kind",
            "entity",
            "source",
            "native",
            unique=True,
            postgresql_where=text("to_revision IS NULL"),
        ),
        Index(
            "ix_statement_waiting",
            "needs_kind",
            "needs_id",
            postgresql_where=text("to_revision IS NULL AND needs_id IS NOT NULL"),
        ),
        Index("ix_statement_about", "kind", "entity", "from_revision"),
    )

    id: int | None = Field(default=None, sa_column=_counter())
    kind: str = Field(sa_column=_name())
    entity: str = Field(sa_column=_name())
    source: str = Field(sa_column=_name())
    native: str = Field(sa_column=_name())
    needs_kind: str | None = Field(sa_column=_text(nullable=True))
    needs_id: str | None = Field(sa_column=_text(nullable=True))
    from_revision: int = Field(sa_column=_bigint())
    to_revision: int | None = Field(sa_column=_bigint(nullable=True))
    body: str = Field(sa_column=Column(JSONB, nullable=False))


class EntityRow(SQLModel, table=True):
    """An entity's merged body, canonical to the byte, with the revisions during which it held."""

    __tablename__ = "entity"
    __table_args__ = (
        Index(
            "uq_entity_current",
            "kind",
            "id",
            unique=True,
            postgresql_where=text("to_revision IS NULL"),
        ),
        Index("ix_entity_past", "kind", "id", "from_revision"),
        # A model's releases and offerings, and an endpoint's offerings, without reading them all.
        # The current version is found among many, as a condition on to_revision is in the key.
        Index(
            "ix_entity_of_model",
            "kind",
            "model",
            "to_revision",
            "id",
            postgresql_where=text("kind IN ('offering', 'release')"),
        ),
        Index(
            "ix_entity_at_endpoint",
            "endpoint",
            "to_revision",
            "id",
            postgresql_where=text("kind = 'offering'"),
        ),
        # All that lists of models ask of offerings, and all that the policy on them asks besides,
        # without reading these themselves.
        Index(
            "ix_entity_offered",
            "model",
            "endpoint",
            "price_input",
            "price_output",
            postgresql_include=["id", "kind", "seen_by", "from_revision", "to_revision"],
            postgresql_where=text("kind = 'offering' AND to_revision IS NULL"),
        ),
        Index(
            "ix_entity_offered_then",
            "from_revision",
            "to_revision",
            "model",
            "endpoint",
            "price_input",
            "price_output",
            postgresql_include=["id", "kind", "seen_by"],
            postgresql_where=text("kind = 'offering'"),
        ),
        Index(
            "ix_entity_words",
            "words",
            postgresql_using="gin",
            postgresql_where=text("to_revision IS NULL"),
        ),
        # What changed between two revisions.
        Index("ix_entity_from_revision", "from_revision"),
        Index(
            "ix_entity_to_revision",
            "to_revision",
            postgresql_where=text("to_revision IS NOT NULL"),
        ),
    )

    row: int | None = Field(default=None, sa_column=_counter())
    kind: str = Field(sa_column=_name())
    id: str = Field(sa_column=_name())
    from_revision: int = Field(sa_column=_bigint())
    to_revision: int | None = Field(sa_column=_bigint(nullable=True))
    body: str = Field(sa_column=_text())
    doc: Any = Field(sa_column=_computed(JSONB, DOC))
    words: Any = Field(sa_column=_computed(TSVECTOR, WORDS))
    model: Any = Field(sa_column=_computed(Text(collation="C"), "body::jsonb ->> 'model'"))
    endpoint: Any = Field(sa_column=_computed(Text(collation="C"), "body::jsonb ->> 'endpoint'"))
    price_input: Any = Field(sa_column=_computed(Numeric, _price("input")))
    price_output: Any = Field(sa_column=_computed(Numeric, _price("output")))
    seen_by: Any = Field(sa_column=_computed(Text(collation="C"), SEEN_BY))


class EndpointAudience(SQLModel, table=True):
    """Who sees an endpoint, and from when until when: `*` is everybody. Kept by a trigger.

    `is_lasting`: from the endpoint's beginning, and still.
    """

    __tablename__ = "endpoint_audience"
    __table_args__ = (Index("ix_endpoint_audience_seen_by", "seen_by", "endpoint"),)

    endpoint: str = Field(sa_column=_name(primary_key=True))
    seen_by: str = Field(sa_column=_name(primary_key=True))
    from_revision: int = Field(sa_column=_bigint(primary_key=True))
    to_revision: int | None = Field(sa_column=_bigint(nullable=True))
    is_lasting: bool


class Outbox(SQLModel, table=True):
    """Commits on their way to the graph log, in revision order; written with the commit."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unpublished", "revision", postgresql_where=text("published_at IS NULL")),
    )

    revision: int = Field(sa_column=_bigint(primary_key=True))
    delta: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    published_at: datetime | None = Field(sa_column=_time(nullable=True))


class AdminAudit(SQLModel, table=True):
    """Who changed what, and why: one row per commit."""

    __tablename__ = "admin_audit"

    revision: int = Field(sa_column=_bigint(primary_key=True))
    actor: str = Field(sa_column=_text())
    reason: str = Field(sa_column=_text())
    ops: int = Field(sa_column=_bigint())
    committed_at: datetime = Field(sa_column=_time())


class MomentRow(SQLModel, table=True):
    """What anybody may know of a commit: when it was, and what routers came to."""

    __tablename__ = "moment"
    __table_args__ = (Index("ix_moment_committed_at", "committed_at", "revision"),)

    revision: int = Field(sa_column=_bigint(primary_key=True))
    committed_at: datetime = Field(sa_column=_time())
    checksum: str | None = Field(sa_column=_text(nullable=True))


class Consumed(SQLModel, table=True):
    """How far each topic is taken over; written with the effect, so it is never ahead of it."""

    __tablename__ = "consumed"

    topic: str = Field(sa_column=_text(primary_key=True))
    partition: int = Field(sa_column=_bigint(primary_key=True))
    next_offset: int = Field(sa_column=_bigint())


class Letter(SQLModel, table=True):
    """A record that could not be taken over: dead (wrong) or parked (not understood yet)."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("uq_letter_origin", "topic", "partition", "offset", "origin_digest", unique=True),
    )

    id: int | None = Field(default=None, sa_column=_counter())
    fate: str = Field(sa_column=_text())
    topic: str = Field(sa_column=_text())
    partition: int = Field(sa_column=_bigint())
    offset: int = Field(sa_column=_bigint())
    origin_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    headers: str = Field(sa_column=Column(JSONB, nullable=False))
    value: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    code: str = Field(sa_column=_text())
    error: str = Field(sa_column=_text())
    consumer: str = Field(sa_column=_text())
    received_at: datetime = Field(sa_column=_time())
    replayed_at: datetime | None = Field(sa_column=_time(nullable=True))


class ApiKeyRow(SQLModel, table=True):
    """A key's verifier; the key itself is shown once and kept nowhere."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index("ix_api_key_tenant", "tenant", "key_id"),
        Index(
            "uq_api_key_rotates",
            "rotates",
            unique=True,
            postgresql_where=text("rotates IS NOT NULL"),
        ),
        Index("ix_api_key_waiting", "key_id", postgresql_where=text("announced_at IS NULL")),
    )

    key_id: str = Field(sa_column=_text(primary_key=True))
    verifier: str = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_column=_time())
    announced_at: datetime | None = Field(sa_column=_time(nullable=True))
    revoked_at: datetime | None = Field(sa_column=_time(nullable=True))
    rotates: str | None = Field(sa_column=_text(nullable=True))
    tenant: Any = Field(sa_column=_computed(Text(collation="C"), "verifier ->> 'tenant'"))
    project: Any = Field(sa_column=_computed(Text(collation="C"), "verifier ->> 'project'"))


class KeyEventRow(SQLModel, table=True):
    """Who issued, rotated, revoked or shredded which key, and why."""

    __tablename__ = "key_event"
    __table_args__ = (
        Index("ix_key_event_key_id", "key_id", "id"),
        Index("ix_key_event_tenant", "tenant", "id"),
    )

    id: int | None = Field(default=None, sa_column=_counter())
    key_id: str = Field(sa_column=_text())
    tenant: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    project: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    change: str = Field(sa_column=_text())
    actor: str = Field(sa_column=_text())
    reason: str = Field(sa_column=_text())
    at: datetime = Field(sa_column=_time())


class EndpointSecretRow(SQLModel, table=True):
    """An endpoint's sealed secret. Once dropped, its version stays, and goes on from there."""

    __tablename__ = "endpoint_secret"
    __table_args__ = (
        Index("ix_endpoint_secret_owner", "owner", "endpoint"),
        Index(
            "ix_endpoint_secret_waiting", "endpoint", postgresql_where=text("announced_at IS NULL")
        ),
    )

    endpoint: str = Field(sa_column=_name(primary_key=True))
    owner: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    version: int = Field(sa_column=_bigint())
    scheme: str | None = Field(sa_column=_text(nullable=True))
    header: str | None = Field(sa_column=_text(nullable=True))
    host: str | None = Field(sa_column=_text(nullable=True))
    sealed: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    changed_at: datetime = Field(sa_column=_time())
    announced_at: datetime | None = Field(sa_column=_time(nullable=True))


class Idempotency(SQLModel, table=True):
    """A request that carries a key: being worked on until `answered_at`, then answered.

    `sealed` is the seed of all that is new in it (ids, keys), then the answer.
    """

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_begun_at", "begun_at"),)

    scope: str = Field(sa_column=_text(primary_key=True))
    key: str = Field(sa_column=_text(primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    begun_at: datetime = Field(sa_column=_time())
    held_until: datetime = Field(sa_column=_time())
    answered_at: datetime | None = Field(sa_column=_time(nullable=True))


class EndpointServingRow(SQLModel, table=True):
    """What an endpoint that was set up here serves, and when it is asked next."""

    __tablename__ = "endpoint_serving"
    __table_args__ = (
        Index("ix_endpoint_serving_owner", "owner", "endpoint"),
        Index("ix_endpoint_serving_ask_at", "ask_at"),
    )

    endpoint: str = Field(sa_column=_name(primary_key=True))
    owner: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    declared: str = Field(sa_column=Column(JSONB, nullable=False))
    found: str = Field(sa_column=Column(JSONB, nullable=False))
    served: str = Field(sa_column=Column(JSONB, nullable=False))
    version: int = Field(sa_column=_bigint())
    created_at: datetime = Field(sa_column=_time())
    ask_at: datetime = Field(sa_column=_time())


class ProbeResultRow(SQLModel, table=True):
    """What healthcheck saw when it was asked; kept for whoever waits, and for an hour."""

    __tablename__ = "probe_result"
    __table_args__ = (Index("ix_probe_result_at", "at"),)

    ask: str = Field(sa_column=_name(primary_key=True))
    owner: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    body: str = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_column=_time())


class HealthRow(SQLModel, table=True):
    """The last known state of an endpoint in a zone. Outside the graph and its revisions."""

    __tablename__ = "health"

    endpoint: str = Field(sa_column=_text(primary_key=True))
    zone: str = Field(sa_column=_text(primary_key=True))
    state: str = Field(sa_column=_text())
    observed_at: datetime = Field(sa_column=_time())
    since: datetime = Field(sa_column=_time())
    body: str = Field(sa_column=Column(JSONB, nullable=False))


class HealthChange(SQLModel, table=True):
    """A change of state, for the history."""

    __tablename__ = "health_change"
    __table_args__ = (Index("uq_health_change_since", "endpoint", "zone", "since", unique=True),)

    id: int | None = Field(default=None, sa_column=_counter())
    endpoint: str = Field(sa_column=_text())
    zone: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text())
    since: datetime = Field(sa_column=_time())
    reason: str = Field(sa_column=_text())
