"""Answers about models as a person reads them."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Table

Answer = dict[str, Any]


def conflicts(model: str, found: list[Answer]) -> None:
    """Fields and their values, the one that holds first; of each, its strongest claim."""
    table = Table("entity", "field", "value", "source", "rank", "said of", "more", "because")
    for conflict in found:
        for number, claims in enumerate(_by_value(conflict["claims"])):
            strongest, is_first = claims[0], number == 0
            table.add_row(
                f"{conflict['kind'].lower()} {conflict['id']}" if is_first else "",
                conflict["field"] if is_first else "",
                value(strongest["value"]),
                strongest["source"],
                str(strongest["rank"]),
                strongest["native"] + (" (its maker's)" if strongest["isMaker"] else ""),
                f"+{len(claims) - 1}" if len(claims) > 1 else "",
                f"holds: {conflict['decidedBy'].lower()}" if is_first else "",
                style="bold" if is_first else "",
            )
    _print(table, f"No sources disagree on {model}.")


def _by_value(claims: list[Answer]) -> list[list[Answer]]:
    """Claims of one value together, in the order of their strongest."""
    told: dict[str, list[Answer]] = {}
    for claim in claims:
        told.setdefault(json.dumps(claim["value"], sort_keys=True), []).append(claim)
    return list(told.values())


def effect(done: Answer, *, is_dry_run: bool) -> None:
    """What an order changed, or would change."""
    console = Console()
    would = "Would change" if is_dry_run else "Changed"
    console.print(f"{would} as of revision {done['revision']}:")
    table = Table("entity", "field", "before", "after")
    for change in done["changes"]:
        name = f"{change['kind'].lower()} {change['id']}"
        if change["change"] != "CHANGED":
            table.add_row(name, change["change"].lower(), "", "")
            continue
        if not change["fields"]:
            table.add_row(name, "what is not shown", "", "")
        for field in change["fields"]:
            table.add_row(name, field["name"], value(field["before"]), value(field["after"]))
    _print(table, "Nothing: it is so already, or a stronger claim holds.")
    for finding in done["findings"]:
        console.print(f"[red]It would be refused:[/] {finding['message']}")


def unsure(found: list[Answer]) -> None:
    """Names, and why a person should look."""
    table = Table("offering", "taken for", "unsure because")
    for each in found:
        table.add_row(each["offering"], each["release"], "; ".join(each["doubts"]))
    _print(table, "No name is in doubt.")


def waiting(found: list[Answer]) -> None:
    """Entities, and what they wait for."""
    table = Table("entity", "waits for", "said by", "since")
    for each in found:
        table.add_row(
            f"{each['kind'].lower()} {each['id']}",
            _waits_for(each),
            ", ".join(each["sources"]),
            each["since"],
        )
    _print(table, "Nothing waits.")


def alternatives(found: list[Answer]) -> None:
    """Models, the likest first."""
    table = Table("model", "alike", "quality", "context", "lacks")
    for each in found:
        quality = "?" if each["quality"] is None else f"{each['quality']:+.2f}"
        table.add_row(
            each["model"]["id"],
            f"{each['likeness']:.2f}",
            quality,
            value(each["model"]["context"]),
            ", ".join(each["missing"]),
        )
    _print(table, "No model could stand in.")


def endings(found: list[Answer]) -> None:
    """Days, and what hangs on them."""
    table = Table("day", "what", "entity", "instead", "offerings", "overrides")
    for each in found:
        table.add_row(
            each["day"],
            each["what"].lower(),
            f"{each['kind'].lower()} {each['id']}",
            each["successor"] or "",
            str(each["affected"]["offerings"]),
            ", ".join(each["affected"]["overrides"]),
        )
    _print(table, "Nothing ends in that time.")


def value(found: Any) -> str:
    """A value as a person reads it."""
    if found is None:
        return "?"
    return found if isinstance(found, str) else json.dumps(found)


def _waits_for(each: Answer) -> str:
    if each["waitsFor"] == "ENTITY":
        return f"the {each['needsKind'].lower()} {each['needsId']}"
    return {"LISTING": "a source that lists it", "FACT": "a fact it cannot be without"}[
        each["waitsFor"]
    ]


def _print(table: Table, otherwise: str) -> None:
    Console().print(table if table.row_count else otherwise)
