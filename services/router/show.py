"""A resolution as a person reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

NEAREST = 10


def show(answer: dict[str, Any], *, every: bool) -> None:
    """Print the answer, its fallbacks, and why the others were left out."""
    console = Console()
    console.print(_headline(answer))
    if answer["chosen"]:
        chain = [answer["chosen"], *answer["fallbacks"]]
        console.print(_candidates(chain))
        if all(each.get("score") for each in chain):
            console.print(_scores(chain))
    if answer["rejected_for"]:
        console.print(_counts(answer["rejected_for"]))
    if answer.get("rejections"):
        console.print(_rejections(answer["rejections"], every=every))
    if answer.get("rules"):
        console.print(_rules(answer["rules"], every=every))
    if answer.get("overrides"):
        console.print(_overrides(answer["overrides"]))


def _headline(answer: dict[str, Any]) -> str:
    place = f"revision {answer['revision']}, zone {answer['zone']}, {answer['resolve_us']} µs"
    stale = (
        " [yellow](stale: the registry has not been heard for three seconds)[/]"
        if answer["stale"]
        else ""
    )
    counted = f"{answer['eligible']} of {answer['considered']} candidates are eligible"
    if not answer["chosen"]:
        return f"[bold red]No candidate.[/] {counted}; {place}{stale}"
    chosen = answer["chosen"]
    where = f"[bold green]{chosen['model']}[/] at [bold]{chosen['endpoint']}[/]"
    return f"{where}. {counted}; {place}{stale}{_policies(answer)}"


def _policies(answer: dict[str, Any]) -> str:
    """The policies that hold, and what they say of the first attempt; empty without any."""
    held = answer.get("policies") or []
    if not held:
        return ""
    bound = answer.get("first_attempt_ms")
    limit = "" if bound is None else f"; the first attempt may take {bound} ms"
    missed = answer.get("not_evaluated", 0)
    unknown = f"; [yellow]{missed} of their rules could not be evaluated[/]" if missed else ""
    return f"\nPolicies: {', '.join(held)}{limit}{unknown}"


def _candidates(candidates: list[dict[str, Any]]) -> Table:
    table = Table("", "model", "endpoint", "because", "$/Mtok in, out", "estimate $")
    for number, found in enumerate(candidates):
        price = found.get("price") or {}
        table.add_row(
            "chosen" if number == 0 else f"fallback {number}",
            _release(found),
            found["endpoint"],
            str(found.get("because", "best")).replace("_", " "),
            f"{price.get('input', '?')}, {price.get('output', '?')}",
            _plain(found.get("cost_estimate")),
        )
    return table


def _plain(amount: str | None) -> str:
    return "" if amount is None else format(Decimal(amount).normalize(), "f")


def _release(found: dict[str, Any]) -> str:
    """The model, with the date of its release where that is known."""
    dated = str(found["release"])
    return found["model"] if dated.endswith("@undated") else dated


def _scores(candidates: list[dict[str, Any]]) -> Table:
    """What each score is the sum of: shares of 0 to 1 before their weights."""
    names = ("cost", "quality", "latency", "preference", "total")
    table = Table("model", "endpoint", *names, title="Scores")
    for found in candidates:
        parts = [f"{found['score'][name]:.3f}" for name in names]
        table.add_row(found["model"], found["endpoint"], *parts)
    return table


def _counts(rejected_for: dict[str, int]) -> Table:
    table = Table(
        "left out because", "candidates", title="Reasons (one candidate may have several)"
    )
    for reason, count in sorted(rejected_for.items(), key=lambda item: -item[1]):
        table.add_row(reason, str(count))
    return table


def _rules(rules: list[dict[str, Any]], *, every: bool) -> Table:
    """What the policies' rules did; those whose condition was not met only when all are wanted."""
    table = Table("policy", "rule", "outcome", "did", title="Rules")
    for rule in rules:
        if every or rule["outcome"] != "not_met":
            outcome = rule["outcome"].replace("_", " ")
            table.add_row(rule["policy"], rule["rule"], outcome, rule.get("did", ""))
    return table


def _overrides(overrides: list[dict[str, Any]]) -> Table:
    table = Table("said by", "at", "what", "outcome", "because of", title="What is said for you")
    for each in overrides:
        outcome = each["outcome"].replace("_", " ")
        table.add_row(each["origin"], each["level"], each["kind"], outcome, each.get("because", ""))
    return table


def _rejections(rejections: list[dict[str, Any]], *, every: bool) -> Table:
    """Those with the fewest reasons first: they were the nearest."""
    nearest = sorted(rejections, key=lambda r: (len(r["reasons"]), r["offering"]))
    shown = nearest if every else nearest[:NEAREST]
    more = (
        ""
        if len(shown) == len(nearest)
        else f" (the nearest {len(shown)} of {len(nearest)}; --all shows all)"
    )
    table = Table("left out", "because", title=f"Left out{more}")
    for rejection in shown:
        table.add_row(rejection["offering"], "; ".join(rejection["reasons"]))
    return table
