"""Whom a change touches, as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Answer = dict[str, Any]

_MOST_NAMES = 10
_MOST_MOVES = 40


def show(radius: Answer) -> None:
    """The tenants, their rules, and where their own requests would go."""
    console = Console()
    if not radius["tenants"]:
        console.print("No tenant is touched.")
        return
    for what in ("tenants", "overrides", "aliases", "profiles"):
        if radius[what]:
            console.print(f"Touches {what}: {escape(_named(radius[what]))}")
    moves = radius["moves"]
    if moves:
        console.print(_table(moves[:_MOST_MOVES]))
    else:
        console.print("None of them would be sent elsewhere.")
    if len(moves) > _MOST_MOVES:
        console.print(f"And {len(moves) - _MOST_MOVES} more; --json has them all.")
    if not radius["isComplete"]:
        console.print("Where requests would go was found out for the first tenants only.")


def _table(moves: list[Answer]) -> Table:
    table = Table("tenant", "asked for", "now", "then")
    for move in moves:
        asked = "(anything)" if move["asked"] == "*" else move["asked"]
        cells = (move["tenant"], asked, move["before"] or "nothing", move["after"] or "nothing")
        table.add_row(*(escape(each) for each in cells))
    return table


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
