"""Does the time that a refusal takes tell anything about a key?

    python -m tests.experiments.key_timing [--samples 20000] [--seed 1]

A router's own check (`ResolveApi.authenticate`), in this process, is asked in turn with keys of two
kinds, in random order, and the times of the two are compared: by Welch's test (are the means
the same?) and Mann and Whitney's (is either more often the longer one?). Both p-values should
look like any other number between 0 and 1; below 0.01 the two kinds can be told apart.
"""

import asyncio
import math
import os
import random
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from routeyard.domain import keys
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.keys import ApiKey, KeyVerifier, Pepper
from routeyard.domain.tenancy import Role
from routeyard.runtime.clock import utc_now
from services.router.current import Current
from services.router.resolve_api import ResolveApi
from tests.domain.worlds import World

PEPPER = Pepper(os.urandom(32))
# As many of either, so that their verifiers are as likely to be in the processor's cache.
KNOWN, GONE = 200, 100
WARM_UP = 2_000
Times = NDArray[np.float64]
Make = Callable[[], str]


class Pair(NamedTuple):
    """Two kinds of keys that have to look alike from outside."""

    name: str
    one: Make
    other: Make


class Verdict(NamedTuple):
    """Medians in microseconds, and the p-values."""

    medians: tuple[float, float]
    welch: float
    mann_whitney: float


class Keyring:
    """A router with keys, and wrong keys of every kind."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._held = [keys.mint(os.urandom(42)) for _ in range(KNOWN)]
        current = Current("here")
        for number, key in enumerate(self._held):
            verifier = KeyVerifier(
                key_id=key.key_id,
                digest=PEPPER.digest(key.secret),
                role=Role.TENANT_USER,
                tenant="acme",
            )
            current.keys[key.key_id] = structs.replace(verifier, revoked=number < GONE)
        current.take_graph(World(1).graph(), None)
        self.api = ResolveApi(current, PEPPER, "here")

    def valid(self) -> str:
        """A key that is let in."""
        return keys.write(self._valid())

    def unknown(self) -> str:
        """An id that nobody has."""
        return keys.write(keys.mint(os.urandom(42)))

    def wrong(self) -> str:
        """A known id with another secret."""
        return self._written(self._valid(), keys.mint(os.urandom(42)).secret)

    def wrong_at_first(self) -> str:
        """The right secret but for its first character."""
        key = self._valid()
        return self._written(key, _other(key.secret[0]) + key.secret[1:])

    def wrong_at_last(self) -> str:
        """The right secret but for its last character."""
        key = self._valid()
        return self._written(key, key.secret[:-1] + _other(key.secret[-1]))

    def wrong_and_revoked(self) -> str:
        """The id of a revoked key with another secret."""
        return self._written(self._rng.choice(self._held[:GONE]), keys.mint(os.urandom(42)).secret)

    def right_and_revoked(self) -> str:
        """A revoked key as it was."""
        return keys.write(self._rng.choice(self._held[:GONE]))

    def _valid(self) -> ApiKey:
        return self._rng.choice(self._held[GONE:])

    def _written(self, key: ApiKey, secret: str) -> str:
        return keys.write(ApiKey(key_id=key.key_id, secret=secret))


def _other(letter: str) -> str:
    return "a" if letter != "a" else "b"


async def measured(ring: Keyring, pair: Pair, samples: int, rng: random.Random) -> Verdict:
    """The verdict on a pair of kinds."""
    order = [0, 1] * samples
    rng.shuffle(order)
    asked = [(kind, (pair.one, pair.other)[kind]()) for kind in order]
    times: tuple[list[int], list[int]] = ([], [])
    now = utc_now()
    for number, (kind, key) in enumerate(asked[:WARM_UP] + asked):
        headers = {"authorization": f"Bearer {key}"}
        began = time.perf_counter_ns()
        try:
            await ring.api.authenticate(headers, now)
        except Unauthenticated:
            took = time.perf_counter_ns() - began
            if number >= WARM_UP:
                times[kind].append(took)
    one, other = (np.array(each, dtype=np.float64) for each in times)
    medians = float(np.median(one)) / 1e3, float(np.median(other)) / 1e3
    return Verdict(medians, welch(one, other), mann_whitney(one, other))


async def recognised(ring: Keyring, samples: int) -> float:
    """How long a valid key takes, in microseconds."""
    headers, now, times = {"authorization": f"Bearer {ring.valid()}"}, utc_now(), []
    for _ in range(samples):
        began = time.perf_counter_ns()
        await ring.api.authenticate(headers, now)
        times.append(time.perf_counter_ns() - began)
    return float(np.median(times)) / 1e3


def welch(one: Times, other: Times) -> float:
    """The p-value of equal means; so many samples that the normal distribution will do."""
    spread = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return _two_sided((one.mean() - other.mean()) / spread)


def mann_whitney(one: Times, other: Times) -> float:
    """The p-value of neither being more often the longer one, with ties counted half."""
    everything = np.concatenate([one, other])
    _, places, counts = np.unique(everything, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[places]
    n, m = len(one), len(other)
    total = n + m
    u = float(ranks[:n].sum()) - n * (n + 1) / 2
    ties = float((counts.astype(np.float64) ** 3 - counts).sum())
    variance = n * m / 12 * ((total + 1) - ties / (total * (total - 1)))
    return _two_sided((u - n * m / 2) / math.sqrt(variance))


def _two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def pairs(ring: Keyring) -> list[Pair]:
    """What has to look alike. The last is a control: the check must be able to see a difference."""
    return [
        Pair("wrong twice (the method's own noise)", ring.wrong, ring.wrong),
        Pair("wrong at the first | at the last character", ring.wrong_at_first, ring.wrong_at_last),
        Pair("unknown | wrong", ring.unknown, ring.wrong),
        Pair("wrong | wrong and revoked", ring.wrong, ring.wrong_and_revoked),
        Pair("wrong | right and revoked", ring.wrong, ring.right_and_revoked),
        Pair("CONTROL: no key | wrong", lambda: "x", ring.wrong),
    ]


def main() -> int:
    """Print the table."""
    parser = ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    rng = random.Random(told.seed)  # noqa: S311 - the order of questions, no key
    ring = Keyring(rng)
    took = asyncio.run(recognised(ring, told.samples))
    lines = [
        f"A valid key is recognised in {took:.2f} us (median of {told.samples}).",
        "                                                 median us     Welch p  Mann-Whitney p",
    ]
    for pair in pairs(ring):
        found = asyncio.run(measured(ring, pair, told.samples, rng))
        medians = " | ".join(f"{each:.2f}" for each in found.medians)
        lines.append(
            f"{pair.name:46} {medians:>13} {found.welch:>11.3g} {found.mann_whitney:>15.3g}"
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
