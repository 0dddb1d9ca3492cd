"""Looks at every endpoint, and folds what it and the routers see into states that expire."""
