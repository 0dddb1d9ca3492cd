"""Reading one row of a catalog: typed fields out, and a note of every field that is unusable."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from routeyard.domain.events import CURRENCY
from routeyard.servers.kinds import is_row
from services.registry.catalogs.address import public_address
from services.registry.catalogs.parsed import Harvest
from services.registry.catalogs.values import (
    UnusableError,
    calendar_day,
    dollars,
    moment,
    parameter_count,
    token_count,
    written_day,
    written_month,
)

T = TypeVar("T")


class Row:
    """A row's fields; None wherever the row says nothing that can be used."""

    def __init__(self, name: str, fields: Mapping[str, object], harvest: Harvest) -> None:
        self.name = name
        self.fields = fields
        self.harvest = harvest

    def text(self, field: str) -> str | None:
        """A non-empty text."""
        return self._read(field, _text)

    def flag(self, field: str) -> bool | None:
        """True or false as declared."""
        return self._read(field, _flag)

    def tokens(self, field: str) -> int | None:
        """A number of tokens."""
        return self._read(field, token_count)

    def day(self, field: str) -> date | None:
        """A calendar day."""
        return self._read(field, calendar_day)

    def written_day(self, field: str) -> date | None:
        """A day as people write it: `Aug 22, 2024`."""
        return self._read(field, written_day)

    def written_month(self, field: str) -> str | None:
        """A month as people write it, `Mar 2024`, as YYYY-MM."""
        return self._read(field, written_month)

    def moment(self, field: str) -> date | None:
        """The day of a moment in time."""
        return self._read(field, moment)

    def parameters(self, field: str) -> int | None:
        """A number of weights."""
        return self._read(field, parameter_count)

    def dollars(self, field: str, factor: Decimal) -> Decimal | None:
        """Money, scaled by `factor`."""
        return self._read(field, lambda raw: dollars(raw, factor))

    def is_in_dollars(self) -> bool:
        """False where the row names another currency; a price without one is in US dollars."""
        currency = self.fields.get("currency")
        if currency is None or str(currency).upper() == CURRENCY:
            return True
        self.omit("price is in another currency than USD")
        return False

    def address(self, field: str) -> str | None:
        """An address that anyone could call."""
        return self._read(field, public_address)

    def words(self, field: str) -> tuple[str, ...] | None:
        """A list of texts, in lower case, sorted, each once."""
        return self._read(field, _words)

    def within(self, field: str) -> "Row":
        """The row inside the row; an empty one when there is none."""
        inner = self._read(field, _mapping)
        return Row(self.name, {} if inner is None else inner, self.harvest)

    def rows(self, field: str) -> "tuple[Row, ...]":
        """The rows in a list of rows."""
        listed = self.fields.get(field)
        entries = listed if isinstance(listed, list) else []
        return tuple(Row(self.name, entry, self.harvest) for entry in entries if is_row(entry))

    def omit(self, reason: str) -> None:
        """Note that something in the row was not taken over."""
        self.harvest.omit(self.name, reason)

    def _read(self, field: str, read: Callable[[object], T]) -> T | None:
        raw = self.fields.get(field)
        if raw is None or raw == "":
            return None
        try:
            return read(raw)
        except UnusableError as fault:
            self.omit(f"{field} {fault}")
            return None


def _text(raw: object) -> str:
    if not isinstance(raw, str):
        raise UnusableError("is not a text")
    return raw.strip()


def _flag(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise UnusableError("is neither true nor false")
    return raw


def _words(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(word, str) for word in raw):
        raise UnusableError("is not a list of words")
    return tuple(sorted({word.strip().lower() for word in raw}))


def _mapping(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise UnusableError("is not an object")
    return raw
