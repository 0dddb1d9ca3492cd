"""What came by Kafka: events taken over, records put aside, and how far topics are read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.registry.postgres.tables import columns as c


class Inbox(SQLModel, table=True):
    """Every event that was taken over, once per (source, id), with what it said."""

    __tablename__ = "inbox"

    source: str = Field(sa_column=c.text(primary_key=True))
    event_id: str = Field(sa_column=c.text(primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    type: str = Field(sa_column=c.text())
    observed_at: datetime = Field(sa_column=c.time())
    sequence: int = Field(sa_column=c.bigint())
    actor: str = Field(sa_column=c.text())
    body: str = Field(sa_column=Column(JSONB, nullable=False))
    revision: int = Field(sa_column=c.bigint())
    accepted_at: datetime = Field(sa_column=c.time())


class Consumed(SQLModel, table=True):
    """How far each topic is taken over; written with the effect, so it is never ahead of it."""

    __tablename__ = "consumed"

    topic: str = Field(sa_column=c.text(primary_key=True))
    partition: int = Field(sa_column=c.bigint(primary_key=True))
    next_offset: int = Field(sa_column=c.bigint())


class Letter(SQLModel, table=True):
    """A record that could not be taken over: dead (wrong) or parked (not understood yet)."""

    __tablename__ = "letter"
    __table_args__ = (
        Index("uq_letter_origin", "topic", "partition", "offset", "origin_digest", unique=True),
    )

    id: int | None = Field(default=None, sa_column=c.counter())
    fate: str = Field(sa_column=c.text())
    topic: str = Field(sa_column=c.text())
    partition: int = Field(sa_column=c.bigint())
    offset: int = Field(sa_column=c.bigint())
    origin_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    headers: str = Field(sa_column=Column(JSONB, nullable=False))
    value: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    code: str = Field(sa_column=c.text())
    error: str = Field(sa_column=c.text())
    consumer: str = Field(sa_column=c.text())
    received_at: datetime = Field(sa_column=c.time())
    replayed_at: datetime | None = Field(sa_column=c.time(nullable=True))
