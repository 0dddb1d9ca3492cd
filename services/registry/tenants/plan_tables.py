"""A plan as a person reads it: + is created, ~ changes, - is removed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from services.registry.tenants.plan import Act, Field, Plan, Step

_SIGNS = {Act.CREATE: "+", Act.CHANGE: "~", Act.REMOVE: "-"}
_COLOURS = {
    Act.CREATE: typer.colors.GREEN,
    Act.CHANGE: typer.colors.YELLOW,
    Act.REMOVE: typer.colors.RED,
}


def show(plan: Plan, findings: Sequence[str]) -> None:
    """Every step with its fields, and the sum."""
    for step in plan.steps:
        typer.secho(f"{_SIGNS[step.act]} {_named(step)}", fg=_COLOURS[step.act])
        for line in _lines(step):
            typer.echo(f"    {line}")
    typer.echo(summary(plan))
    if plan.kept:
        typer.echo(f"{len(plan.kept)} are there that the files do not name; --prune removes them:")
        for ref in plan.kept:
            typer.echo(f"    {ref.kind.replace('_', ' ')} {ref.id}")
    for finding in findings:
        typer.secho(f"It would be refused: {finding}", fg=typer.colors.RED)


def summary(plan: Plan) -> str:
    """What the plan comes to, in a sentence."""
    if not plan.steps:
        return (
            f"Nothing to do: all {plan.unchanged} are as the files say (revision {plan.revision})."
        )
    counts = {act: sum(step.act is act for step in plan.steps) for act in Act}
    return (
        f"Plan at revision {plan.revision}: {counts[Act.CREATE]} to create, "
        f"{counts[Act.CHANGE]} to change, {counts[Act.REMOVE]} to remove; "
        f"{plan.unchanged} are as the files say."
    )


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan for programs."""
    steps = [
        {
            "act": step.act.value,
            "kind": step.ref.kind.value,
            "id": step.ref.id,
            "fields": [field._asdict() for field in step.fields],
            "place": None if step.place is None else str(step.place),
        }
        for step in plan.steps
    ]
    kept = [{"kind": ref.kind.value, "id": ref.id} for ref in plan.kept]
    return {
        "revision": plan.revision,
        "steps": steps,
        "kept": kept,
        "unchanged": plan.unchanged,
    }


def _named(step: Step) -> str:
    place = "" if step.place is None else f"  ({step.place})"
    return f"{step.ref.kind.replace('_', ' ')} {step.ref.id}{place}"


def _lines(step: Step) -> Iterator[str]:
    if step.act is Act.REMOVE:
        return
    for field in step.fields:
        if step.act is Act.CREATE:
            yield f"{field.name}: {_value(field.after)}"
        else:
            yield _changed(field)


def _changed(field: Field) -> str:
    return f"{field.name}: {_value(field.before)} -> {_value(field.after)}"


def _value(value: Any) -> str:
    if value is None:
        return "(default)"
    return value if isinstance(value, str) else json.dumps(value)
