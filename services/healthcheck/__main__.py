"""`python -m services.healthcheck`: serve until told to stop."""

from __future__ import annotations

from services.healthcheck.serve import serve

if __name__ == "__main__":
    serve()
