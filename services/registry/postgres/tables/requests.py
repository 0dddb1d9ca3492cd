"""Requests that are carried out once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from services.registry.postgres.tables import columns as c


class Idempotency(SQLModel, table=True):
    """A request that carries a key: being worked on until `answered_at`, then answered.

    `sealed` is the seed of all that is new in it (ids, keys), then the answer.
    """

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_begun_at", "begun_at"),)

    scope: str = Field(sa_column=c.text(primary_key=True))
    key: str = Field(sa_column=c.text(primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    begun_at: datetime = Field(sa_column=c.time())
    held_until: datetime = Field(sa_column=c.time())
    answered_at: datetime | None = Field(sa_column=c.time(nullable=True))
