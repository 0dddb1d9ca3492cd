"""Routing policies: declarative, versioned documents, and what of them holds for a request."""
