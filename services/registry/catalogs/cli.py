"""The commands `routeyard ingest ...`."""

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routeyard.runtime.clock import utc_now
from services.registry.catalogs.options import (
    AsJson,
    DryRun,
    File,
    Flags,
    Force,
    Full,
    ShowRefusals,
    StateDir,
    Url,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.registry.catalogs.commands import Ports
    from services.registry.catalogs.ingest import Progress, Run
    from services.registry.catalogs.report import Report

    Job = Callable[[Run, Ports, Progress], Awaitable[Report]]

STACK = "ROUTEYARD_STACK"

SOURCES = {
    "models-dev": "models.dev: providers, models, limits, prices.",
    "litellm": "LiteLLM's model_prices_and_context_window.json.",
    "openrouter": "OpenRouter's /api/v1/models.",
    "genai-prices": "genai-prices: what models cost today.",
    "providers": "Addresses and residency of important providers.",
    "quality": "Quality scores per task, and what low, standard and high precision mean.",
    "bedrock": "Amazon Bedrock: model cards, or a region's ListFoundationModels.",
    "cloudflare": "Cloudflare AI Gateway's list of models and prices.",
    "deprecations": "Which models end when, and what replaces them.",
    "helm": "HELM's model_metadata.yaml: what models are, not where they are served.",
    "llm-prices": "simonw/llm-prices: one vendor's prices, valid today.",
    "ollama-library": "Ollama's library: what its models are; servers list them.",
    "openai-ids": "The model ids that OpenAI lists, with their days.",
}
# What an installation does not bring along needs a file in the example.
_EXAMPLES = {
    "models-dev": "--file models.dev-dev.tar.gz",
    "litellm": "--file model_prices_and_context_window.json",
    "openrouter": "--url https://openrouter.ai/api/v1/models",
    "bedrock": "--file bedrock_models.json",
    "cloudflare": "--file models.json",
    "deprecations": "--file deprecations.json",
    "helm": "--file model_metadata.yaml --deployments model_deployments.yaml",
    "llm-prices": "--file data/openai.json",
    "ollama-library": "--file ollama_models.json",
    "openai-ids": "--file ids.json",
}
# The option that names the second file of a catalog that has two.
_SECOND = {"models-dev": "--lab-models", "helm": "--deployments"}


def register(app: typer.Typer) -> None:
    """Add the group `ingest` to ``app``."""
    from services.registry.catalogs.leaderboards import cli as leaderboards
    from services.registry.catalogs.live import cli as live

    group = typer.Typer(no_args_is_help=True, help="Publish what catalogs state about models.")
    for source, summary in SOURCES.items():
        _add(group, source, summary)
    group.command("all", epilog="Examples: routeyard ingest all · routeyard ingest all --dry-run")(
        ingest_all
    )
    live.register(group, _start)
    leaderboards.register(group, _start)
    app.add_typer(group, name="ingest")


def _add(group: typer.Typer, source: str, summary: str) -> None:
    def command(
        file: File = None,
        url: Url = None,
        more: Annotated[
            Path | None,
            typer.Option(
                _SECOND.get(source, "--more"),
                help="The catalog's second file, if it is published as two.",
                hidden=source not in _SECOND,
            ),
        ] = None,
        dry_run: DryRun = False,
        full: Full = False,
        force: Force = False,
        wait: Wait = True,
        as_json: AsJson = False,
        show_refusals: ShowRefusals = False,
        state_dir: StateDir = None,
    ) -> None:
        from services.registry.catalogs.commands import Origin, ingest_source

        if more is not None and source not in _SECOND:
            raise typer.BadParameter(f"{source} is one file.", param_hint="--more")
        origin = Origin(file=file, url=url, more=more)
        flags = Flags(dry_run, full, force, wait, as_json, show_refusals, state_dir)
        _start([lambda *given: ingest_source(source, origin, *given)], flags)

    example = f"routeyard ingest {source} {_EXAMPLES.get(source, '')}".rstrip()
    group.command(source, help=summary, epilog=f"Examples: {example} · {example} --dry-run")(
        command
    )


def ingest_all(
    dry_run: DryRun = False,
    full: Full = False,
    force: Force = False,
    wait: Wait = True,
    as_json: AsJson = False,
    show_refusals: ShowRefusals = False,
    state_dir: StateDir = None,
) -> None:
    """Every catalog that comes with the installation; what `routeyard up` runs."""
    from services.registry.catalogs.commands import ALL, Origin, ingest_source

    def job(source: str) -> "Job":
        return lambda *given: ingest_source(source, Origin(), *given)

    flags = Flags(dry_run, full, force, wait, as_json, show_refusals, state_dir)
    _start([job(source) for source in ALL], flags)


def _start(jobs: "list[Job]", flags: Flags) -> None:
    asyncio.run(_ingest(jobs, flags))


async def _ingest(jobs: "list[Job]", flags: Flags) -> None:
    from contextlib import nullcontext

    from services.registry.catalogs.commands import Ports, connected
    from services.registry.catalogs.ingest import Run
    from services.registry.catalogs.progress import shown

    run = Run(
        directory=flags.state_dir
        or Path(os.environ.get(STACK, ".routeyard/stack.json")).parent / "catalogs",
        observed_at=utc_now(),
        is_full=flags.full,
        is_forced=flags.force,
        is_dry=flags.dry_run,
    )
    ports = nullcontext(Ports()) if flags.dry_run else connected(os.environ, waits=flags.wait)
    async with ports as opened:
        for job in jobs:
            with shown(sys.stderr) as progress:
                done = await job(run, opened, progress)
            _tell(done, flags)


def _state_dir() -> Path:
    """Beside the stack's addresses: with another database, everything has to be stated anew."""
    from routeyard.runtime.stackfile import FILE

    named = os.environ.get(STACK)
    above = (folder / FILE for folder in (Path.cwd(), *Path.cwd().parents))
    found = next((file for file in above if file.is_file()), FILE)
    return (Path(named) if named else found).parent / "catalogs"


def _tell(done: "Report", flags: Flags) -> None:
    import msgspec

    from services.registry.catalogs.report import line

    if not flags.show_refusals:
        done = msgspec.structs.replace(done, refusals=())
    if flags.as_json:
        typer.echo(msgspec.json.encode(done).decode())
        return
    typer.echo(line(done))
    for refusal in done.refusals:
        typer.echo(f"  {refusal.row}: {refusal.reason}")
