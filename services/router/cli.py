"""`routeyard router` serves; `resolve` asks a running router, `explain` asks it for reasons."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import wraps
from typing import Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest

EXAMPLES = """Examples:

  routeyard resolve --capability tool_use --min-context 131072 --precision high --explain

  routeyard resolve --step code_generation --max-input-price 3.00 --residency EU --json

  routeyard resolve --stdin < requests.jsonl
"""
EXPLAINED = """Examples:

  routeyard explain --capability tool_use --min-context 131072 --precision high

  routeyard explain --model fast --tenant acme --key service --all
"""


def register(app: typer.Typer) -> None:
    """Add the router's commands."""
    app.command("router", help="Serve a router until SIGTERM (settings: docs/settings.md).")(_serve)
    app.command("resolve", help=f"Ask which model fits, and why.\n\n{EXAMPLES}")(_resolve)
    app.command(
        "explain",
        help="Ask which model fits, why each other was left out, and what rules and overrides "
        f"did.\n\n{EXPLAINED}",
    )(_explained)


def _serve() -> None:
    from services.router.serve import serve

    serve()


def _resolve(
    *,
    capability: Annotated[
        list[str] | None, typer.Option(help="A capability, or name=level; repeatable.")
    ] = None,
    language: Annotated[list[str] | None, typer.Option(help="e.g. de; repeatable.")] = None,
    min_context: Annotated[int | None, typer.Option(help="Tokens of context.")] = None,
    min_output: Annotated[int | None, typer.Option(help="Tokens of output.")] = None,
    precision: Annotated[str | None, typer.Option(help="low, standard or high.")] = None,
    modality_in: Annotated[
        list[str] | None, typer.Option(help="text, image, …; repeatable.")
    ] = None,
    residency: Annotated[list[str] | None, typer.Option(help="EU, DE, …; repeatable.")] = None,
    hosting: Annotated[
        list[str] | None, typer.Option(help="public_api, self_hosted, …; repeatable.")
    ] = None,
    max_input_price: Annotated[str | None, typer.Option(help="USD per million tokens.")] = None,
    max_output_price: Annotated[str | None, typer.Option(help="USD per million tokens.")] = None,
    max_latency_ms: Annotated[int | None, typer.Option(help="Expected completion.")] = None,
    callable_only: Annotated[
        bool, typer.Option("--callable", help="Only endpoints that can be called now.")
    ] = False,
    step: Annotated[str | None, typer.Option(help="planning, code_generation, …")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only these; repeatable.")] = None,
    objective: Annotated[
        str | None,
        typer.Option(help="balanced, cost, quality or latency; else as policies say."),
    ] = None,
    provider: Annotated[
        list[str] | None, typer.Option(help="Only these providers or endpoints; repeatable.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Not these; repeatable.")] = None,
    input_tokens: Annotated[int, typer.Option(help="Expected prompt length.")] = 1_000,
    output_tokens: Annotated[int, typer.Option(help="Expected answer length.")] = 500,
    tenant: Annotated[str | None, typer.Option(help="On behalf of (service keys only).")] = None,
    key: Annotated[
        str, typer.Option(help="admin, service or tenant: which of the stack's keys.")
    ] = "tenant",
    explain: Annotated[bool, typer.Option(help="Why the others were left out.")] = False,
    every: Annotated[bool, typer.Option("--all", help="With --explain: every candidate.")] = False,
    stdin: Annotated[bool, typer.Option(help="Read requirements, one JSON object a line.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    from services.router.client import RouterClient

    client = RouterClient.find(os.environ, key)
    require = {
        "capabilities": [_capability(c) for c in capability or []],
        "languages": language or [],
        "min_context": min_context,
        "min_output": min_output,
        "precision": precision,
        "modalities_in": modality_in or [],
        "residency": residency or [],
        "hosting": hosting or [],
        "max_price_per_mtok": _ceiling(max_input_price, max_output_price),
        "max_latency_ms": max_latency_ms,
        "callable": callable_only,
    }
    asked = {
        "require": {name: value for name, value in require.items() if value},
        "estimate": {"input_tokens": input_tokens, "output_tokens": output_tokens},
        "models": model or [],
        "explain": explain,
    }
    preferences = {n: v for n, v in (("only", provider), ("ignore", ignore)) if v}
    given = {"step": step, "tenant": tenant, "objective": objective, "provider": preferences}
    asked |= {name: value for name, value in given.items() if value}
    _answer(client, _requests(asked, stdin=stdin), as_json=as_json or stdin, every=every)


@wraps(_resolve)
def _explained(**asked: Any) -> None:
    _resolve(**(asked | {"explain": True}))


def _answer(client: Any, requests: Iterator[Any], *, as_json: bool, every: bool) -> None:
    import msgspec

    from services.router.show import show

    for asked in requests:
        answer = client.resolve(asked)
        if as_json:
            sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
        else:
            show(answer, every=every)


def _requests(asked: dict[str, Any], *, stdin: bool) -> Iterator[Any]:
    import msgspec

    if not stdin:
        yield asked
        return
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            try:
                yield msgspec.json.decode(line)
            except msgspec.DecodeError as fault:
                raise InvalidRequest(f"Line {number} is not JSON: {fault}.") from None


def _capability(text: str) -> str | dict[str, Any]:
    name, equals, level = text.partition("=")
    if not equals:
        return name
    try:
        return {"name": name, "min_level": float(level)}
    except ValueError:
        raise InvalidRequest(f"{text!r} is not a capability; write name or name=0.8.") from None


def _ceiling(most_in: str | None, most_out: str | None) -> dict[str, str]:
    return {n: v for n, v in (("input", most_in), ("output", most_out)) if v is not None}
