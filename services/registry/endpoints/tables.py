"""Answers about endpoints as a person reads them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

Answer = dict[str, Any]


def endpoints(found: list[Answer]) -> None:
    """Whose they are, whether they can be called, and how they are."""
    table = Table("endpoint", "whose", "address", "server", "called with", "health")
    for each in found:
        table.add_row(
            each["id"],
            _whose(each),
            each["url"] or "",
            each["server"].lower(),
            _called_with(each),
            _health(each),
        )
    console = Console()
    console.print(table if found else "There are none.")


def endpoint(shown: Answer) -> None:
    """One of them, and what it serves."""
    console = Console()
    for name, value in (
        ("endpoint", shown["id"]),
        ("whose", _whose(shown)),
        ("address", shown["url"] or "not known"),
        ("server", f"{shown['server'].lower()}, dialect {shown['dialect'].lower()}"),
        ("hosting", shown["hosting"].lower()),
        ("residency", ", ".join(shown["residency"]) or "not known"),
        ("zones", ", ".join(shown["zones"]) or "all"),
        ("called with", _called_with(shown)),
        ("health", _health(shown) or "not known"),
    ):
        console.print(f"[bold]{name:12}[/] {value}")
    table = Table("served as", "model", "context", "quantization", "$/Mtok in", "out")
    for each in shown["offerings"]["nodes"]:
        price = each["price"] or {}
        values = (each["context"], each["quantization"], price.get("input"), price.get("output"))
        table.add_row(each["nativeId"], each["modelId"], *(_text(value) for value in values))
    console.print(table if shown["offerings"]["nodes"] else "It serves nothing that is known.")


def tested(told: Answer) -> None:
    """What a look showed."""
    console = Console()
    took = f" after {told['latencyMs']:g} ms" if told["latencyMs"] is not None else ""
    status = f"HTTP {told['status']}{took}" if told["status"] else "no answer"
    console.print(f"{'Reached' if told['reached'] else 'Not reached'}: {status}.")
    if told["reason"]:
        console.print(f"[red]Of no use as it is:[/] {told['reason']}")
    if told["models"]:
        table = Table("served as", "model")
        for each in told["models"]:
            own = " (its owner's own)" if each["isPrivate"] else ""
            table.add_row(each["nativeId"], each["model"] + own)
        console.print(table)


def _whose(each: Answer) -> str:
    if each["owner"]:
        return f"tenant {each['owner']}"
    for_whom = ", ".join(each["dedicatedTo"])
    return f"the platform's, for {for_whom}" if for_whom else "the platform's"


def _called_with(each: Answer) -> str:
    if each["hasSecret"]:
        return f"secret, version {each['secretVersion']}"
    return "nothing: it is keyless" if each["keyless"] else "not enabled"


def _health(each: Answer) -> str:
    states = (
        f"{state['zone']}: {state['state'].lower()}"
        + (f" ({state['reason']})" if state["reason"] else "")
        for state in each["health"]
    )
    return ", ".join(states)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
