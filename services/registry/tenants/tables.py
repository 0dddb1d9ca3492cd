"""Tenants and what applies to them, as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Answer = dict[str, Any]


def tenants(found: list[Answer]) -> None:
    """One row a tenant."""
    table = Table("tenant", "name", "class", "tier", "residency", "own networks")
    for each in found:
        row = (each["id"], each["name"], each["tenantClass"], each["tier"] or "of its class")
        table.add_row(*_plain(row), places(each["residency"]), ", ".join(each["allowedNetworks"]))
    _print(table, "There are no tenants.")


def classes(found: list[Answer]) -> None:
    """One row a class."""
    table = Table("class", "name", "tier", "residency")
    for each in found:
        row = (each["id"], each["name"], each["tier"] or "none: everything may be used")
        table.add_row(*_plain(row), places(each["residency"]))
    _print(table, "There are no tenant classes.")


def tiers(found: list[Answer]) -> None:
    """One row a tier."""
    table = Table("tier", "name", "allows", "limits")
    for each in found:
        allows = ", ".join(map(target, each["allow"])) or "everything"
        table.add_row(*_plain((each["id"], each["name"], allows)), _limits(each["limits"]))
    _print(table, "There are no tiers.")


def projects(found: list[Answer]) -> None:
    """One row a project."""
    table = Table("project", "name", "residency")
    for each in found:
        table.add_row(*_plain((each["id"], each["name"])), places(each["residency"]))
    _print(table, "There are no projects.")


def overrides(found: list[Answer]) -> None:
    """One row a rule."""
    table = Table("override", "says", "by", "until", "reason")
    for each in found:
        row = (each["id"], rule(each), each["author"].lower(), each["expiresAt"] or "")
        table.add_row(*_plain(row), escape(each["reason"]))
    _print(table, "There are no overrides.")


def keys(found: list[Answer]) -> None:
    """One row a key."""
    table = Table("key", "role", "of", "state", "label")
    for each in found:
        owner = each["tenant"] or "the platform"
        whose = owner if each["project"] is None else f"{owner}/{each['project']}"
        table.add_row(
            *_plain((each["id"], each["role"].lower(), whose, state(each))), each["label"]
        )
    _print(table, "There are no keys.")


def tenant(found: Answer) -> None:
    """A tenant's record, its projects, and what is said for it."""
    tenants([found])
    projects(found["projects"]["nodes"])
    overrides(found["overrides"]["nodes"])
    if found["overrides"]["pageInfo"]["hasNextPage"]:
        Console().print(f"There are more: routeyard overrides list --tenant {found['id']} --all")


def override(found: Answer) -> None:
    """A rule, field by field."""
    table = Table("field", "value")
    for name, value in found.items():
        if value is not None:
            table.add_row(name, escape(value if isinstance(value, str) else json.dumps(value)))
    _print(table, "")


def rule(said: Answer) -> str:
    """What a rule says, in words."""
    percent = f" for {said['rollout']['percent']:g} %" if said["rollout"] else ""
    return f"{_said(said)}{percent}"


def _said(said: Answer) -> str:
    kind = said["kind"].lower()
    aim = f"{said['targetKind'].lower()} {said['target']}" if said["targetKind"] else ""
    match kind:
        case "limit":
            return f"at most {said['value']} {said['limit'].lower()}"
        case "alias":
            return f"{said['name']} is {aim}"
        case "profile":
            return f"{said['name']} asks for {json.dumps(said['require'])}"
        case "pin":
            return f"pin {said['model']} to {aim}" if said["model"] else f"pin to {aim}"
        case _:
            return f"{kind} {aim}" + ("" if said["weight"] is None else f" by {said['weight']:g}")


def target(aim: Answer) -> str:
    """What a rule points at."""
    return f"{aim['kind'].lower()} {aim['id']}"


def places(residency: Iterable[str]) -> str:
    """Jurisdictions."""
    return ", ".join(residency) or "anywhere"


def state(key: Answer) -> str:
    """Until when a key works."""
    if key["revokedAt"]:
        return f"revoked {key['revokedAt']}"
    return f"until {key['expiresAt']}" if key["expiresAt"] else "unlimited"


def _limits(found: Iterable[Answer]) -> str:
    return "\n".join(f"{each['kind'].lower()} {each['value']}" for each in found)


def _plain(row: Iterable[str]) -> Iterable[str]:
    return map(escape, row)


def _print(table: Table, otherwise: str) -> None:
    Console().print(table if table.row_count else otherwise)
