"""`routeyard tenants …` and `routeyard projects …`."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from routeyard.domain.errors import InvalidRequest
from services.registry.tenants.options import (
    AsJson,
    DryRun,
    Every,
    First,
    OfTenant,
    Reason,
    Residency,
    Yes,
    confirm,
    show,
    show_effect,
)

Networks = Annotated[
    list[str] | None,
    typer.Option(
        "--network", help="A private network (CIDR) its own endpoints may lie in; repeatable."
    ),
]
CREATE = (
    "Examples: routeyard tenants create acme --name 'Acme Legal' --class ENTERPRISE_LEGAL "
    "--residency EU · routeyard tenants create beta --name Beta --tier gold --dry-run"
)
UPDATE = (
    "Examples: routeyard tenants update acme --tier platinum · "
    "routeyard tenants update acme --anywhere --no-tier --dry-run"
)
OFFBOARD = (
    "Examples: routeyard tenants offboard acme --reason 'contract ended' --dry-run · "
    "routeyard tenants offboard acme --reason 'contract ended' --yes"
)


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group `tenants`."""
    group.command("list", epilog="Example: routeyard tenants list --class STANDARD --all")(list_)
    group.command("show", epilog="Example: routeyard tenants show acme")(show_)
    group.command("create", epilog=CREATE)(create)
    group.command("update", epilog=UPDATE)(update)
    group.command("offboard", epilog=OFFBOARD)(offboard)


def add_projects_to(group: typer.Typer) -> None:
    """Add these commands to the group `projects`."""
    group.command("list", epilog="Example: routeyard projects list --tenant acme")(projects)
    group.command(
        "create",
        epilog="Example: routeyard projects create web --tenant acme --name 'Web shop'",
    )(create_project)
    group.command("remove", epilog="Example: routeyard projects remove web --tenant acme")(
        remove_project
    )


def list_(
    of_class: Annotated[str | None, typer.Option("--class", help="Only of this class.")] = None,
    first: First = 50,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """List tenants by id."""
    from services.registry.tenants import questions, tables

    most = None if every or of_class else first
    found = questions.listed(os.environ, "tenants", questions.TENANT, most=most)
    if of_class is not None:
        found = [each for each in found if each["tenantClass"] == of_class]
        found = found if every else found[:first]
    show(found, as_json, lambda: tables.tenants(found))


def show_(tenant: str, as_json: AsJson = False) -> None:
    """Show a tenant: its record, its projects, and what is said for it."""
    from services.registry.tenants import questions, tables

    found = questions.tenant(os.environ, tenant)
    show(found, as_json, lambda: tables.tenant(found))


def create(
    tenant: str,
    name: Annotated[str, typer.Option(help="What people call it.")],
    tenant_class: Annotated[str, typer.Option("--class", help="Its class.")] = "STANDARD",
    tier: Annotated[str | None, typer.Option(help="In place of its class's.")] = None,
    residency: Residency = None,
    network: Networks = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a tenant join."""
    from services.registry.tenants import orders

    given = {
        "id": orders.name(tenant),
        "name": orders.Given("String!", name),
        "tenantClass": orders.Given("String!", tenant_class),
        "tier": orders.text(tier),
        "residency": orders.texts(residency or []),
        "allowedNetworks": orders.texts(network or []),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "createTenant", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def update(
    tenant: str,
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    tenant_class: Annotated[str | None, typer.Option("--class", help="Its class.")] = None,
    tier: Annotated[str | None, typer.Option(help="In place of its class's.")] = None,
    no_tier: Annotated[bool, typer.Option("--no-tier", help="Its class's again.")] = False,
    residency: Residency = None,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="Without residency.")] = False,
    network: Networks = None,
    no_network: Annotated[bool, typer.Option("--no-network", help="Without networks.")] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change what is given of a tenant's record; the rest stays."""
    from services.registry.tenants import orders

    for value, lifted, options in (
        (tier, no_tier, "--tier or --no-tier"),
        (residency, anywhere, "--residency or --anywhere"),
        (network, no_network, "--network or --no-network"),
    ):
        if value and lifted:
            raise InvalidRequest(f"Give either {options}.")
    given = {"id": orders.name(tenant)}
    if name is not None:
        given["name"] = orders.Given("String!", name)
    if tenant_class is not None:
        given["tenantClass"] = orders.Given("String!", tenant_class)
    if tier is not None or no_tier:
        given["tier"] = orders.text(tier)
    if residency or anywhere:
        given["residency"] = orders.Given("[String!]!", residency or [])
    if network or no_network:
        given["allowedNetworks"] = orders.Given("[String!]!", network or [])
    if len(given) == 1:
        raise InvalidRequest("Name what is to change, e.g. --tier gold.")
    given["dryRun"] = orders.flag(value=dry_run)
    done = orders.carry_out(os.environ, "updateTenant", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def offboard(
    tenant: str, reason: Reason, yes: Yes = False, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Let a tenant leave, with its projects, rules, keys, secrets and own endpoints."""
    from services.registry.tenants import orders

    if not dry_run:
        confirm(
            f"{tenant} leaves with all that is its own; its keys and secrets are destroyed and "
            "nothing brings them back. Go on?",
            yes=yes,
        )
    given = {
        "id": orders.name(tenant),
        "reason": orders.Given("String!", reason),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "offboardTenant", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def projects(
    tenant: OfTenant, first: First = 50, every: Every = False, as_json: AsJson = False
) -> None:
    """List a tenant's projects by id."""
    from services.registry.tenants import orders, questions, tables

    given = {"tenant": orders.name(tenant)}
    most = None if every else first
    found = questions.listed(os.environ, "projects", questions.PROJECT, given, most)
    show(found, as_json, lambda: tables.projects(found))


def create_project(
    project: str,
    tenant: OfTenant,
    name: Annotated[str, typer.Option(help="What people call it.")],
    residency: Residency = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a tenant a project, or replace its record."""
    from services.registry.tenants import orders

    given = {
        "tenant": orders.name(tenant),
        "project": orders.Given("String!", project),
        "name": orders.Given("String!", name),
        "residency": orders.texts(residency or []),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "createProject", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def remove_project(
    project: str,
    tenant: OfTenant,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a project away."""
    from services.registry.tenants import orders

    given = {
        "tenant": orders.name(tenant),
        "project": orders.Given("String!", project),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "removeProject", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)
