"""Write the documents of the contract: `python -m infra.contract` (also `make schema`)."""

from __future__ import annotations

import json
from pathlib import Path

from routeyard.domain.policies.written import schema as policy
from routeyard.wire.contract import asyncapi, schemas
from routeyard.wire.topics import REPLAYABLE, Topics
from services.registry.tenants.documents import schema as tenancy

FOLDER = Path(__file__).parents[1] / "docs" / "contract"
_TOPICS_HEAD = """# Who writes and who reads which topic

Written by `make schema` from `shared/routeyard/wire/topics.py`; `routeyard topics acls` makes the
brokers' access rules of the same table. Where marked, the registry writes what is replayed.

| topic | partitions | written by | read by | replayed to |
|---|---|---|---|---|
"""


def documents() -> dict[str, str]:
    """Every document's text, by its path in the folder."""
    found = {
        "asyncapi.json": asyncapi(),
        "tenancy.schema.json": tenancy(),
        "policy.schema.json": policy(),
    }
    found |= {f"schemas/{name}.json": document for name, document in schemas().items()}
    texts = {path: json.dumps(document, indent=2) + "\n" for path, document in found.items()}
    return texts | {"topics.md": topics_page()}


def topics_page() -> str:
    """Who writes and who reads which topic, as `routeyard topics acls` allows it."""
    rows = [
        f"| `{name}` | {spec.partitions}{'' if spec.exact else '+'} | {', '.join(spec.writers)} "
        f"| {', '.join(spec.readers)} | {'yes' if spec.carries in REPLAYABLE else ''} |\n"
        for name, spec in Topics().all().items()
    ]
    return _TOPICS_HEAD + "".join(rows)


def main() -> None:
    """Write them all."""
    for path, text in documents().items():
        target = FOLDER / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
