"""API keys, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.registry.postgres.tables import columns as c


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

    key_id: str = Field(sa_column=c.text(primary_key=True))
    verifier: str = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = Field(sa_column=c.time())
    announced_at: datetime | None = Field(sa_column=c.time(nullable=True))
    revoked_at: datetime | None = Field(sa_column=c.time(nullable=True))
    rotates: str | None = Field(sa_column=c.text(nullable=True))
    tenant: Any = Field(sa_column=c.computed(Text(collation="C"), "verifier ->> 'tenant'"))
    project: Any = Field(sa_column=c.computed(Text(collation="C"), "verifier ->> 'project'"))


class KeyEventRow(SQLModel, table=True):
    """Who issued, rotated, revoked or shredded which key, and why."""

    __tablename__ = "key_event"
    __table_args__ = (
        Index("ix_key_event_key_id", "key_id", "id"),
        Index("ix_key_event_tenant", "tenant", "id"),
    )

    id: int | None = Field(default=None, sa_column=c.counter())
    key_id: str = Field(sa_column=c.text())
    tenant: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    project: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    change: str = Field(sa_column=c.text())
    actor: str = Field(sa_column=c.text())
    reason: str = Field(sa_column=c.text())
    at: datetime = Field(sa_column=c.time())
