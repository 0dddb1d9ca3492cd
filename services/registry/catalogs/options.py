"""The options that the commands of `routeyard ingest` share."""

from pathlib import Path
from typing import Annotated, NamedTuple

import typer

File = Annotated[
    Path | None, typer.Option(help="Read the catalog from a file (JSON, .json.gz, YAML).")
]
Url = Annotated[str | None, typer.Option(help="Read the catalog from an address.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; publish nothing.")]
Full = Annotated[bool, typer.Option("--full", help="State everything again, also what is known.")]
Force = Annotated[
    bool, typer.Option("--force", help="Withdraw even if more than a tenth of the facts would go.")
]
Wait = Annotated[bool, typer.Option(help="Wait until the registry has taken everything over.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON per catalog.")]
ShowRefusals = Annotated[
    bool, typer.Option("--show-refusals", help="List every row and field that was left out.")
]
StateDir = Annotated[
    Path | None,
    typer.Option(help="Where runs are remembered; by default beside the stack's addresses."),
]


class Flags(NamedTuple):
    """The options that all commands share."""

    dry_run: bool
    full: bool
    force: bool
    wait: bool
    as_json: bool
    show_refusals: bool
    state_dir: Path | None
