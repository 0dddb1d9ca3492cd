"""The commands `routeyard up`, `status` and `selftest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from infra.local.stack import Stack

EXAMPLE = "routeyard resolve --capability tool_use --min-context 131072 --precision high --explain"
DataDir = Annotated[Path, typer.Option(help="The folder with the stack's data and addresses.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
DEFAULT_DATA_DIR = Path(".routeyard")


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    app.command(epilog="Examples: routeyard up · routeyard up --port 8080 --no-ingest")(up)
    app.command(epilog="Examples: routeyard status · routeyard status --json")(status)
    app.command(epilog="Examples: routeyard selftest · routeyard selftest --json")(selftest)


def up(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[
        int | None,
        typer.Option(min=1024, max=65532, help="First of four ports: registry, routers, health."),
    ] = None,
    ingest: Annotated[bool, typer.Option(help="Ingest the bundled catalogs.")] = True,
) -> None:
    """Start PostgreSQL, a broker, the registry, healthcheck and two routers; stay until Ctrl-C."""
    from infra.local.errors import StackError
    from infra.local.stack import Stack
    from infra.local.supervisor import stop_on_signals

    with stop_on_signals(), Stack(data_dir, port=port) as stack:
        try:
            _run(stack, ingest=ingest)
        except StackError as error:
            _fail(error)
        except KeyboardInterrupt:
            typer.echo("Stopping.", err=True)


def status(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: AsJson = False) -> None:
    """Show every service of a running stack; exit status 1 unless all of them are ready."""
    import json
    import os
    from dataclasses import asdict

    from infra.local.errors import StackError
    from infra.local.state import StackAddresses
    from infra.local.status import read_status

    try:
        services = read_status(
            StackAddresses.load(Path(os.environ.get("ROUTEYARD_STACK") or data_dir / "stack.json"))
        )
    except StackError as error:
        _fail(error)
    rows = [asdict(service) for service in services]
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        _show_table("Services", [{**row, "epoch": (row["epoch"] or "-")[:8]} for row in rows])
    raise typer.Exit(0 if all(service.ready for service in services) else 1)


def selftest(as_json: AsJson = False) -> None:
    """Start a stack in a temporary folder, ingest, resolve, change something live, and clean up."""
    import json

    from infra.local.errors import StackError
    from infra.local.selftest import selftest as run_selftest
    from infra.local.supervisor import stop_on_signals

    try:
        with stop_on_signals():
            report = run_selftest().as_json()
    except StackError as error:
        if as_json:
            typer.echo(json.dumps({"ok": False, "error": str(error)}))
        _fail(error)
    if as_json:
        typer.echo(json.dumps(report))
    else:
        _show_table("Selftest", [{"what": name, "seen": seen} for name, seen in report.items()])
    raise typer.Exit(0 if report["ok"] else 1)


def _run(stack: "Stack", *, ingest: bool) -> None:
    from infra.local.commands import show_routeyard

    addresses = stack.start()
    if ingest:
        done = show_routeyard(["ingest", "all"], {"ROUTEYARD_STACK": str(stack.addresses_file)})
        if done != 0:
            typer.echo("The catalogs were not ingested; the stack runs without them.", err=True)
    rows = [{"service": name, "url": url} for name, url in addresses.services().items()]
    rows.append({"service": "graphql", "url": f"{addresses.registry}/graphql"})
    _show_table("Routeyard is up", rows)
    typer.echo(f"Keys and addresses: {stack.addresses_file}\nTry:  {EXAMPLE}\nStop: Ctrl-C")
    stack.watch()


def _show_table(title: str, rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], title=title, title_justify="left")
    for column in table.columns:
        # An address is for copying: better two lines than half of it.
        column.overflow = "fold"
    for row in rows:
        table.add_row(*("-" if cell is None else str(cell) for cell in row.values()))
    Console().print(table)


def _fail(error: Exception) -> NoReturn:
    typer.echo(f"error: {error}", err=True)
    raise typer.Exit(1)
