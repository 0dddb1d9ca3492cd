"""Commits: the newest one, those on their way to the routers, and who made them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, DateTime, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from services.registry.postgres.tables import columns as c


class Head(SQLModel, table=True):
    """The one row every commit locks: its counter is the revision, so revisions have no gaps."""

    __tablename__ = "head"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True)
    epoch: str = Field(sa_column=c.text())
    revision: int = Field(sa_column=c.bigint())
    checksum: str = Field(sa_column=c.text())
    committed_at: datetime = Field(sa_column=c.time())
    ordered_at: datetime = Field(
        sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("'epoch'"))
    )


class Outbox(SQLModel, table=True):
    """Commits on their way to the graph log, in revision order; written with the commit."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_unpublished", "revision", postgresql_where=text("published_at IS NULL")),
    )

    revision: int = Field(sa_column=c.bigint(primary_key=True))
    delta: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    published_at: datetime | None = Field(sa_column=c.time(nullable=True))


class AdminAudit(SQLModel, table=True):
    """Who changed what, and why: one row per commit."""

    __tablename__ = "admin_audit"

    revision: int = Field(sa_column=c.bigint(primary_key=True))
    actor: str = Field(sa_column=c.text())
    reason: str = Field(sa_column=c.text())
    ops: int = Field(sa_column=c.bigint())
    committed_at: datetime = Field(sa_column=c.time())


class MomentRow(SQLModel, table=True):
    """What anybody may know of a commit: when it was, and what routers came to."""

    __tablename__ = "moment"
    __table_args__ = (Index("ix_moment_committed_at", "committed_at", "revision"),)

    revision: int = Field(sa_column=c.bigint(primary_key=True))
    committed_at: datetime = Field(sa_column=c.time())
    checksum: str | None = Field(sa_column=c.text(nullable=True))
