"""`routeyard`: one command line, to which each installed service adds its commands."""

import json
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

import typer

from routeyard.domain.errors import RouteyardError

GROUP = "routeyard.commands"
OURS = ("routeyard", "services", "infra")


def main() -> None:
    """Run the command line; a fault raised on purpose is one sentence and exit status 1."""
    try:
        build()()
    except RouteyardError as fault:
        _report(fault, as_json="--json" in sys.argv)
        sys.exit(1)


def build() -> typer.Typer:
    """The command line with the commands of every service whose extra is installed."""
    app = typer.Typer(
        name="routeyard",
        help="Routeyard: model registry and routing control plane.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        register = _load(entry)
        if register is not None:
            register(app)
    return app


def _root() -> None:
    """Routeyard: model registry and routing control plane."""


def _load(entry: EntryPoint) -> Callable[[typer.Typer], None] | None:
    try:
        register: Callable[[typer.Typer], None] = entry.load()
    except ModuleNotFoundError as fault:
        if _is_defect(entry, fault.name or ""):
            raise
        return None
    return register


def _is_defect(entry: EntryPoint, missing: str) -> bool:
    """A service that is not installed, or wants another extra, is left out; a defect is not."""
    is_ours = missing.partition(".")[0] in OURS
    return is_ours and not entry.module.startswith(missing)


def _report(fault: RouteyardError, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"error": {"code": fault.code, "message": fault.message}}))
    else:
        typer.secho(fault.message, fg=typer.colors.RED, err=True)


if __name__ == "__main__":
    main()
