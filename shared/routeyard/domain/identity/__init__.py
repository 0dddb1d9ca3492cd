"""Which model a catalog's own name stands for.

Catalogs name one model many ways (`us.anthropic.claude-sonnet-4-5-20250929-v1:0`,
`anthropic/claude-sonnet-4.5`). The rules are applied in the order of `identify`; each that
changes anything says so. See docs/guides/identity.md.
"""

from routeyard.domain.identity.identify import identify
from routeyard.domain.identity.result import UNDATED, Identity, doubtful, release_date

__all__ = ["UNDATED", "Identity", "doubtful", "identify", "release_date"]
