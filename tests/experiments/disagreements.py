"""The models that most catalogs disagree on, with the merged view and why it is as it is.

    python -m tests.experiments.disagreements [--data folder] [--first 10] [--json]

Reads every packaged and published catalog, in memory: no stack is needed.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from routeyard.domain.claims import EntityRef, Kind, Statement
from routeyard.domain.events import Event
from routeyard.domain.fold import gather
from routeyard.domain.precedence import Conflict, Voice, conflicts, merge
from routeyard.domain.statements import statements_of
from routeyard.runtime.clock import utc_now
from services.registry.bootstrap import SOURCES
from services.registry.catalogs import commands
from services.registry.catalogs.commands import Origin
from tests.benchmarks.graph_ingest import catalogs
from tests.components.datasets import default_folder

RANKS = {name: rank for name, (rank, _) in SOURCES.items()}


async def said(data: Path) -> list[Statement]:
    """What the catalogs say, each source's statements joined."""
    now = utc_now()
    told: list[Statement] = []
    for number, catalog in enumerate(catalogs(data)):
        origin = Origin(file=catalog.file, more=catalog.more)
        parsed = await commands.parsed_from(catalog.source, origin, now.date())
        for row, payload in enumerate(parsed.payloads):
            event = Event(f"{number}-{row}", parsed.source, now, payload, sequence=number)
            told += statements_of(event)
    return list(gather(told).values())


def disputed(statements: Iterable[Statement], first: int) -> list[dict[str, Any]]:
    """The models on which most sources disagree, then on most fields."""
    by_model: dict[EntityRef, list[Statement]] = {}
    for statement in statements:
        if statement.kind is Kind.MODEL:
            by_model.setdefault(statement.ref, []).append(statement)
    found = [
        (len(_sources(disputes)), len(disputes), ref.id, disputes, own)
        for ref, own in by_model.items()
        if (disputes := conflicts(own, RANKS)) and merge(own, RANKS) is not None
    ]
    found.sort(key=lambda each: (-each[0], -each[1], each[2]))
    return [
        {"model": model, "sources": sources, "fields": [_told(each) for each in disputes]}
        for sources, _, model, disputes, _ in found[:first]
    ]


def _sources(disputes: list[Conflict]) -> set[str]:
    return {voice.source for dispute in disputes for voice in dispute.voices}


def _told(dispute: Conflict) -> dict[str, Any]:
    held, *others = _by_value(dispute.voices)
    return {
        "field": dispute.field,
        "holds": held[0].value,
        "said_by": held[0].source,
        "of": held[0].native,
        "because": dispute.decided_by.value,
        "others": {
            json.dumps(voices[0].value): sorted({voice.source for voice in voices})
            for voices in others
        },
    }


def _by_value(voices: Iterable[Voice]) -> list[list[Voice]]:
    told: dict[str, list[Voice]] = {}
    for voice in voices:
        told.setdefault(json.dumps(voice.value), []).append(voice)
    return list(told.values())


def _in_words(found: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    for each in found:
        lines.append(f"{each['model']}: {each['sources']} sources, {len(each['fields'])} fields")
        for field in each["fields"]:
            others = "; ".join(f"{v} ({', '.join(s)})" for v, s in field["others"].items())
            lines.append(
                f"  {field['field']} = {json.dumps(field['holds'])} by {field['said_by']} "
                f"of {field['of']} ({field['because']}), not {others}"
            )
    return "\n".join(lines)


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=default_folder(), help="the folder of the data sets"
    )
    parser.add_argument("--first", type=int, default=10, help="how many")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    found = disputed(asyncio.run(said(options.data)), options.first)
    sys.stdout.write((json.dumps(found) if options.json else _in_words(found)) + "\n")


if __name__ == "__main__":
    main()
