"""A mapping that another one with a few changes costs little to make from, however large it is."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import Generic, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")
_ABSENT = object()
# A larger overlay is copied longer at every change; a smaller one is merged more often.
MOST_OVER = 1_024


class Layered(Mapping[K, V], Generic[K, V]):
    """Changes that lie over a dictionary; None takes a key away. Neither is changed in place."""

    __slots__ = ("_base", "_over", "_size")

    def __init__(self, base: dict[K, V], over: dict[K, V | None], size: int) -> None:
        self._base = base
        self._over = over
        self._size = size

    def __getitem__(self, key: K) -> V:
        found = self._over.get(key, _ABSENT)
        if found is _ABSENT:
            return self._base[key]
        if found is None:
            raise KeyError(key)
        return cast("V", found)

    def get(self, key: K, default: object = None) -> V | None:  # type: ignore[override]
        """The value of a key, or `default`."""
        found = self._over.get(key, _ABSENT)
        if found is _ABSENT:
            found = self._base.get(key)
        return cast("V | None", default if found is None else found)

    def __contains__(self, key: object) -> bool:
        if key in self._over:
            return self._over[key] is not None
        return key in self._base

    def __iter__(self) -> Iterator[K]:
        if not self._over:
            return iter(self._base)
        return self._merged_keys()

    def __len__(self) -> int:
        return self._size

    def values(self) -> ValuesView[V]:
        """The values."""
        return super().values() if self._over else self._base.values()

    def items(self) -> ItemsView[K, V]:
        """The keys and values."""
        return super().items() if self._over else self._base.items()

    def changed(self, changes: Mapping[K, V | None]) -> Layered[K, V]:
        """This mapping with other values for some keys; None takes one away."""
        over = self._over | dict(changes)
        size = self._size
        for key, value in changes.items():
            size += (value is not None) - (key in self)
        if len(over) <= MOST_OVER:
            return Layered(self._base, over, size)
        return Layered(_merged(self._base, over), {}, size)

    def _merged_keys(self) -> Iterator[K]:
        for key in self._base:
            if self._over.get(key, _ABSENT) is not None:
                yield key
        for key, value in self._over.items():
            if value is not None and key not in self._base:
                yield key


def layered(mapping: Mapping[K, V]) -> Layered[K, V]:
    """A mapping as a layered one; a layered one as it is."""
    return mapping if isinstance(mapping, Layered) else Layered(dict(mapping), {}, len(mapping))


def _merged(base: dict[K, V], over: dict[K, V | None]) -> dict[K, V]:
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged
