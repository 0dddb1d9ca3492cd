"""Write the event contract's documents: `python -m infra.contract` (also `make schema`)."""

from __future__ import annotations

import json
from pathlib import Path

from routeyard.wire.contract import asyncapi, schemas

FOLDER = Path(__file__).parents[1] / "docs" / "contract"


def documents() -> dict[str, str]:
    """Every document's text, by its path in the folder."""
    found = {"asyncapi.json": asyncapi()}
    found |= {f"schemas/{name}.json": document for name, document in schemas().items()}
    return {path: json.dumps(document, indent=2) + "\n" for path, document in found.items()}


def main() -> None:
    """Write them all."""
    for path, text in documents().items():
        target = FOLDER / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
