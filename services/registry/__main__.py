"""`python -m services.registry`: serve until told to stop."""

from services.registry.serve import serve

if __name__ == "__main__":
    serve()
