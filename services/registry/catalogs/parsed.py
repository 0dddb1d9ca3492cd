"""What reading a catalog gives: the facts it states, and every row and field left out."""

from routeyard.domain.events import (
    ModelDeprecated,
    ModelDescribed,
    ModelPriced,
    ModelReleased,
    Payload,
    partition_key,
)
from routeyard.domain.value import Value

# An event's key is a header of at most 512 characters.
LONGEST_ID = 512

# What a row of a catalog says of one model under one name.
Listed = ModelReleased | ModelDescribed | ModelPriced | ModelDeprecated


class Refusal(Value, frozen=True):
    """A row that was not taken over, or a field of a row that was, and why."""

    row: str
    reason: str


class ParsedCatalog(Value, frozen=True):
    """The facts of one complete catalog.

    Each of the `rows` is either among `payloads` or in `refusals`. `omissions` are single fields
    that could not be used; their rows were taken over without them. `part` tells apart the parts
    of a source that are published one by one: each is complete in itself.
    """

    source: str
    payloads: tuple[Payload, ...]
    refusals: tuple[Refusal, ...]
    rows: int
    omissions: tuple[Refusal, ...] = ()
    part: str = ""

    @property
    def name(self) -> str:
        """The source, and the part of it."""
        return f"{self.source}.{self.part}" if self.part else self.source


class Harvest:
    """A catalog being read, row by row."""

    def __init__(self, source: str, part: str = "") -> None:
        self.source = source
        self.part = part
        self.rows = 0
        self.omissions: list[Refusal] = []
        self._announcements: list[Payload] = []
        self._releases: dict[str, Listed] = {}
        self._refusals: list[Refusal] = []

    def announce(self, *payloads: Payload) -> None:
        """State what the releases refer to; it comes before them."""
        self._announcements.extend(payloads)

    def refuse(self, row: str, reason: str) -> None:
        """Leave a row out."""
        self._refusals.append(Refusal(row=row, reason=reason))

    def omit(self, row: str, reason: str) -> None:
        """Leave a field of a row out."""
        self.omissions.append(Refusal(row=row, reason=reason))

    def release(self, row: str, release: Listed) -> None:
        """Take a row over, unless an earlier one stands for the same offering."""
        endpoint = getattr(release, "endpoint", None)
        offering = partition_key(release)
        if not release.native_id or len(offering) > LONGEST_ID or not offering.isprintable():
            self.refuse(row, "its id is empty, unprintable or too long")
        elif " " in f"{release.provider}{endpoint}":
            self.refuse(row, "its provider's id contains a space")
        elif offering in self._releases:
            self.refuse(row, "same model listed twice")
        else:
            self._releases[offering] = release

    def parsed(self) -> ParsedCatalog:
        """All that was read."""
        return ParsedCatalog(
            source=self.source,
            payloads=(*self._announcements, *self._releases.values()),
            refusals=tuple(self._refusals),
            rows=self.rows,
            omissions=tuple(self.omissions),
            part=self.part,
        )
