"""What was done, and how far: commits, topics, letters."""

from services.registry.postgres.sight import Query


def commits(limit: int, before: int | None) -> Query:
    """Who changed what, newest first."""
    return Query(
        "SELECT revision, actor, reason, ops, committed_at FROM admin_audit "
        "WHERE CAST(:before AS bigint) IS NULL OR revision < :before "
        "ORDER BY revision DESC LIMIT :limit",
        {"before": before, "limit": limit},
    )


def consumed() -> Query:
    """How far each partition is taken over."""
    return Query("SELECT topic, partition, next_offset FROM consumed ORDER BY topic, partition", {})


def letter_counts() -> Query:
    """How many letters there are of each fate, replayed ones left out."""
    return Query(
        "SELECT fate, count(*) AS found FROM letter WHERE replayed_at IS NULL GROUP BY fate", {}
    )


def published() -> Query:
    """The newest revision that the graph log has."""
    return Query(
        "SELECT coalesce(max(revision), 0) AS revision FROM outbox WHERE published_at IS NOT NULL",
        {},
    )
