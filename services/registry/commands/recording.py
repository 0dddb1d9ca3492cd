"""The one way in for orders: an event in the operator's name, taken over by the ledger."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.claims import OPERATOR, EntityRef
from routeyard.domain.errors import Conflict, InvalidRequest, Unavailable
from routeyard.domain.events import Event, Payload
from routeyard.domain.statements import statements_of
from routeyard.domain.tenancy import Principal
from routeyard.domain.validation import Finding
from routeyard.runtime.clock import Clock
from services.registry.besides import Besides
from services.registry.ledger import Batch, Changed, Ledger, Receipt

ID_KEY_BYTES = 32
MOST_REVISIONS = 100
Entropy = Callable[[int], bytes]


class Effect(NamedTuple):
    """What an order changed, or would change when it is rehearsed: then `findings` refuse it.

    `warnings` are sentences about what is taken as it is.
    """

    revision: int
    changed: Sequence[Changed]
    findings: Sequence[Finding]
    warnings: Sequence[str] = ()


def by_chance(number: int) -> bytes:
    """Random bytes from the operating system."""
    return secrets.token_bytes(number)


class Manner(NamedTuple):
    """How an order is carried out. `is_dry_run`: find out what it would change, and leave it.

    `if_revision`: only if what it changes did not change after that revision. `entropy`: what new
    ids and keys are made of; the same for a request that is repeated.
    """

    is_dry_run: bool = False
    if_revision: int | None = None
    entropy: Entropy = by_chance

    def event_id(self, number: int) -> str:
        """The id of an order's event of that number."""
        return blake2b(b"%d" % number, key=self.entropy(ID_KEY_BYTES), digest_size=16).hexdigest()


CARRY_OUT = Manner()


class Settled(NamedTuple):
    """What is said, and the entities that it must be true of until it is committed."""

    said: Sequence[Payload]
    changes: Collection[EntityRef]


class Recorder(NamedTuple):
    """Hands orders to the ledger, where facts from Kafka come in too."""

    ledger: Ledger
    clock: Clock

    async def record(  # noqa: PLR0913 - an order, and what goes with it
        self,
        caller: Principal,
        said: Sequence[Payload],
        reason: str,
        manner: Manner = CARRY_OUT,
        *,
        changes: Collection[EntityRef] = (),
        besides: Besides | None = None,
    ) -> Effect:
        """Take over what a caller says, in one commit, and what is to be kept `besides`.

        `manner.if_revision` speaks of the entities that this is said of, or of `changes`.

        Raises:
            InvalidRequest: it makes no sense.
            Conflict: one of them was changed meanwhile.
            Overtaken: what is to be kept besides was.
            Unavailable: the ledger does not answer.
        """
        if found := [fault for each in said for fault in events.faults(each)]:
            raise InvalidRequest(f"The request makes no sense: {'; '.join(found)}.")
        actor, at = caller.scope.key or "", manner.if_revision
        told = [
            Event(
                id=manner.event_id(number),
                source=OPERATOR,
                observed_at=self.clock(),
                data=each,
                actor=actor,
            )
            for number, each in enumerate(said)
        ]
        batch = Batch(
            told,
            actor=actor,
            reason=reason,
            is_dry_run=manner.is_dry_run,
            is_order=True,
            expected={} if at is None else dict.fromkeys(changes or _said_of(told), at),
            besides=besides,
        )
        return effect_of(await self.ledger.record(batch))

    async def settle(
        self,
        caller: Principal,
        say: Callable[[], Awaitable[Settled]],
        reason: str,
        manner: Manner = CARRY_OUT,
    ) -> Effect:
        """Take over what is said on the ground of how several entities stand, as `revise` does.

        Raises:
            Unavailable: one of them changes again and again.
        """
        for _ in range(MOST_REVISIONS):
            seen = (await self.ledger.head()).revision
            said, changes = await say()
            if manner.if_revision is not None:
                return await self.record(caller, said, reason, manner, changes=changes)
            at = manner._replace(if_revision=seen)
            with suppress(Conflict):
                return await self.record(caller, said, reason, at, changes=changes)
        raise Unavailable("It is changed again and again by others; please try again.")

    async def revise(
        self,
        caller: Principal,
        say: Callable[[], Awaitable[Payload]],
        reason: str,
        manner: Manner = CARRY_OUT,
    ) -> Effect:
        """Take over what is said on the ground of how an entity stands.

        It is said anew when that changed meanwhile, so that nobody's change is lost; with
        `manner.if_revision` it is refused instead, as `record` does.

        Raises:
            Unavailable: it changes again and again.
        """
        for _ in range(MOST_REVISIONS):
            seen = (await self.ledger.head()).revision
            said = await say()
            if manner.if_revision is not None:
                return await self.record(caller, [said], reason, manner)
            with suppress(Conflict):
                return await self.record(caller, [said], reason, manner._replace(if_revision=seen))
        raise Unavailable("It is changed again and again by others; please try again.")

    async def told(self, manner: Manner) -> Effect | None:
        """What an order came to in an earlier try at the same request; None when it was not tried.

        To be asked first of all: after it was carried out, much speaks against doing it.
        """
        receipt = await self.ledger.receipt(manner.event_id(0))
        return None if receipt is None else effect_of(receipt)


def _said_of(told: Sequence[Event]) -> set[EntityRef]:
    return {statement.ref for event in told for statement in statements_of(event)}


def effect_of(receipt: Receipt) -> Effect:
    """What a receipt says to whoever gave the order."""
    return Effect(receipt.head.revision, receipt.changed, receipt.findings)


def in_utc(time: datetime | None) -> datetime | None:
    """The same time, written one way, so that equal facts have equal bytes."""
    return None if time is None else time.astimezone(UTC)
