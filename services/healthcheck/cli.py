"""`routeyard healthcheck` serves; `routeyard health declare` states an endpoint's health."""

from __future__ import annotations

import json
import os
from typing import Annotated

import typer

from routeyard.domain.health import HealthState

EXAMPLES = """Examples:

  routeyard health declare my-vllm unhealthy --ttl 600 --reason "GPU maintenance"

  routeyard health declare my-vllm healthy --zone eu-1 --json
"""


def register(app: typer.Typer) -> None:
    """Add the healthcheck's commands."""
    app.command("healthcheck", help="Serve a healthcheck until SIGTERM.")(_serve)
    health = typer.Typer(no_args_is_help=True, help="The health of endpoints.")
    health.callback()(_group)
    health.command("declare", help=f"State an endpoint's health outright.\n\n{EXAMPLES}")(_declare)
    app.add_typer(health, name="health")


def _serve() -> None:
    from services.healthcheck.serve import serve

    serve()


def _group() -> None:
    """Without it a group of one command would not be a group."""


def _declare(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's id.")],
    state: Annotated[HealthState, typer.Argument(help="What is declared.")],
    *,
    zone: Annotated[str, typer.Option(help="Seen from where; any means from everywhere.")] = "any",
    ttl: Annotated[float, typer.Option(help="Seconds it stands, whatever probes see.")] = 300.0,
    reason: Annotated[str, typer.Option(help="Shown to whoever asks why.")] = "",
    source: Annotated[str, typer.Option(help="A registered source that may declare.")] = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    import asyncio

    from routeyard.domain.events import HealthDeclared
    from routeyard.runtime.clock import utc_now
    from services.healthcheck.declare import event_of, kafka_of, publish

    said = HealthDeclared(endpoint=endpoint, state=state, zone=zone, ttl_s=ttl, reason=reason)
    event = event_of(said, source, utc_now)
    position = asyncio.run(publish(event, kafka_of(os.environ)))
    if as_json:
        told = {"id": event.id, "endpoint": endpoint, "state": state, "zone": zone, "ttl_s": ttl}
        typer.echo(json.dumps({**told, **position._asdict()}))
    else:
        typer.echo(f"Declared {endpoint} {state} for {ttl:g} s, as {source}.")
