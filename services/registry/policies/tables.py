"""Policies as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.registry.policies.looking import Looked

Answer = dict[str, Any]
NEWEST = 20
_STYLES = {"ACTIVE": "bold", "RETIRED": "dim"}


def looked(found: Iterable[Looked]) -> None:
    """Everything there is to say, as compilers write it."""
    console = Console(soft_wrap=True)
    for each in found:
        for severity, notes in (("error", each.errors), ("warning", each.warnings)):
            for note in notes:
                console.print(_note(each.file, severity, note))
        if each.is_sound:
            console.print(f"{escape(each.file)}: {escape(each.name or '')} is in order.")


def _note(file: str, severity: str, note: Answer) -> str:
    style = "red" if severity == "error" else "yellow"
    where = f"{file}:{note['line']}:{note['column']}"
    return f"{escape(where)}: [{style}]{severity}[/] {escape(note['message'])}"


def tested(found: Looked) -> None:
    """One row a test, and whatever else is wrong."""
    console = Console(soft_wrap=True)
    table = Table("test", "", "came out")
    for each in found.tests:
        word = "[green]passes[/]" if each["passed"] else "[red]fails[/]"
        table.add_row(escape(each["name"]), word, escape(each["message"]))
    if table.row_count:
        Console().print(table)
    failed = {each["message"] for each in found.tests}
    others = [each for each in found.errors if each["message"] not in failed]
    for note in others:
        console.print(_note(found.file, "error", note))
    for note in found.warnings:
        console.print(_note(found.file, "warning", note))
    if not table.row_count and not others:
        console.print("There are no tests in it.")


def warned(warnings: Sequence[str]) -> None:
    """What is taken as it is, and may not be meant."""
    for each in warnings:
        Console(soft_wrap=True).print(f"[yellow]warning[/] {escape(each)}")


def versions(found: list[Answer]) -> None:
    """One row a version."""
    table = Table("version", "is", "because", "by")
    for each in found:
        row = (each["id"], each["state"].lower(), each["reason"], each["actor"])
        table.add_row(*map(escape, row), style=_STYLES.get(each["state"], ""))
    Console().print(table if table.row_count else "There are no policies.")


def version(found: Answer) -> None:
    """A version, rule by rule."""
    console = Console()
    whom = found["match"] or (f"tenant {found['tenant']}" if found["tenant"] else "everybody")
    console.print(f"{escape(found['id'])} is {found['state'].lower()}: {escape(found['reason'])}")
    console.print(f"It is for: {escape(whom)}")
    if (objective := found["objective"]) is not None:
        shares = ", ".join(f"{name} {share:g}" for name, share in objective.items())
        console.print(f"What counts: {shares}")
    table = Table("rule", "when", "does")
    for rule in found["rules"]:
        does = "; ".join(_effects(rule))
        table.add_row(escape(rule["name"]), escape(rule["when"] or "always"), escape(does))
    console.print(table)


def _effects(rule: Answer) -> Iterator[str]:
    if rule["require"]:
        yield f"requires {_plain(rule['require'])}"
    if rule["deny"]:
        denied = ", ".join(f"{each['kind'].lower()} {each['id']}" for each in rule["deny"])
        yield f"denies {denied}"
    if rule["prefer"]:
        yield f"prefers {_plain(rule['prefer'])}"
    if rule["fallback"]:
        yield f"falls back to {', '.join(rule['fallback'])}"


def difference(found: Answer) -> None:
    """Rules field by field, then requests that are answered otherwise."""
    console = Console()
    table = Table("rule", "field", "before", "after")
    for part in found["parts"]:
        table.add_row("", part["field"], _plain(part["before"]), _plain(part["after"]))
    for rule in found["rules"]:
        for number, part in enumerate(rule["parts"]):
            name = f"{rule['rule']} ({rule['change'].lower()})" if number == 0 else ""
            values = (_plain(part["before"]), _plain(part["after"]))
            table.add_row(*map(escape, (name, part["field"], *values)))
    console.print(table if table.row_count else "Both say the same.")
    console.print(f"Of {found['cases']} requests {found['moved']} are answered otherwise.")
    moves = Table("request", "before", "after")
    for move in found["moves"]:
        before = _chain(move["before"], move["firstMsBefore"])
        row = (move["asked"], before, _chain(move["after"], move["firstMsAfter"]))
        moves.add_row(*map(escape, row), style="" if move["isElsewhere"] else "dim")
    if moves.row_count:
        console.print(moves)


def shadowed(found: Answer) -> None:
    """What was counted, version by version, then requests that would be answered otherwise."""
    console = Console()
    for url in found["silent"]:
        console.print(f"[yellow]warning[/] the router at {escape(url)} does not answer.")
    table = Table("version", "came out", "requests")
    for each in found["versions"]:
        for number, (outcome, count) in enumerate(each["outcomes"].items()):
            name = each["policy"] if number == 0 else ""
            table.add_row(escape(name), outcome.replace("_", " "), str(count))
    none = f"No request that {escape(found['policy'])} would come into was resolved again yet."
    console.print(table if table.row_count else none)
    samples = Table("at", "tenant", "step", "before", "after", "because")
    for each in found["samples"][:NEWEST]:
        about = (str(each["at"])[:19], each.get("tenant") or "", each.get("step") or "any")
        row = (*about, _tried(each["before"]), _tried(each["after"]), _because(each["because"]))
        samples.add_row(*map(escape, row))
    if samples.row_count:
        console.print(samples)
    if (more := len(found["samples"]) - samples.row_count) > 0:
        console.print(f"{more} older ones are told with --json.")


def _tried(side: Answer) -> str:
    tried = [side["offering"], *side.get("fallbacks", [])] if "offering" in side else []
    return _chain(tried, side.get("first_attempt_ms"))


def _because(rules: list[Answer]) -> str:
    said = (
        f"{each['policy']}/{each['rule']} {each.get('did') or each['outcome']}" for each in rules
    )
    return "\n".join(said)


def _chain(tried: list[str], first_ms: int | None) -> str:
    bounds = "" if first_ms is None else f" (at most {first_ms} ms)"
    first, *others = tried or ["nobody"]
    return " > ".join([f"{first}{bounds}", *others])


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
