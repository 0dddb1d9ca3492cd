"""What applies to a scope, level by level, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.registry.tenants.tables import places, rule, target

Answer = dict[str, Any]
_LEVELS = {
    "PLATFORM": "everyone",
    "CLASS": "its class",
    "TENANT": "tenant",
    "PROJECT": "project",
    "KEY": "key",
}


def effective(found: Answer) -> None:
    """Everything that is said on the way, widest first; then what it comes to."""
    console = Console()
    console.print(f"What is said on the way from the platform to {_named(found)}, widest first:")
    table = Table("said for", "by", "what", "says", "", "why not")
    shown = ""
    for each in found["said"]:
        level = _LEVELS[each["level"]]
        applies = each["outcome"] == "APPLIES"
        table.add_row(
            level if level != shown else "",
            each["author"].lower(),
            escape(each["origin"]),
            escape(_says(each)),
            "applies" if applies else "does not",
            escape(_why(each)),
            style="" if applies else "dim",
        )
        shown = level
    console.print(table if table.row_count else "Nothing: everything may be used, without limits.")
    for line in _sums(found):
        console.print(escape(line))


def _named(found: Answer) -> str:
    parts = [f"tenant {found['tenant']}"]
    parts += [f"its {part} {found[part]}" for part in ("project", "key") if found[part]]
    return ", ".join(parts)


def _says(each: Answer) -> str:
    if each["override"] is not None:
        return rule(each["override"])
    if each["residency"]:
        return f"requests stay in {places(each['residency'])}"
    if each["limit"] is not None:
        return f"at most {each['value']} {each['limit'].lower()}"
    return "allow " + (", ".join(map(target, each["targets"])) or "nothing")


def _why(each: Answer) -> str:
    """Why something does not apply."""
    other = each["because"] or ""
    return {
        "APPLIES": "",
        "EXPIRED": f"it was over at {(each['override'] or {}).get('expiresAt')}",
        "NOT_ROLLED_OUT": "it is rolled out to others first",
        "REPLACED": f"{other} is said for a narrower scope by the platform, in its place",
        "OUTRANKED": f"{other} counts instead",
    }[each["outcome"]]


def _sums(found: Answer) -> Iterator[str]:
    """What it all comes to."""
    for each in found["allowed"]:
        targets = ", ".join(map(target, each["targets"])) or "nothing"
        yield f"Only: {targets} ({', '.join(each['origins'])})"
    if found["denied"]:
        yield f"Never: {', '.join(map(target, found['denied']))}"
    for each in found["limits"]:
        yield f"At most: {each['value']} {each['kind'].lower()} ({each['origin']})"
    for residency in found["residency"]:
        yield f"Within: {places(residency)}"
    for field in ("aliases", "profiles"):
        if found[field]:
            yield f"{field.capitalize()}: {', '.join(found[field])}"
