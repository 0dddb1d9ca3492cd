"""`routeyard tenants classes …` and `routeyard tenants tiers …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from services.registry.tenants.options import (
    AsJson,
    DryRun,
    Residency,
    limit,
    show,
    show_effect,
    target,
)

Name = Annotated[str, typer.Option(help="What people call it.")]
DEFINE_TIER = (
    "Examples: routeyard tenants tiers define gold --name Gold --allow provider=openai "
    "--limit requests_per_minute=600 · routeyard tenants tiers define open --name Open"
)


def add_classes_to(group: typer.Typer) -> None:
    """Add these commands to the group `tenants classes`."""
    group.command("list", epilog="Example: routeyard tenants classes list --json")(classes)
    group.command(
        "define",
        epilog="Example: routeyard tenants classes define ENTERPRISE_LEGAL "
        "--name 'Enterprise, legal' --tier gold --residency EU",
    )(define_class)
    group.command("remove", epilog="Example: routeyard tenants classes remove TRIAL")(remove_class)


def add_tiers_to(group: typer.Typer) -> None:
    """Add these commands to the group `tenants tiers`."""
    group.command("list", epilog="Example: routeyard tenants tiers list --json")(tiers)
    group.command("define", epilog=DEFINE_TIER)(define_tier)
    group.command("remove", epilog="Example: routeyard tenants tiers remove silver")(remove_tier)


def classes(as_json: AsJson = False) -> None:
    """List kinds of tenants."""
    from services.registry.tenants import questions, tables

    found = questions.listed(os.environ, "tenantClasses", questions.CLASS)
    show(found, as_json, lambda: tables.classes(found))


def define_class(
    tenant_class: Annotated[str, typer.Argument(metavar="CLASS")],
    name: Name,
    tier: Annotated[str | None, typer.Option(help="What is sold to them.")] = None,
    residency: Residency = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Define a kind of tenants, or replace its record."""
    from services.registry.tenants import orders

    given = {
        "id": orders.name(tenant_class),
        "name": orders.Given("String!", name),
        "tier": orders.text(tier),
        "residency": orders.texts(residency or []),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "defineTenantClass", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def remove_class(
    tenant_class: Annotated[str, typer.Argument(metavar="CLASS")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a kind of tenants away that nobody is of."""
    _remove("removeTenantClass", tenant_class, dry_run, as_json)


def tiers(as_json: AsJson = False) -> None:
    """List what the platform sells."""
    from services.registry.tenants import questions, tables

    found = questions.listed(os.environ, "tiers", questions.TIER)
    show(found, as_json, lambda: tables.tiers(found))


def define_tier(
    tier: str,
    name: Name,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="KIND=ID that may be used, e.g. provider=openai; repeatable."),
    ] = None,
    limits: Annotated[
        list[str] | None, typer.Option("--limit", help="KIND=VALUE; repeatable.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Define what is sold under a name, or replace it. Without --allow everything may be used."""
    from services.registry.tenants import orders

    given = {
        "id": orders.name(tier),
        "name": orders.Given("String!", name),
        "allow": orders.Given("[TargetInput!]", [target(each, "--allow") for each in allow or ()]),
        "limits": orders.Given("[LimitInput!]", [limit(each) for each in limits or ()]),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "defineTier", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def remove_tier(tier: str, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Sell nothing under a name any more that nobody has."""
    _remove("removeTier", tier, dry_run, as_json)


def _remove(mutation: str, name: str, dry_run: bool, as_json: bool) -> None:
    from services.registry.tenants import orders

    given = {"id": orders.name(name), "dryRun": orders.flag(value=dry_run)}
    done = orders.carry_out(os.environ, mutation, given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)
