"""`routeyard overrides …`: rules of every kind for every scope."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overrides import Author, OverrideKind, ScopeLevel
from services.registry.tenants.options import (
    AsJson,
    DryRun,
    Every,
    First,
    Key,
    OfTenant,
    Project,
    Reason,
    Tenant,
    TenantClass,
    limit,
    show,
    show_effect,
    target,
)

By = Annotated[
    Author | None,
    typer.Option(help="Whose word it is; yours, if you leave it out."),
]
SET = (
    "Examples: routeyard overrides set no-preview deny --tenant acme "
    "--target model=google/gemini-3-flash-preview --reason 'not GA' · "
    "routeyard overrides set cap limit --class TRIAL --limit requests_per_minute=60 "
    "--reason trial · routeyard overrides set fast alias --tenant acme --project web "
    "--target model=openai/gpt-4o-mini --reason 'one name for all apps' · "
    "routeyard overrides set long profile --tenant acme "
    """--require '{"min_context": 128000}' --reason contracts · """
    "routeyard overrides set canary pin --tenant acme --model openai/gpt-4o "
    "--target release=openai/gpt-4o@20241120 --percent 10 --expires-at 2027-01-31 --reason trial"
)
EFFECTIVE = (
    "Examples: routeyard overrides effective --tenant acme · "
    "routeyard overrides effective --tenant acme --project web --key 3xq6yu5lhcoba --json"
)


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group `overrides`."""
    group.command(
        "list",
        epilog="Examples: routeyard overrides list --tenant acme · "
        "routeyard overrides list --class TRIAL · routeyard overrides list --level platform",
    )(list_)
    group.command("show", epilog="Example: routeyard overrides show acme/no-preview")(show_)
    group.command("set", epilog=SET)(set_)
    group.command(
        "remove",
        epilog="Example: routeyard overrides remove no-preview --tenant acme --reason 'GA now'",
    )(remove)
    group.command("effective", epilog=EFFECTIVE)(effective)


def list_(
    tenant: Tenant = None,
    tenant_class: TenantClass = None,
    level: Annotated[
        str | None, typer.Option(help="platform, class, tenant, project or key.")
    ] = None,
    first: First = 50,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """List rules by id."""
    from services.registry.tenants import orders, questions, tables

    given = {
        "tenant": orders.Given("ID", tenant),
        "tenantClass": orders.text(tenant_class),
        "level": orders.Given("ScopeLevel", None if level is None else _level(level)),
    }
    most = None if every else first
    found = questions.listed(os.environ, "overrides", questions.OVERRIDE, given, most)
    show(found, as_json, lambda: tables.overrides(found))


def show_(override: str, as_json: AsJson = False) -> None:
    """Show a rule, by its id."""
    from services.registry.tenants import questions, tables

    found = questions.override(os.environ, override)
    show(found, as_json, lambda: tables.override(found))


def set_(
    name: str,
    kind: OverrideKind,
    reason: Reason,
    tenant: Tenant = None,
    tenant_class: TenantClass = None,
    project: Project = None,
    key: Key = None,
    author: By = None,
    aim: Annotated[
        str | None,
        typer.Option("--target", help="KIND=ID it points at, e.g. model=openai/gpt-4o."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Of a pin: the model it is for.")] = None,
    weight: Annotated[
        float | None, typer.Option(help="Of a weight or a preference, 0 to 1000.")
    ] = None,
    require: Annotated[
        str | None, typer.Option(help="Of a profile: the requirement as JSON.")
    ] = None,
    most: Annotated[str | None, typer.Option("--limit", help="Of a limit: KIND=VALUE.")] = None,
    percent: Annotated[
        float | None, typer.Option(min=0, max=100, help="Only for so many of the scope's units.")
    ] = None,
    salt: Annotated[str, typer.Option(help="Shuffles who these are.")] = "",
    expires_at: Annotated[datetime | None, typer.Option(help="In UTC.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a scope a rule, in place of the one of that name.

    The scope is the narrowest that is named; everyone without any. Kinds: allow, deny, pin,
    prefer, weight, alias, profile, limit.
    """
    from services.registry.tenants import orders

    aimed = {} if aim is None else target(aim, "--target")
    limited = {} if most is None else limit(most)
    rollout = None if percent is None else {"percent": percent, "salt": salt}
    given = {
        "name": orders.Given("String!", name),
        "kind": orders.Given("OverrideKind!", kind.name),
        "reason": orders.Given("String!", reason),
        **_scope(tenant, tenant_class, project, key, author),
        "targetKind": orders.Given("TargetKind", aimed.get("kind")),
        "target": orders.Given("ID", aimed.get("id")),
        "model": orders.Given("ID", model),
        "weight": orders.Given("Float", weight),
        "require": orders.Given("JSON", None if require is None else _json(require)),
        "limit": orders.Given("LimitKind", limited.get("kind")),
        "value": orders.Given("Money", limited.get("value")),
        "rollout": orders.Given("RolloutInput", rollout),
        "expiresAt": orders.Given("DateTime", _utc(expires_at)),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "setOverride", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def remove(
    name: str,
    reason: Reason,
    tenant: Tenant = None,
    tenant_class: TenantClass = None,
    project: Project = None,
    key: Key = None,
    author: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a rule back; its scope has to be named as it was set."""
    from services.registry.tenants import orders

    given = {
        "name": orders.Given("String!", name),
        "reason": orders.Given("String!", reason),
        **_scope(tenant, tenant_class, project, key, author),
        "dryRun": orders.flag(value=dry_run),
    }
    done = orders.carry_out(os.environ, "removeOverride", given)
    show_effect(done, is_dry_run=dry_run, as_json=as_json)


def effective(
    tenant: OfTenant, project: Project = None, key: Key = None, as_json: AsJson = False
) -> None:
    """Show what applies to a scope, level by level: what does not, and why."""
    from services.registry.tenants import effective_tables, questions

    found = questions.effective(os.environ, tenant, project, key)
    show(found, as_json, lambda: effective_tables.effective(found))


def _scope(
    tenant: str | None,
    tenant_class: str | None,
    project: str | None,
    key: str | None,
    author: Author | None,
) -> dict[str, Any]:
    from services.registry.tenants import orders

    return {
        "tenant": orders.Given("ID", tenant),
        "tenantClass": orders.text(tenant_class),
        "project": orders.text(project),
        "key": orders.text(key),
        "author": orders.Given("Author", None if author is None else author.name),
    }


def _level(written: str) -> str:
    known = [level.name for level in ScopeLevel]
    if written.upper() not in known:
        raise InvalidRequest(f"--level is one of {', '.join(known).lower()}.")
    return written.upper()


def _json(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError as fault:
        raise InvalidRequest(f"--require is no JSON: {fault}.") from None


def _utc(time: datetime | None) -> str | None:
    return None if time is None else time.replace(tzinfo=UTC).isoformat()
