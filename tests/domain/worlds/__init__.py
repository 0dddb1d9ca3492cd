"""Random graphs and requests, for holding one implementation against another."""

from tests.domain.worlds.changes import after
from tests.domain.worlds.world import World

__all__ = ["World", "after"]
