"""The columns that tables are made of, and how their indexes and constraints are called."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Computed, DateTime, Identity, Text
from sqlmodel import SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING


def computed(type_: Any, expression: str) -> Column[Any]:
    """A column that PostgreSQL keeps, from others of its row."""
    return Column(type_, Computed(expression, persisted=True))


def text(*, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """Any text."""
    return Column(Text, primary_key=primary_key, nullable=nullable)


def name(*, primary_key: bool = False) -> Column[str]:
    """An id, or a part of one."""
    # Byte order, the same on every machine: pages and snapshots are cut along it.
    return Column(Text(collation="C"), primary_key=primary_key, nullable=False)


def time(*, nullable: bool = False) -> Column[datetime]:
    """A time, with its zone."""
    return Column(DateTime(timezone=True), nullable=nullable)


def bigint(*, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """A whole number that is given, not counted up."""
    return Column(BigInteger, primary_key=primary_key, nullable=nullable, autoincrement=False)


def counter() -> Column[int]:
    """A number for each row, counted up."""
    return Column(BigInteger, Identity(always=True), primary_key=True)
