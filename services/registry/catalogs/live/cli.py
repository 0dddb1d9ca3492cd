"""The command `routeyard ingest endpoint`, once called `openai-compatible`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from routeyard.domain.catalog import Dialect, Hosting
from routeyard.servers.kinds import Server
from services.registry.catalogs.options import (
    AsJson,
    DryRun,
    File,
    Flags,
    Force,
    Full,
    ShowRefusals,
    StateDir,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from services.registry.catalogs.commands import Ports
    from services.registry.catalogs.ingest import Progress, Run
    from services.registry.catalogs.report import Report

    Job = Callable[[Run, Ports, Progress], Awaitable[Report]]

Start = Callable[["list[Job]", Flags], None]
_EXAMPLES = (
    "Examples: routeyard ingest {name} --url http://gpu-7:8000 --endpoint gpu-7 "
    "--hosting on_prem --residency EU --zone berlin · routeyard ingest {name} "
    "--url http://box:11434 --server ollama --hosting edge · routeyard ingest {name} "
    "--url https://api.eu.mistral.ai/v1/models --endpoint mistral-eu --provider mistral "
    "--residency EU --key-env MISTRAL_API_KEY"
)


def register(group: typer.Typer, start: Start) -> None:
    """Add the command to ``group``, also under its former name; ``start`` runs it."""

    def endpoint(
        url: Annotated[str, typer.Option(help="The server's address, or that of its list.")],
        endpoint: Annotated[
            str | None, typer.Option(help="The endpoint's id, of your choice; default: host-port.")
        ] = None,
        provider: Annotated[
            str | None, typer.Option(help="Who serves it; default: the id.")
        ] = None,
        file: File = None,
        name: Annotated[str | None, typer.Option(help="A name to show.")] = None,
        dialect: Annotated[
            Dialect, typer.Option(help="The request format, of a server that leaves it open.")
        ] = Dialect.OPENAI,
        server: Annotated[
            Server, typer.Option(help="What it is, if it is not recognised.")
        ] = Server.AUTO,
        hosting: Annotated[Hosting | None, typer.Option(help="Where it runs.")] = None,
        residency: Annotated[
            list[str] | None,
            typer.Option(help="Jurisdiction it processes in: EU, DE, ...; repeat."),
        ] = None,
        zone: Annotated[
            list[str] | None, typer.Option(help="Zone that reaches it; repeat. Default: all.")
        ] = None,
        key_env: Annotated[
            str | None, typer.Option(help="Variable that holds the key, if it needs one.")
        ] = None,
        dry_run: DryRun = False,
        full: Full = False,
        force: Force = False,
        wait: Wait = True,
        as_json: AsJson = False,
        show_refusals: ShowRefusals = False,
        state_dir: StateDir = None,
    ) -> None:
        """The models a live server lists: vLLM, NIM, Ollama, TGI, and the makers' own APIs."""
        from services.registry.catalogs.address import http_address
        from services.registry.catalogs.commands import Origin
        from services.registry.catalogs.live.commands import ingest_endpoint
        from services.registry.catalogs.openai_compatible import endpoint_name
        from services.registry.catalogs.served import Served
        from services.registry.catalogs.values import UnusableError

        try:
            address = http_address(url)
        except UnusableError as fault:
            raise typer.BadParameter(f"{url} {fault}.", param_hint="--url") from None
        served = Served(
            endpoint=endpoint or endpoint_name(address),
            url=address,
            provider=provider,
            name=name,
            dialect=dialect,
            hosting=hosting,
            residency=tuple(residency) if residency else None,
            zones=tuple(zone) if zone else None,
            keyless=key_env is None,
        )
        key = None if key_env is None else os.environ.get(key_env)
        if key_env is not None and not key and file is None:
            raise typer.BadParameter(f"{key_env} is not set.", param_hint="--key-env")
        origin = Origin(file=file, key=key)
        flags = Flags(dry_run, full, force, wait, as_json, show_refusals, state_dir)
        start([lambda *given: ingest_endpoint(served, server, origin, *given)], flags)

    for called, is_hidden in (("endpoint", False), ("openai-compatible", True)):
        examples = _EXAMPLES.format(name=called)
        group.command(called, epilog=examples, hidden=is_hidden)(endpoint)
