"""The commands about tenants: the groups, and the two that work on folders."""

from __future__ import annotations

from collections.abc import Callable

import typer

from services.registry.tenants import files_cli, keys_cli, kinds_cli, overrides_cli, tenants_cli


def register(app: typer.Typer) -> None:
    """Add the groups and commands to ``app``."""
    app.add_typer(_tenants(), name="tenants")
    app.add_typer(_group("Parts of tenants.", tenants_cli.add_projects_to), name="projects")
    app.add_typer(_group("What applies to whom.", overrides_cli.add_to), name="overrides")
    app.add_typer(_group("API keys.", keys_cli.add_to), name="keys")
    files_cli.add_to(app)


def _tenants() -> typer.Typer:
    group = _group("Customers of the platform.", tenants_cli.add_to)
    group.add_typer(_group("Kinds of tenants.", kinds_cli.add_classes_to), name="classes")
    group.add_typer(_group("What the platform sells.", kinds_cli.add_tiers_to), name="tiers")
    return group


def _group(summary: str, add_to: Callable[[typer.Typer], None]) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=summary)
    add_to(group)
    return group
