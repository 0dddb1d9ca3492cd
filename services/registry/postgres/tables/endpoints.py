"""Endpoints' secrets, what they serve, and how they are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.registry.postgres.tables import columns as c


class EndpointSecretRow(SQLModel, table=True):
    """An endpoint's sealed secret. Once dropped, its version stays, and goes on from there."""

    __tablename__ = "endpoint_secret"
    __table_args__ = (
        Index("ix_endpoint_secret_owner", "owner", "endpoint"),
        Index(
            "ix_endpoint_secret_waiting", "endpoint", postgresql_where=text("announced_at IS NULL")
        ),
    )

    endpoint: str = Field(sa_column=c.name(primary_key=True))
    owner: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    version: int = Field(sa_column=c.bigint())
    scheme: str | None = Field(sa_column=c.text(nullable=True))
    header: str | None = Field(sa_column=c.text(nullable=True))
    host: str | None = Field(sa_column=c.text(nullable=True))
    sealed: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))
    changed_at: datetime = Field(sa_column=c.time())
    announced_at: datetime | None = Field(sa_column=c.time(nullable=True))


class EndpointServingRow(SQLModel, table=True):
    """What an endpoint that was set up here serves, and when it is asked next."""

    __tablename__ = "endpoint_serving"
    __table_args__ = (
        Index("ix_endpoint_serving_owner", "owner", "endpoint"),
        Index("ix_endpoint_serving_ask_at", "ask_at"),
    )

    endpoint: str = Field(sa_column=c.name(primary_key=True))
    owner: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    declared: str = Field(sa_column=Column(JSONB, nullable=False))
    found: str = Field(sa_column=Column(JSONB, nullable=False))
    served: str = Field(sa_column=Column(JSONB, nullable=False))
    version: int = Field(sa_column=c.bigint())
    created_at: datetime = Field(sa_column=c.time())
    ask_at: datetime = Field(sa_column=c.time())


class ProbeResultRow(SQLModel, table=True):
    """What healthcheck saw when it was asked; kept for whoever waits, and for an hour."""

    __tablename__ = "probe_result"
    __table_args__ = (Index("ix_probe_result_at", "at"),)

    ask: str = Field(sa_column=c.name(primary_key=True))
    owner: str | None = Field(sa_column=Column(Text(collation="C"), nullable=True))
    body: str = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_column=c.time())


class HealthRow(SQLModel, table=True):
    """The last known state of an endpoint in a zone. Outside the graph and its revisions."""

    __tablename__ = "health"

    endpoint: str = Field(sa_column=c.text(primary_key=True))
    zone: str = Field(sa_column=c.text(primary_key=True))
    state: str = Field(sa_column=c.text())
    observed_at: datetime = Field(sa_column=c.time())
    since: datetime = Field(sa_column=c.time())
    body: str = Field(sa_column=Column(JSONB, nullable=False))


class HealthChange(SQLModel, table=True):
    """A change of state, for the history."""

    __tablename__ = "health_change"
    __table_args__ = (Index("uq_health_change_since", "endpoint", "zone", "since", unique=True),)

    id: int | None = Field(default=None, sa_column=c.counter())
    endpoint: str = Field(sa_column=c.text())
    zone: str = Field(sa_column=c.text())
    state: str = Field(sa_column=c.text())
    since: datetime = Field(sa_column=c.time())
    reason: str = Field(sa_column=c.text())
