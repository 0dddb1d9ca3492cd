"""`routeyard keys …`."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from routeyard.domain.tenancy import Role
from services.registry.tenants.options import AsJson, Every, First, show

Why = Annotated[str, typer.Option(help="Why, for the history.")]


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group `keys`."""
    group.command("list", epilog="Example: routeyard keys list --tenant acme")(list_)
    group.command(
        "issue",
        epilog="Examples: routeyard keys issue --role tenant_user --tenant acme --label billing · "
        "routeyard keys issue --role tenant_user --tenant acme --project web --label shop "
        "--expires-at 2027-06-30 --reason 'the new shop'",
    )(issue)
    group.command(
        "rotate",
        epilog="Example: routeyard keys rotate 3xq6yu5lhcoba --overlap 86400 --reason quarterly",
    )(rotate)
    group.command("revoke", epilog="Example: routeyard keys revoke 3xq6yu5lhcoba --reason leaked")(
        revoke
    )


def list_(
    tenant: Annotated[str | None, typer.Option(help="Of this tenant alone.")] = None,
    first: First = 50,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """List keys by id, without anything that could be used as one."""
    from services.registry.tenants import orders, questions, tables

    given = {"tenant": orders.Given("ID", tenant)}
    most = None if every else first
    found = questions.listed(os.environ, "keys", questions.KEY, given, most)
    show(found, as_json, lambda: tables.keys(found))


def issue(
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    label: Annotated[str, typer.Option(help="What it is for.")],
    tenant: Annotated[str | None, typer.Option(help="For a tenant's role.")] = None,
    project: Annotated[str | None, typer.Option(help="One of the tenant's.")] = None,
    expires_at: Annotated[datetime | None, typer.Option(help="In UTC.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, for the history.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key; it is shown this once."""
    from services.registry.tenants import orders

    over = None if expires_at is None else expires_at.replace(tzinfo=UTC).isoformat()
    given = {
        "role": orders.Given("Role!", role.name),
        "label": orders.Given("String!", label),
        "tenant": orders.Given("ID", tenant),
        "project": orders.text(project),
        "expiresAt": orders.Given("DateTime", over),
        "reason": orders.text(reason),
    }
    made = orders.new_key(os.environ, "issueKey", given)
    show(made, as_json, lambda: typer.echo(made["key"]))


def rotate(
    key_id: str,
    reason: Why,
    overlap: Annotated[
        int, typer.Option(min=0, help="Seconds that the old key works on, 30 days at most.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Make a key in the place of one; it is shown this once."""
    from services.registry.tenants import orders

    given = {
        "keyId": orders.Given("String!", key_id),
        "reason": orders.Given("String!", reason),
        "overlap": orders.Given("Int!", overlap),
    }
    made = orders.new_key(os.environ, "rotateKey", given)
    show(made, as_json, lambda: typer.echo(made["key"]))


def revoke(
    key_id: str,
    reason: Why,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it is the last platform admin's key.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key unusable."""
    from services.registry.tenants import orders

    given = {
        "keyId": orders.Given("String!", key_id),
        "reason": orders.Given("String!", reason),
        "force": orders.flag(value=force),
    }
    orders.revoke_key(os.environ, given)
    show({"revoked": key_id}, as_json, lambda: typer.echo(f"The key {key_id} is revoked."))
