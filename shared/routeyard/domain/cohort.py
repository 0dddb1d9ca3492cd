"""Who is in a roll-out: stable, the same in every process and every language.

MurmurHash3 (x86, 32 bits, seed 0) of `salt:unit`, cut into ten thousand buckets of equal size, as
feature-flag systems do it.
"""

from __future__ import annotations

BUCKETS = 10_000
_MASK = 0xFFFFFFFF


def bucket(salt: str, unit: str) -> int:
    """The bucket, 0 to 9,999, of a unit (a tenant, a key, a user) under a salt."""
    return (murmur3(f"{salt}:{unit}".encode()) * BUCKETS) >> 32


def is_within(percent: float, salt: str, unit: str) -> bool:
    """Whether a unit is among the first `percent` (0 to 100, two decimals) of all units."""
    return bucket(salt, unit) < round(percent * BUCKETS / 100)


def murmur3(data: bytes) -> int:
    """The 32-bit hash of some bytes."""
    state = 0
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        state ^= _mixed(int.from_bytes(data[start : start + 4], "little"))
        state = _rotated(state, 13) * 5 + 0xE6546B64 & _MASK
    if whole < len(data):
        state ^= _mixed(int.from_bytes(data[whole:], "little"))
    return _finished(state ^ len(data))


def _mixed(block: int) -> int:
    return _rotated(block * 0xCC9E2D51 & _MASK, 15) * 0x1B873593 & _MASK


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _MASK


def _finished(state: int) -> int:
    state = (state ^ state >> 16) * 0x85EBCA6B & _MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & _MASK
    return state ^ state >> 16
