"""`routeyard models list|show|diff|history`: the graph, now and then."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from services.registry.models.questions import Moment

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
At = Annotated[str | None, typer.Option(help="As it was then: 2026-06-01, 2026-06-01T12:00Z.")]
Revision = Annotated[int | None, typer.Option(help="As it was at this revision.")]
First = Annotated[int, typer.Option(min=1, help="How many.")]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
Kind = Annotated[str, typer.Option(help="model, offering, endpoint, release, provider, …")]
KINDS = (
    *("source", "provider", "model", "release", "endpoint", "offering", "capability"),
    *("precision", "tenant", "override", "policy"),
)
LIST = (
    "Examples: routeyard models list --capability tool_use --min-context 128000 --sort price_input "
    "· routeyard models list --search 'sonnet 4.5' --json · routeyard models list --sort -quality "
    "--task general --residency EU --max-input-price 3 --at 2026-06-01"
)
SHOW = (
    "Examples: routeyard models show anthropic/claude-sonnet-4.5 · "
    "routeyard models show openai/gpt-4o --at 2026-06-01 --json"
)
DIFF = (
    "Examples: routeyard models diff 30 36 · routeyard models diff 2026-06-01 2026-06-02 "
    "--kind offering --all · routeyard models diff 30 --json"
)
HISTORY = (
    "Examples: routeyard models history openai/gpt-4o · "
    "routeyard models history openai/gpt-4o --kind offering --json"
)


def add_to(group: typer.Typer) -> None:
    """Add these commands to the group `models`."""
    group.command("list", epilog=LIST)(list_)
    group.command("show", epilog=SHOW)(show)
    group.command("diff", epilog=DIFF)(diff)
    group.command("history", epilog=HISTORY)(history)


def list_(
    capability: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME=LEVEL, all of them; repeatable.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="None of these; repeatable.")] = None,
    search: Annotated[str | None, typer.Option(help="Words of a name.")] = None,
    provider: Annotated[str | None, typer.Option(help="Who makes it.")] = None,
    min_context: Annotated[int | None, typer.Option(help="In tokens.")] = None,
    max_input_price: Annotated[str | None, typer.Option(help="USD per million tokens.")] = None,
    max_output_price: Annotated[str | None, typer.Option(help="USD per million tokens.")] = None,
    residency: Annotated[
        list[str] | None, typer.Option(help="Served within one of these: EU, US; repeatable.")
    ] = None,
    hosting: Annotated[
        list[str] | None, typer.Option(help="public_api, on_prem, …; repeatable.")
    ] = None,
    lifecycle: Annotated[
        list[str] | None, typer.Option(help="preview, ga, deprecated, retired; repeatable.")
    ] = None,
    mode: Annotated[str | None, typer.Option(help="chat, embedding, image, …")] = None,
    modality_in: Annotated[
        list[str] | None, typer.Option(help="text, image, …, all of them; repeatable.")
    ] = None,
    open_weights: Annotated[
        bool | None, typer.Option("--open-weights/--closed", help="Only these.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            help="id, name, context, released_on, price_input, price_output or quality; "
            "-context sorts backwards."
        ),
    ] = "id",
    task: Annotated[str | None, typer.Option(help="For --sort quality: general, …")] = None,
    at: At = None,
    revision: Revision = None,
    first: First = 50,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """List models that fit, with the price of the cheapest offering of each."""
    from services.registry.models import graph_tables, questions

    wanted = {
        "capabilities": {
            "allOf": [_tagged(each) for each in capability or ()],
            "noneOf": [_tagged(each) for each in without or ()],
        },
        "search": search,
        "provider": provider,
        "context": {"min": min_context},
        "price": {"maxInput": max_input_price, "maxOutput": max_output_price},
        "residency": residency,
        "hosting": _upper(_hostings(hosting)),
        "lifecycle": _upper(lifecycle),
        "mode": mode.upper() if mode else None,
        "modalities": {"input": modality_in},
        "openWeights": open_weights,
    }
    found = questions.models(
        os.environ, _when(at, revision), wanted, _sort(sort, task), None if every else first
    )
    _show(found._asdict(), as_json, lambda: graph_tables.models(found))


def show(model: str, at: At = None, revision: Revision = None, as_json: AsJson = False) -> None:
    """Show a model: its facts, where it is served for how much, and how it stands to others."""
    from services.registry.models import graph_tables, questions

    found = questions.model(os.environ, model, _when(at, revision))
    _show(found, as_json, lambda: graph_tables.model(found))


def diff(
    from_: Annotated[str, typer.Argument(metavar="FROM", help="A revision, or a time.")],
    to: Annotated[str | None, typer.Argument(help="The same; now unless given.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only models, offerings, …")] = None,
    first: First = 50,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """Show what is not the same at two revisions."""
    from services.registry.models import graph_tables, questions

    known = None if kind is None else _kind(kind)
    found = questions.diff(os.environ, (from_, to), known, None if every else first)
    _show(found, as_json, lambda: graph_tables.diff(found))


def history(
    entity: str,
    kind: Kind = "model",
    first: First = 20,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """Show every change of a model, or of another entity: when, what, and which events made it."""
    from services.registry.models import graph_tables, questions

    found = questions.history(os.environ, entity, _kind(kind), None if every else first)
    _show(found, as_json, lambda: graph_tables.history(found))


def _when(at: str | None, revision: int | None) -> Moment:
    from services.registry.models.questions import Moment, moment

    return Moment(revision, None if at is None else moment(at))


def _tagged(written: str) -> dict[str, Any]:
    tag, equals, level = written.partition("=")
    try:
        return {"tag": tag} | ({"minLevel": float(level)} if equals else {})
    except ValueError:
        raise InvalidRequest(f"{written!r} is not a capability; write name or name=0.8.") from None


def _sort(written: str, task: str | None) -> dict[str, Any]:
    by = written.removeprefix("-")
    known = ("id", "name", "context", "released_on", "price_input", "price_output", "quality")
    if by not in known:
        raise InvalidRequest(f"--sort {by!r} is not known; it is one of {', '.join(known)}.")
    if by == "quality" and task is None:
        task = "general"
    direction = "DESC" if written.startswith("-") else "ASC"
    return {"by": by.upper(), "direction": direction, "task": task}


def _kind(written: str) -> str:
    kind = written.lower().removesuffix("s") if written.lower() not in KINDS else written.lower()
    if kind not in KINDS:
        raise InvalidRequest(f"--kind {written!r} is not known; it is one of {', '.join(KINDS)}.")
    return kind


def _hostings(names: list[str] | None) -> list[str]:
    own = ("private_cloud", "on_prem", "edge")
    return [each for name in names or () for each in (own if name == "self_hosted" else (name,))]


def _upper(names: list[str] | None) -> list[str] | None:
    return [name.upper() for name in names] if names else None


def _show(value: Any, as_json: bool, table: Any) -> None:
    if as_json:
        typer.echo(json.dumps(value))
    else:
        table()
