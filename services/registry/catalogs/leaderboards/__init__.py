"""Public leaderboards as capability-update events."""
