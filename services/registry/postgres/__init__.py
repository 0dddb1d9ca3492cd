"""What the registry remembers, and the only place that knows SQL."""
