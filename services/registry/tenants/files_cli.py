"""`routeyard apply` and `routeyard export tenants`: tenants in files, and files in git."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest
from services.registry.tenants.options import AsJson, Yes

if TYPE_CHECKING:
    from services.registry.tenants.plan import Plan

Answer = dict[str, Any]

CHANGED = 2
APPLY = (
    "Examples: routeyard apply -f tenants/ --dry-run · routeyard apply -f tenants/ --prune --yes "
    "--reason 'merge request 17' · routeyard apply -f tenants/ --dry-run --detailed-exitcode --json"
)
EXPORT = (
    "Examples: routeyard export tenants -o tenants/ · "
    "routeyard export tenants -o tenants/ --tenant acme --force"
)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("apply", epilog=APPLY)(apply)
    group = typer.Typer(no_args_is_help=True, help="Write what is there into files.")
    group.callback()(_export)
    group.command("tenants", epilog=EXPORT)(export_tenants)
    app.add_typer(group, name="export")


def _export() -> None:
    """Write what is there into files."""


def apply(
    files: Annotated[
        list[Path], typer.Option("--file", "-f", help="A file, or a folder of them; repeatable.")
    ],
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Also remove what the files' lists do not name (any more)."),
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, for the audit.")] = "apply files",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan; change nothing.")
    ] = False,
    yes: Yes = False,
    detailed_exitcode: Annotated[
        bool,
        typer.Option("--detailed-exitcode", help="Exit with 2 when there is something to do."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make tiers, tenant classes, tenants, projects and overrides as files say.

    Shows a plan, and whom it touches, and asks before it is carried out. A second run changes
    nothing.
    """
    from services.registry.tenants import applying, plan_tables

    plan = _planned(files, prune)
    findings, radius = applying.rehearse(os.environ, plan, reason)
    if not as_json:
        plan_tables.show(plan, findings)
        if plan.steps and not findings:
            _show_radius(radius)
    is_applied = bool(plan.steps) and not findings and not dry_run
    revision = plan.revision
    if is_applied:
        _ask(plan, yes)
        revision = applying.take(os.environ, plan, reason, _tell)
    if as_json:
        told = plan_tables.as_json(plan)
        told |= {"findings": findings, "blastRadius": radius}
        told |= {"applied": is_applied, "revision": revision}
        typer.echo(json.dumps(told))
    if findings:
        raise typer.Exit(1)
    if plan.steps and detailed_exitcode:
        raise typer.Exit(CHANGED)


def export_tenants(
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder.")],
    tenant: Annotated[
        list[str] | None, typer.Option(help="Only these tenants' files; repeatable.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that are there already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write tiers, classes, tenants, projects and overrides into a folder of files.

    To apply it changes nothing. Keys and secrets are not in it.
    """
    from services.registry.tenants import exporting

    count = exporting.write(out, exporting.files(os.environ, tenant), is_forced=force)
    told = f"{count} files are in {out}."
    typer.echo(json.dumps({"files": count, "folder": str(out)}) if as_json else told)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _planned(files: list[Path], prune: bool) -> Plan:
    from services.registry.tenants import standing
    from services.registry.tenants.declared import read_folder, require_tenants
    from services.registry.tenants.plan import plan

    declared = read_folder(files)
    revision = standing.revision(os.environ)
    held = standing.held(os.environ, declared)
    require_tenants(declared, held)
    return plan(declared.things.values(), held, revision, is_pruning=prune)


def _show_radius(radius: Answer | None) -> None:
    from services.registry.tenants import radius_tables

    if radius is None:
        typer.echo("The plan takes several commits; whom they touch is not known beforehand.")
    else:
        radius_tables.show(radius)


def _ask(plan: Plan, yes: bool) -> None:
    if yes:
        return
    if not is_terminal():
        raise InvalidRequest("There is nobody to ask; give --yes to carry the plan out.")
    if not typer.confirm(f"Carry out these {len(plan.steps)} changes?"):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(1)


def _tell(taken: int, of: int, revision: int) -> None:
    typer.echo(f"{taken} of {of} changes are in as of revision {revision}.", err=True)
