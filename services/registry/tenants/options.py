"""Options that several commands about tenants share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
First = Annotated[int, typer.Option(min=1, help="How many.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
Residency = Annotated[
    list[str] | None,
    typer.Option(help="A jurisdiction that requests must stay in; repeatable."),
]
Tenant = Annotated[str | None, typer.Option(help="For this tenant.")]
OfTenant = Annotated[str, typer.Option(help="Of this tenant.")]
TenantClass = Annotated[str | None, typer.Option("--class", help="For tenants of this class.")]
Project = Annotated[str | None, typer.Option(help="For one of the tenant's projects.")]
Key = Annotated[str | None, typer.Option(help="For one of the tenant's keys, by its id.")]


def show(value: Any, as_json: bool, table: Callable[[], None]) -> None:  # noqa: FBT001 - as Typer has it
    """Print a value for a program or for a person."""
    if as_json:
        typer.echo(json.dumps(value))
    else:
        table()


def show_effect(done: dict[str, Any], *, is_dry_run: bool, as_json: bool) -> None:
    """Print what an order changed or would change; exit status 1 when it would be refused."""
    from services.registry.models import tables  # noqa: PLC0415 - rich is slow to import
    from services.registry.tenants import radius_tables  # noqa: PLC0415 - the same

    def table() -> None:
        tables.effect(done, is_dry_run=is_dry_run)
        if is_dry_run:
            radius_tables.show(done["blastRadius"])

    show(done, as_json, table)
    if done["findings"]:
        raise typer.Exit(1)


def confirm(question: str, *, yes: bool) -> None:
    """Ask before what cannot be undone; exit status 1 when the answer is no."""
    if not yes and not typer.confirm(question):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(1)


def target(written: str, option: str) -> dict[str, str]:
    """`provider=openai` as GraphQL takes it.

    Raises:
        InvalidRequest: it is not of that form.
    """
    kind, equals, name = written.partition("=")
    if not equals or not kind or not name:
        raise InvalidRequest(
            f"{option} is {written!r}; write KIND=ID, e.g. provider=openai, "
            "model=openai/gpt-4o, endpoint=…, release=… or capability=…."
        )
    return {"kind": kind.upper(), "id": name}


def limit(written: str) -> dict[str, str]:
    """`requests_per_minute=600` as GraphQL takes it."""
    kind, equals, value = written.partition("=")
    if not equals or not value:
        raise InvalidRequest(
            f"--limit is {written!r}; write KIND=VALUE, e.g. requests_per_minute=600."
        )
    return {"kind": kind.upper(), "value": value}
