"""What operators look at: the registry's standing, letters, topics, commits; and new keys."""

import datetime as dt
from base64 import b64encode

import strawberry

from routeyard.domain.claims import Kind
from services.registry import letters, reads
from services.registry.graphql.described import Long, described
from services.registry.keys import Issued
from services.registry.ledger import Head
from services.registry.letters import Fate


@described
class Status:
    """Where the registry stands, and how much of everything the caller sees.

    `deadLetters` and `parked` wait for a replay; null but for the platform's own keys.
    """

    epoch: str
    revision: Long
    checksum: str
    committed_at: dt.datetime
    models: int
    releases: int
    offerings: int
    endpoints: int
    providers: int
    tenants: int
    sources: int
    dead_letters: int | None
    parked: int | None

    @classmethod
    def of(cls, head: Head, counts: reads.Counts) -> "Status":
        """As GraphQL shows it."""
        return cls(
            epoch=head.epoch,
            revision=Long(head.revision),
            checksum=head.checksum,
            committed_at=head.committed_at,
            models=counts.of[Kind.MODEL],
            releases=counts.of[Kind.RELEASE],
            offerings=counts.of[Kind.OFFERING],
            endpoints=counts.of[Kind.ENDPOINT],
            providers=counts.of[Kind.PROVIDER],
            tenants=counts.of[Kind.TENANT],
            sources=counts.of[Kind.SOURCE],
            dead_letters=counts.dead,
            parked=counts.parked,
        )


@described
class Counts:
    """How many there are of everything that the caller sees."""

    models: int
    releases: int
    offerings: int
    endpoints: int
    providers: int
    capabilities: int
    tenants: int
    sources: int

    @classmethod
    def of(cls, counts: reads.Counts) -> "Counts":
        """As GraphQL shows it."""
        return cls(
            models=counts.of[Kind.MODEL],
            releases=counts.of[Kind.RELEASE],
            offerings=counts.of[Kind.OFFERING],
            endpoints=counts.of[Kind.ENDPOINT],
            providers=counts.of[Kind.PROVIDER],
            capabilities=counts.of[Kind.CAPABILITY],
            tenants=counts.of[Kind.TENANT],
            sources=counts.of[Kind.SOURCE],
        )


@described
class Capability:
    """A tag, and how many models have it above level 0.

    `isGraded`: had by degree, as the description says; else 1 has it and 0 has it not. Without a
    name it was never defined.
    """

    tag: str
    models: int
    name: str | None
    description: str | None
    is_graded: bool

    @classmethod
    def of(cls, known: reads.Known) -> "Capability":
        """As GraphQL shows it."""
        defined = known.definition
        return cls(
            tag=known.tag,
            models=known.models,
            name=defined.name if defined else None,
            description=defined.description if defined else None,
            is_graded=defined is not None and defined.is_graded,
        )


@described
class Header:
    """A header of a record; bytes that are no UTF-8 are replaced."""

    name: str
    value: str


@described
class Letter:
    """A record that was not taken over: DEAD is wrong, PARKED is not understood or allowed yet.

    `body` is its value as text, null where it is none; `bodyBase64` is always exact.
    """

    id: strawberry.ID
    fate: Fate
    topic: str
    partition: int
    offset: Long
    key: str | None
    body: str | None
    body_base64: str | None
    headers: list[Header]
    code: str
    error: str
    consumer: str
    received_at: dt.datetime
    replayed_at: dt.datetime | None

    @classmethod
    def of(cls, letter: letters.Letter) -> "Letter":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(str(letter.id)),
            fate=letter.fate,
            topic=letter.origin.topic,
            partition=letter.origin.partition,
            offset=Long(letter.origin.offset),
            key=None if letter.key is None else letter.key.decode(errors="replace"),
            body=_text(letter.value),
            body_base64=None if letter.value is None else b64encode(letter.value).decode(),
            headers=[
                Header(name=name, value=value.decode(errors="replace"))
                for name, value in letter.headers
            ],
            code=letter.code,
            error=letter.error,
            consumer=letter.consumer,
            received_at=letter.received_at,
            replayed_at=letter.replayed_at,
        )


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


@described
class Consumed:
    """How far a partition is taken over."""

    topic: str
    partition: int
    next_offset: Long

    @classmethod
    def of(cls, reached: reads.Reached) -> "Consumed":
        """As GraphQL shows it."""
        return cls(
            topic=reached.topic,
            partition=reached.partition,
            next_offset=Long(reached.next_offset),
        )


@described
class Commit:
    """Who changed what, and why. `actor` is a key's id, or kafka."""

    revision: Long
    actor: str
    reason: str
    ops: int
    committed_at: dt.datetime

    @classmethod
    def of(cls, commit: reads.Committed) -> "Commit":
        """As GraphQL shows it."""
        return cls(
            revision=Long(commit.revision),
            actor=commit.actor,
            reason=commit.reason,
            ops=commit.ops,
            committed_at=commit.committed_at,
        )


@described
class NewKey:
    """A key; `key` is shown this once and kept nowhere."""

    key_id: str
    key: str

    @classmethod
    def of(cls, issued: Issued) -> "NewKey":
        """As GraphQL shows it."""
        return cls(key_id=issued.key_id, key=issued.key)
