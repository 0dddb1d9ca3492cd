"""`routeyard models …` about claims, names and relations: asked of a running registry."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]
Kind = Annotated[
    str, typer.Option(help="What it is: provider, model, release, endpoint or offering.")
]
First = Annotated[int, typer.Option(min=1, max=200, help="How many.")]
CORRECT = (
    "Examples: routeyard models correct openai/gpt-4o --set context=128000 --reason measured · "
    'routeyard models correct openai/gpt-4o --kind offering --set \'price={"input": "2.5"}\' '
    "--reason 'the invoice says so' --dry-run"
)
ASSIGN = (
    "Example: routeyard models assign openrouter/mystery-7b acme/mystery-7b "
    "--reason 'the maker said so'"
)


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group `models`."""
    for command, run, example in (
        ("conflicts", conflicts, "Example: routeyard models conflicts openai/gpt-4o"),
        ("correct", correct, CORRECT),
        (
            "retract",
            retract,
            "Example: routeyard models retract openai/gpt-4o --reason 'the catalogs were mended'",
        ),
        ("review", review, "Example: routeyard models review --first 20 --json"),
        (
            "assign",
            assign,
            ASSIGN,
        ),
        ("waiting", waiting, "Example: routeyard models waiting --json"),
        ("fallbacks", fallbacks, "Example: routeyard models fallbacks anthropic/claude-opus-4.6"),
        (
            "alternatives",
            alternatives,
            "Example: routeyard models alternatives openai/gpt-4o --residency EU",
        ),
        ("endings", endings, "Example: routeyard models endings --until 2027-06-30"),
    ):
        group.command(command, epilog=example)(run)


def conflicts(model: str, as_json: AsJson = False) -> None:
    """Show on which fields sources disagree, whose word holds, and why."""
    from services.registry.models import orders, tables

    found = orders.conflicts(os.environ, model)
    _show(found, as_json, lambda: tables.conflicts(model, found))


def correct(
    entity: str,
    set_: Annotated[
        list[str], typer.Option("--set", help="FIELD=VALUE, the value as JSON or text; repeatable.")
    ],
    reason: Reason,
    kind: Kind = "model",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let your word count on fields of an entity, in place of its earlier correction."""
    from services.registry.models import orders, tables

    fields = dict(_assignment(each) for each in set_)
    done = orders.correct(os.environ, kind, entity, fields, reason, is_dry_run=dry_run)
    _show(done, as_json, lambda: tables.effect(done, is_dry_run=dry_run))


def retract(
    entity: str,
    reason: Reason,
    kind: Kind = "model",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let the sources' word count on an entity again."""
    from services.registry.models import orders, tables

    done = orders.retract(os.environ, kind, entity, reason, is_dry_run=dry_run)
    _show(done, as_json, lambda: tables.effect(done, is_dry_run=dry_run))


def review(first: First = 50, as_json: AsJson = False) -> None:
    """List names that the rules are unsure of; `assign` says what one stands for."""
    from services.registry.models import orders, tables

    found = orders.unsure(os.environ, first)
    _show(found, as_json, lambda: tables.unsure(found))


def assign(
    offering: str,
    model: str,
    reason: Reason,
    release: Annotated[
        str | None, typer.Option(help="MODEL@YYYYMMDD; undated unless given.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Say which model an offering's own name stands for, for all that is said under it."""
    from services.registry.models import orders, tables

    done = orders.assign(os.environ, offering, model, release, reason, is_dry_run=dry_run)
    _show(done, as_json, lambda: tables.effect(done, is_dry_run=dry_run))


def waiting(first: First = 50, as_json: AsJson = False) -> None:
    """List what sources speak of and is not in the graph, and what it waits for."""
    from services.registry.models import orders, tables

    found = orders.waiting(os.environ, first)
    _show(found, as_json, lambda: tables.waiting(found))


def fallbacks(model: str, as_json: AsJson = False) -> None:
    """List the models to fall back to, first things first."""
    from services.registry.models import orders

    found = orders.fallbacks(os.environ, model)
    _show(found, as_json, lambda: typer.echo("\n".join(found) or "There are none."))


def alternatives(
    model: str,
    capability: Annotated[
        list[str] | None, typer.Option(help="It must have this; repeatable.")
    ] = None,
    min_context: Annotated[int | None, typer.Option(help="In tokens.")] = None,
    residency: Annotated[
        list[str] | None, typer.Option(help="Processed within one of these; repeatable.")
    ] = None,
    first: First = 10,
    as_json: AsJson = False,
) -> None:
    """List models that could stand in for one, the likest first."""
    from services.registry.models import orders, tables

    require: dict[str, Any] = {"minContext": min_context, "residency": residency}
    if capability:
        require["capabilities"] = {"allOf": [{"tag": tag} for tag in capability]}
    found = orders.alternatives(os.environ, model, require, first)
    _show(found, as_json, lambda: tables.alternatives(found))


def endings(
    since: Annotated[str | None, typer.Option(help="A day; today unless given.")] = None,
    until: Annotated[str | None, typer.Option(help="A day; in a year unless given.")] = None,
    first: First = 50,
    as_json: AsJson = False,
) -> None:
    """List what is deprecated or retires when, and what that will affect."""
    from services.registry.models import orders, tables

    found = orders.endings(os.environ, since, until, first)
    _show(found, as_json, lambda: tables.endings(found))


def _assignment(written: str) -> tuple[str, Any]:
    name, equals, value = written.partition("=")
    if not equals or not name:
        raise InvalidRequest(f"{written!r} is no FIELD=VALUE; write e.g. context=128000.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _show(value: Any, as_json: bool, table: Any) -> None:
    if as_json:
        typer.echo(json.dumps(value))
    else:
        table()
