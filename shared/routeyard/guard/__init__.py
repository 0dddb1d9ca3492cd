"""Reaching addresses that others name: judged, resolved once, and dialled as judged."""
