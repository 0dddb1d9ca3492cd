"""The commands `routeyard models …`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from routeyard.domain.errors import InvalidRequest
from services.registry.models import claims_cli, graph_cli

if TYPE_CHECKING:
    from routeyard.domain.identity import Identity

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
IDENTIFY_EXAMPLES = (
    'Examples: routeyard models identify "us.anthropic.claude-sonnet-4-5-20250929-v1:0" · '
    "routeyard models identify llama3.1 --provider ollama --json · "
    "routeyard models identify --stdin --json < names.jsonl"
)


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    app.add_typer(models_group(), name="models")


def models_group() -> typer.Typer:
    """The group `models`, for other modules to add their commands to."""
    group = typer.Typer(no_args_is_help=True, help="Models: names, facts, relations.")
    group.command("identify", epilog=IDENTIFY_EXAMPLES)(identify)
    graph_cli.add_to(group)
    claims_cli.add_to(group)
    return group


def identify(
    name: Annotated[str | None, typer.Argument(help="An id as a catalog prints it.")] = None,
    provider: Annotated[str, typer.Option(help="Who serves it, where that is known.")] = "",
    catalog: Annotated[
        str, typer.Option(help="Who prints it: litellm, models.dev, ollama, …")
    ] = "",
    stdin: Annotated[
        bool,
        typer.Option(
            "--stdin", help='Read {"catalog", "provider", "id"} from standard input, one a line.'
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell which model and release a name stands for, and why. Needs no running stack."""
    if (name is None) is not stdin:
        raise InvalidRequest("Give one name, or --stdin and names as JSON, one object a line.")
    if name is None:
        _identify_lines(as_json=as_json)
        return
    from services.registry.models.identifying import described, identified

    if not name.strip():
        raise InvalidRequest("The name is empty.")
    found = identified(catalog, provider, name)
    asked = {"catalog": catalog, "provider": provider, "id": name}
    typer.echo(json.dumps(asked | described(found)) if as_json else _in_words(found))


def _identify_lines(*, as_json: bool) -> None:
    from services.registry.models.identifying import answers

    for answer in answers(sys.stdin.buffer):
        if as_json:
            print(json.dumps(answer))
        else:
            print(answer.get("error") or f"{answer['id']}  {answer['release']}")


def _in_words(identity: Identity) -> str:
    lines = [identity.release]
    lines += [f"  {number}. {rule}" for number, rule in enumerate(identity.why, start=1)]
    if identity.quantization:
        lines.append(f"served as {identity.quantization}")
    lines += [f"unsure: {doubt}" for doubt in identity.doubts]
    return "\n".join(lines)
