"""`python -m services.router`: serve until told to stop."""

from __future__ import annotations

from services.router.serve import serve

if __name__ == "__main__":
    serve()
