"""Where keys are kept, and who did what to them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from routeyard.domain.keys import KeyVerifier


class KeyChange(StrEnum):
    """What became of a key."""

    ISSUED = "issued"
    ROTATED = "rotated"
    REVOKED = "revoked"
    SHREDDED = "shredded"


class Act(NamedTuple):
    """Who changes keys, why, and when. `actor` is a key's id, or a token's subject."""

    actor: str
    reason: str
    at: datetime


class KeyEntry(NamedTuple):
    """A key as it is listed. `rotates` is the key in whose place it came."""

    verifier: KeyVerifier
    created_at: datetime
    revoked_at: datetime | None = None
    rotates: str | None = None


class KeyEvent(NamedTuple):
    """A line of the keys' history; numbers only ever grow.

    `is_own`: who did it holds a key of the tenant whose the changed key is.
    """

    number: int
    key_id: str
    tenant: str | None
    change: KeyChange
    act: Act
    is_own: bool = False


class Whose(NamedTuple):
    """Which keys are meant; None for any."""

    tenant: str | None = None
    project: str | None = None
    key_id: str | None = None


class KeyStore(Protocol):
    """Keeps verifiers, has changes announced to the routers at once, and writes each down.

    Methods raise Unavailable when it does not answer. `asker` is the tenant that asks, which is
    shown nothing of others whatever is meant; None is the platform.
    """

    async def add(self, verifier: KeyVerifier, act: Act) -> None:
        """Keep a new key's verifier."""

    async def rotate(
        self, old: KeyVerifier, ending: KeyVerifier, new: KeyVerifier, act: Act
    ) -> bool:
        """Keep `new`, which comes in the place of `old`, and `ending` as what `old` is now.

        False, and nothing is changed, when the old one is not as it was, or was rotated before.
        """

    async def find(self, key_id: str) -> KeyVerifier | None:
        """The verifier of a key."""

    async def revoke(self, key_id: str, act: Act, *, forced: bool = False) -> bool:
        """Make a key unusable; False when there is no such key.

        Raises:
            InvalidRequest: no other platform admin's key is valid, and it is not forced.
        """

    async def shred(self, tenant: str, act: Act, project: str | None = None) -> int:
        """Make a tenant's keys unusable for good, and forget their digests; how many there were.

        `project`: only those that are bound to it.
        """

    async def labelled(self, label: str) -> list[KeyVerifier]:
        """The verifiers with a label that are not revoked."""

    async def page(
        self, asker: str | None, whose: Whose, after: str | None, most: int
    ) -> Sequence[KeyEntry]:
        """Keys by id, from the one after `after` on."""

    async def history(
        self, asker: str | None, whose: Whose, before: int | None, most: int
    ) -> Sequence[KeyEvent]:
        """What became of keys, newest first."""
