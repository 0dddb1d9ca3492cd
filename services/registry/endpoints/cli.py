"""The commands `routeyard endpoints …`. Secrets are never arguments."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from routeyard.domain.catalog import Dialect, Hosting, ServerKind
from routeyard.domain.errors import InvalidRequest
from services.registry.endpoints.secrets import From, read

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; change nothing.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit.")]
KeyEnv = Annotated[str | None, typer.Option(help="The variable that holds the secret.")]
KeyFile = Annotated[
    Path | None, typer.Option(help="The file that holds the secret; - is standard input.")
]
Header = Annotated[
    str | None, typer.Option(help="Send it in this header, and not as a bearer's token.")
]
Models = Annotated[
    Path | None,
    typer.Option("--models", help="A JSON file: a list of what you declare of its models."),
]
EXAMPLES = {
    "list": "routeyard endpoints list --own",
    "show": "routeyard endpoints show acme/gpu",
    "register": "routeyard endpoints register gpu --url https://gpu.acme.example/v1 --server vllm "
    "--hosting on_prem --residency EU --key-env GPU_KEY · routeyard endpoints register pool "
    "--url http://10.20.0.7:8000/v1 --keyless --dedicated-to acme",
    "update": "routeyard endpoints update acme/gpu --residency EU --models models.json --dry-run",
    "rotate-secret": "routeyard endpoints rotate-secret acme/gpu --key-file new.key "
    "--reason quarterly",
    "deregister": "routeyard endpoints deregister acme/gpu --reason moved",
    "test": "routeyard endpoints test acme/gpu --wait 20",
    "enable": "routeyard endpoints enable openai --key-env OPENAI_API_KEY",
    "disable": "routeyard endpoints disable openai --reason 'the contract ended'",
}


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="Endpoints: the platform's and tenants' own.")
    commands: dict[str, Any] = {
        "list": list_,
        "show": show,
        "register": set_up,
        "update": update,
        "rotate-secret": rotate_secret,
        "deregister": deregister,
        "test": look,
        "enable": enable,
        "disable": disable,
    }
    for command, run in commands.items():
        group.command(command, epilog=f"Examples: {EXAMPLES[command]}")(run)
    app.add_typer(group, name="endpoints")


def list_(
    own: Annotated[bool, typer.Option("--own", help="Tenants' own alone.")] = False,
    first: Annotated[int | None, typer.Option(min=1, help="How many.")] = None,
    as_json: AsJson = False,
) -> None:
    """List endpoints; a tenant's key sees its own and the public ones."""
    from services.registry.endpoints import orders, tables

    found = orders.endpoints(os.environ, first, is_own=own)
    _show(found, as_json, tables.endpoints)


def show(endpoint: str, as_json: AsJson = False) -> None:
    """Show an endpoint, how it is, and what it serves."""
    from services.registry.endpoints import orders, tables

    _show(orders.endpoint(os.environ, endpoint), as_json, tables.endpoint)


def set_up(
    name: Annotated[str, typer.Argument(help="Its name; a tenant's id is put before it.")],
    url: Annotated[str, typer.Option(help="Where it answers, like https://gpu.example/v1.")],
    server: Annotated[ServerKind, typer.Option(help="What serves there.")] = (
        ServerKind.OPENAI_COMPATIBLE
    ),
    dialect: Annotated[Dialect, typer.Option(help="The request format.")] = Dialect.OPENAI,
    hosting: Annotated[Hosting, typer.Option(help="Where it runs.")] = Hosting.PUBLIC_API,
    residency: Annotated[
        list[str] | None, typer.Option(help="Jurisdiction it processes in; repeat.")
    ] = None,
    zone: Annotated[
        list[str] | None, typer.Option(help="Zone that reaches it; repeat. Default: all.")
    ] = None,
    keyless: Annotated[bool, typer.Option("--keyless", help="It needs no secret.")] = False,
    key_env: KeyEnv = None,
    key_file: KeyFile = None,
    header: Header = None,
    models: Models = None,
    tenant: Annotated[
        str | None, typer.Option(help="Whose own it is; for platform admins.")
    ] = None,
    dedicated_to: Annotated[
        list[str] | None, typer.Option(help="Tenant who alone sees it; repeat.")
    ] = None,
    provider: Annotated[
        str | None, typer.Option(help="Who serves, where it is the platform's.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Set an endpoint up. Without a place for the secret it is asked for, and not shown."""
    from services.registry.endpoints import orders

    wanted: dict[str, Any] = {
        "name": name,
        "url": url,
        "server": server.name,
        "dialect": dialect.name,
        "hosting": hosting.name,
        "residency": residency or [],
        "zones": zone or [],
        "keyless": keyless,
        "dedicatedTo": dedicated_to or [],
    }
    place = From(key_env, key_file, header)
    if not keyless or place.is_given:
        wanted["secret"] = read(place, os.environ)
    wanted |= _given(provider=provider, models=_declared(models))
    done = orders.register(os.environ, wanted, tenant, is_dry_run=dry_run)
    _effect(done, as_json, is_dry_run=dry_run)


def update(
    endpoint: str,
    url: Annotated[str | None, typer.Option(help="Where it answers.")] = None,
    server: Annotated[ServerKind | None, typer.Option(help="What serves there.")] = None,
    dialect: Annotated[Dialect | None, typer.Option(help="The request format.")] = None,
    hosting: Annotated[Hosting | None, typer.Option(help="Where it runs.")] = None,
    residency: Annotated[list[str] | None, typer.Option(help="Jurisdiction; repeat.")] = None,
    zone: Annotated[list[str] | None, typer.Option(help="Zone that reaches it; repeat.")] = None,
    keyless: Annotated[
        bool | None, typer.Option("--keyless/--with-secret", help="Whether it needs none.")
    ] = None,
    key_env: KeyEnv = None,
    key_file: KeyFile = None,
    header: Header = None,
    models: Models = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Change what is given of an endpoint; the rest stays."""
    from services.registry.endpoints import orders

    place = From(key_env, key_file, header)
    wanted = _given(
        url=url,
        server=server and server.name,
        dialect=dialect and dialect.name,
        hosting=hosting and hosting.name,
        residency=residency,
        zones=zone,
        keyless=keyless,
        models=_declared(models),
        secret=read(place, os.environ) if place.is_given else None,
    )
    if not wanted:
        raise InvalidRequest("Nothing is given to be changed; see --help.")
    done = orders.update(os.environ, endpoint, wanted, is_dry_run=dry_run)
    _effect(done, as_json, is_dry_run=dry_run)


def rotate_secret(
    endpoint: str,
    key_env: KeyEnv = None,
    key_file: KeyFile = None,
    header: Header = None,
    reason: Reason = "rotate the secret",
    as_json: AsJson = False,
) -> None:
    """Put a secret in the place of an endpoint's; the one before is destroyed."""
    from services.registry.endpoints import orders

    secret = read(From(key_env, key_file, header), os.environ)
    _effect(orders.rotate(os.environ, endpoint, secret, reason), as_json)


def deregister(
    endpoint: str, reason: Reason, dry_run: DryRun = False, as_json: AsJson = False
) -> None:
    """Take an endpoint down, with its secret and all it serves."""
    from services.registry.endpoints import orders

    done = orders.deregister(os.environ, endpoint, reason, is_dry_run=dry_run)
    _effect(done, as_json, is_dry_run=dry_run)


def look(
    endpoint: str,
    wait: Annotated[int, typer.Option(min=1, max=25, help="Seconds to wait.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Have healthcheck look at an endpoint now; exits with 1 when it is of no use as it is."""
    from services.registry.endpoints import orders, tables

    told = orders.test(os.environ, endpoint, wait)
    _show(told, as_json, tables.tested)
    if told["reason"]:
        raise typer.Exit(1)


def enable(
    endpoint: str,
    key_env: KeyEnv = None,
    key_file: KeyFile = None,
    header: Header = None,
    url: Annotated[
        str | None, typer.Option(help="Where it answers, if catalogs do not know.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let the platform call an endpoint that catalogs list, with a secret of its own."""
    from services.registry.endpoints import orders

    secret = read(From(key_env, key_file, header), os.environ)
    _effect(orders.enable(os.environ, endpoint, secret, url), as_json)


def disable(endpoint: str, reason: Reason, as_json: AsJson = False) -> None:
    """Destroy the platform's secret for an endpoint that catalogs list."""
    from services.registry.endpoints import orders

    _effect(orders.disable(os.environ, endpoint, reason), as_json)


def _declared(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InvalidRequest(
            f'{file} is no JSON; write e.g. [{{"nativeId": "contracts-ft"}}].'
        ) from None


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _effect(done: dict[str, Any], as_json: bool, *, is_dry_run: bool = False) -> None:
    from services.registry.models import tables

    _show(done, as_json, lambda said: tables.effect(said, is_dry_run=is_dry_run))


def _show(told: Any, as_json: bool, table: Any) -> None:
    if as_json:
        typer.echo(json.dumps(told))
    else:
        table(told)
