"""Requests that carry a key are carried out once, however often they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import blake2b, sha256
from typing import NamedTuple, Protocol

import msgspec

from routeyard.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    Unavailable,
    Unsealable,
)
from routeyard.domain.tenancy import Principal
from routeyard.wire.sealing import Entropy, SealingKeys, close, opened

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
MAX_KEY = 255
SEED_BYTES = 32
KEPT_S = 24 * 3_600.0
# Who has died with a request lets it go after this; who waits, waits longer.
HELD_S = 10.0
WAIT_S = 20.0
POLL_S = 0.05
PRUNE_S = 600.0


class Keyed(NamedTuple):
    """A request under its key. `scope` tells whose key it is, `digest` what is asked."""

    scope: str
    key: str
    digest: bytes

    @property
    def name(self) -> bytes:
        """What its texts are sealed about."""
        return msgspec.json.encode(("idempotency", self.scope, self.key))


class Begun(NamedTuple):
    """The request is the caller's to carry out; the seed is that of an earlier try, if any."""

    sealed_seed: bytes


class Answered(NamedTuple):
    """It was carried out before."""

    sealed_answer: bytes


class Held(NamedTuple):
    """Somebody is carrying it out."""


class Other(NamedTuple):
    """The key stands for another request."""


Found = Begun | Answered | Held | Other


class Answer(NamedTuple):
    """What is told over HTTP. `is_final`: asking again would be answered in the same way."""

    status: int
    body: bytes
    is_final: bool = True
    is_replayed: bool = False


class RequestStore(Protocol):
    """Where requests are kept for KEPT_S. Methods raise Unavailable when it does not answer."""

    async def begin(self, keyed: Keyed, sealed_seed: bytes, held_s: float) -> Found:
        """Take a request that is new, or whose holder's time is over."""

    async def answer(self, keyed: Keyed, sealed: bytes) -> None:
        """Keep its answer; the first one counts."""

    async def let_go(self, keyed: Keyed) -> None:
        """It was not carried out to the end: whoever comes next goes on."""

    async def prune(self) -> int:
        """Forget what is older than KEPT_S; how many."""


class Requests(NamedTuple):
    """Carries requests out once. `held_s`, `wait_s`: seconds; see HELD_S.

    `entropy`: random bytes from the operating system.
    """

    store: RequestStore
    keys: SealingKeys
    entropy: Entropy
    held_s: float = HELD_S
    wait_s: float = WAIT_S

    async def once(self, keyed: Keyed, work: Callable[[Draw], Awaitable[Answer]]) -> Answer:
        """The answer to a request: the stored one, or that of `work`, which is stored if final.

        `work` makes every id and key of what it draws, so that a try that was cut off after its
        commit is not done twice.

        Raises:
            IdempotencyConflict: the key stands for another request.
            Unavailable: somebody else is at it for longer than `wait_s`.
        """
        own = self._closed(keyed, self.entropy(SEED_BYTES))
        found = await self._begun(keyed, own)
        if isinstance(found, Answered):
            return _read(self._opened(keyed, found.sealed_answer))
        seed = self._opened(keyed, found.sealed_seed)
        try:
            answer = await work(Draw(seed + keyed.digest, is_again=found.sealed_seed != own))
        except BaseException:
            with suppress(Unavailable):  # its time runs out by itself
                await asyncio.shield(self.store.let_go(keyed))
            raise
        if not answer.is_final:
            await self.store.let_go(keyed)
            return answer
        sealed = self._closed(keyed, b"%d %b" % (answer.status, answer.body))
        await self.store.answer(keyed, sealed)
        return answer

    async def prune_for_ever(self) -> None:
        """Forget old requests, now and then."""
        while True:
            with suppress(Unavailable):  # the next time does
                await self.store.prune()
            await asyncio.sleep(PRUNE_S)

    async def _begun(self, keyed: Keyed, seed: bytes) -> Begun | Answered:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.wait_s
        while True:
            found = await self.store.begin(keyed, seed, self.held_s)
            if isinstance(found, Begun | Answered):
                return found
            if isinstance(found, Other):
                raise IdempotencyConflict(
                    "The idempotency key was used for another request; take a new one."
                )
            if loop.time() >= deadline:
                raise Unavailable(
                    "A request with this idempotency key is being carried out; ask again."
                )
            await asyncio.sleep(POLL_S)

    def _closed(self, keyed: Keyed, text: bytes) -> bytes:
        return close(text, keyed.name, self.keys, self.entropy)

    def _opened(self, keyed: Keyed, sealed: bytes) -> bytes:
        try:
            return opened(sealed, keyed.name, self.keys)
        except Unsealable:
            raise IdempotencyConflict(
                "The answer under this idempotency key was sealed with an encryption key that is "
                "no longer in use; look at what was changed, then take a new key."
            ) from None


class Draw(NamedTuple):
    """Bytes that look random and are the same for every try at one request.

    `is_again`: there was a try before, which was not carried out to the end.
    """

    seed: bytes
    is_again: bool = False

    def of(self, place: str) -> Callable[[int], bytes]:
        """Those for one place in the request, by how many are wanted; at most 64."""
        key = blake2b(self.seed, digest_size=32).digest()
        return lambda number: blake2b(
            f"{number} {place}".encode(), key=key, digest_size=number
        ).digest()


def keyed(key: str, caller: Principal, body: bytes) -> Keyed:
    """A caller's request under a key.

    Raises:
        InvalidRequest: it cannot be one, or the caller has no name to keep it under.
    """
    if not 1 <= len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
        raise InvalidRequest(
            f"An idempotency key is 1 to {MAX_KEY} printable ASCII characters; send another one."
        )
    owner = caller.scope.key
    if not owner:
        raise InvalidRequest("Who calls without a name of its own cannot use idempotency keys.")
    scope = f"{caller.role}/{caller.scope.tenant or ''}/{owner}"
    return Keyed(scope, key, sha256(body).digest())


def _read(text: bytes) -> Answer:
    status, _, body = text.partition(b" ")
    return Answer(int(status), body, is_replayed=True)
