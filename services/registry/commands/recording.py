"""The one way in for orders: an event in the operator's name, taken over by the ledger."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.claims import OPERATOR
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import Event, Payload
from routeyard.domain.tenancy import Principal
from routeyard.domain.validation import Finding
from routeyard.runtime.clock import Clock
from services.registry.ledger import Batch, Changed, Ledger, Receipt


class Effect(NamedTuple):
    """What an order changed, or would change when it is rehearsed: then `findings` refuse it."""

    revision: int
    changed: Sequence[Changed]
    findings: Sequence[Finding]


class Manner(NamedTuple):
    """How an order is carried out. `is_dry_run`: find out what it would change, and leave it."""

    is_dry_run: bool = False


CARRY_OUT = Manner()


class Recorder(NamedTuple):
    """Hands orders to the ledger, where facts from Kafka come in too."""

    ledger: Ledger
    clock: Clock

    async def record(
        self, caller: Principal, said: Sequence[Payload], reason: str, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Take over what a caller says, in one commit.

        Raises:
            InvalidRequest: it makes no sense.
            Unavailable: the ledger does not answer.
        """
        if found := [fault for each in said for fault in events.faults(each)]:
            raise InvalidRequest(f"The request makes no sense: {'; '.join(found)}.")
        actor = caller.scope.key or ""
        told = [
            Event(
                id=uuid.uuid4().hex,
                source=OPERATOR,
                observed_at=self.clock(),
                data=each,
                actor=actor,
            )
            for each in said
        ]
        batch = Batch(told, actor=actor, reason=reason, is_dry_run=manner.is_dry_run)
        return effect_of(await self.ledger.record(batch))


def effect_of(receipt: Receipt) -> Effect:
    """What a receipt says to whoever gave the order."""
    return Effect(receipt.head.revision, receipt.changed, receipt.findings)


def in_utc(time: datetime | None) -> datetime | None:
    """The same time, written one way, so that equal facts have equal bytes."""
    return None if time is None else time.astimezone(UTC)
