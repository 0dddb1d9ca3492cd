"""What the relay needs of the registry's memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from routeyard.domain.keys import KeyVerifier
from routeyard.wire.credential import EndpointCredential


class Commit(NamedTuple):
    """A commit that waits to be published: its revision and its encoded delta."""

    revision: int
    delta: bytes


class SecretTold(NamedTuple):
    """What there is to tell of an endpoint's secret; no credential once it was dropped."""

    endpoint: str
    version: int
    credential: EndpointCredential | None


class Lead(Protocol):
    """The right to publish, held by one process at a time. Methods raise Unavailable once lost."""

    async def wait(self, seconds: float) -> None:
        """Return when something was committed, or after that time."""

    async def published(self) -> int:
        """The newest revision that was marked as published; 0 when none was."""

    async def after(self, revision: int) -> Sequence[Commit]:
        """The commits after a revision, in order."""

    async def mark(self, revision: int) -> None:
        """Everything up to that revision is published."""

    async def keys(self, *, all_of_them: bool) -> Sequence[KeyVerifier]:
        """Key verifiers that were not announced yet, or all."""

    async def mark_keys(self, said: Sequence[KeyVerifier]) -> None:
        """These are announced as they are here; one that changed meanwhile is not."""

    async def secrets(self, *, all_of_them: bool) -> Sequence[SecretTold]:
        """Endpoints' secrets that were not announced yet, or all."""

    async def mark_secrets(self, said: Sequence[SecretTold]) -> None:
        """These are announced as they are here; one that changed meanwhile is not."""


class Outbox(Protocol):
    """The queue between commits and the graph log."""

    def lead(self) -> AbstractAsyncContextManager[Lead]:
        """Wait until no other process publishes, then publish alone."""
