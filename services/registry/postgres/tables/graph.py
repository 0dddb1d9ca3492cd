"""What is said and what it comes to, and who sees which endpoint."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from services.registry.postgres.tables import columns as c

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

    id: int | None = Field(default=None, sa_column=c.counter())
    kind: str = Field(sa_column=c.name())
    entity: str = Field(sa_column=c.name())
    source: str = Field(sa_column=c.name())
    native: str = Field(sa_column=c.name())
    needs_kind: str | None = Field(sa_column=c.text(nullable=True))
    needs_id: str | None = Field(sa_column=c.text(nullable=True))
    from_revision: int = Field(sa_column=c.bigint())
    to_revision: int | None = Field(sa_column=c.bigint(nullable=True))
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

    row: int | None = Field(default=None, sa_column=c.counter())
    kind: str = Field(sa_column=c.name())
    id: str = Field(sa_column=c.name())
    from_revision: int = Field(sa_column=c.bigint())
    to_revision: int | None = Field(sa_column=c.bigint(nullable=True))
    body: str = Field(sa_column=c.text())
    doc: Any = Field(sa_column=c.computed(JSONB, DOC))
    words: Any = Field(sa_column=c.computed(TSVECTOR, WORDS))
    model: Any = Field(sa_column=c.computed(Text(collation="C"), "body::jsonb ->> 'model'"))
    endpoint: Any = Field(sa_column=c.computed(Text(collation="C"), "body::jsonb ->> 'endpoint'"))
    price_input: Any = Field(sa_column=c.computed(Numeric, _price("input")))
    price_output: Any = Field(sa_column=c.computed(Numeric, _price("output")))
    seen_by: Any = Field(sa_column=c.computed(Text(collation="C"), SEEN_BY))


class EndpointAudience(SQLModel, table=True):
    """Who sees an endpoint, and from when until when: `*` is everybody. Kept by a trigger.

    `is_lasting`: from the endpoint's beginning, and still.
    """

    __tablename__ = "endpoint_audience"
    __table_args__ = (Index("ix_endpoint_audience_seen_by", "seen_by", "endpoint"),)

    endpoint: str = Field(sa_column=c.name(primary_key=True))
    seen_by: str = Field(sa_column=c.name(primary_key=True))
    from_revision: int = Field(sa_column=c.bigint(primary_key=True))
    to_revision: int | None = Field(sa_column=c.bigint(nullable=True))
    is_lasting: bool
