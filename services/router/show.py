"""A resolution as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

NEAREST = 10


def show(answer: dict[str, Any], *, every: bool) -> None:
    """Print the answer, its fallbacks, and why the others were left out."""
    console = Console()
    console.print(_headline(answer))
    if answer["chosen"]:
        console.print(_candidates([answer["chosen"], *answer["fallbacks"]]))
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
    table = Table(
        "", "because", "model", "release", "endpoint", "$/Mtok in", "out", "estimate $", "score"
    )
    for number, found in enumerate(candidates):
        price = found.get("price") or {}
        table.add_row(
            "chosen" if number == 0 else f"fallback {number}",
            str(found.get("because", "best")).replace("_", " "),
            found["model"],
            found["release"].rpartition("@")[2],
            found["endpoint"],
            price.get("input", "?"),
            price.get("output", "?"),
            found.get("cost_estimate", "?"),
            _score(found.get("score")),
        )
    return table


def _score(parts: dict[str, float] | None) -> str:
    if parts is None:
        return ""
    shares = (
        f"cost {parts['cost']:.2f}, quality {parts['quality']:.2f}, latency {parts['latency']:.2f}"
    )
    preferred = f", preferred +{parts['preference']:.2f}" if parts["preference"] else ""
    return f"{parts['total']:.3f} ({shares}{preferred})"


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
