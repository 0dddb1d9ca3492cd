"""The tables. `from_revision <= v < to_revision` is what held at revision v; NULL is open-ended.

To import them all fills SQLModel's metadata, which migrations are compared with.
"""

from services.registry.postgres.tables import (
    arrivals,
    commits,
    endpoints,
    graph,
    keys,
    requests,
)

__all__ = ["arrivals", "commits", "endpoints", "graph", "keys", "requests"]
