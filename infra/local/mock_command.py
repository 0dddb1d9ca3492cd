"""The command `routeyard mock-endpoint`."""

import json
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.local.mock_endpoint import Behaviour


class Kind(StrEnum):
    """The kinds of servers that can be stood in for."""

    OPENAI_COMPATIBLE = "openai_compatible"
    VLLM = "vllm"
    OLLAMA = "ollama"
    NIM = "nim"
    TGI = "tgi"


def register(app: typer.Typer) -> None:
    """Add this module's command to ``app``."""
    app.command(
        "mock-endpoint",
        epilog="Examples: routeyard mock-endpoint --kind vllm · routeyard mock-endpoint --json",
    )(mock_endpoint)


def mock_endpoint(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for a free one.")] = 0,
    models: Annotated[str, typer.Option(help="Names it serves, with commas.")] = "mock",
    latency_ms: Annotated[float, typer.Option(min=0, help="Waits before each answer.")] = 0.0,
    fail_after: Annotated[
        int | None, typer.Option(min=0, help="Answers 503 after so many answers.")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="Which server's pages.")] = Kind.OPENAI_COMPATIBLE,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
) -> None:
    """Stand in for a model server on loopback until Ctrl-C.

    POST {"status": 503, "latency_ms": 20} to /control makes it fail or slow; the first line
    printed is its address.
    """
    # Imported when it runs, so that --help stays quick.
    import asyncio  # noqa: PLC0415

    from infra.local.mock_endpoint import Behaviour  # noqa: PLC0415

    names = tuple(name.strip() for name in models.split(",") if name.strip())
    behaviour = Behaviour(latency_ms=latency_ms, fail_after=fail_after)
    try:
        asyncio.run(_serve(kind, names, port, behaviour, as_json=as_json))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except OSError as error:
        typer.echo(f"error: port {port} cannot be used: {error.strerror}", err=True)
        raise typer.Exit(1) from error


async def _serve(
    kind: Kind, models: tuple[str, ...], port: int, behaviour: "Behaviour", *, as_json: bool
) -> None:
    import asyncio  # noqa: PLC0415
    import signal  # noqa: PLC0415

    from infra.local.mock_endpoint import serving  # noqa: PLC0415

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with serving(kind, models=models, port=port, behaviour=behaviour) as at:
        print(json.dumps(asdict(at)) if as_json else at.url, flush=True)
        await ended.wait()


def main() -> None:
    """Run the command by itself: ``python -m infra.local.mock_command``."""
    typer.run(mock_endpoint)


if __name__ == "__main__":
    main()
