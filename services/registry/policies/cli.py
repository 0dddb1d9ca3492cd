"""`routeyard policy …`: what requests are routed by, from a file to the version that decides."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.policies.policy import PolicyState
from services.registry.tenants.options import (
    AsJson,
    DryRun,
    Every,
    First,
    Reason,
    Tenant,
    show,
    show_effect,
)

if TYPE_CHECKING:
    from services.registry.policies.looking import Looked

Files = Annotated[list[Path], typer.Argument(help="Documents in YAML or JSON.")]
OneFile = Annotated[Path, typer.Argument(help="A document in YAML or JSON.")]
GraphFile = Annotated[
    Path | None, typer.Option("--graph", help="A graph in a file, as `policy graph` writes it.")
]
Name = Annotated[str, typer.Argument(help="The policy's name.")]
Version = Annotated[int | None, typer.Argument(help="The version; the newest unless given.")]
EXAMPLES = {
    "lint": "routeyard policy lint policies/*.yaml · "
    "routeyard policy lint legal.yaml --graph graph.json --json · "
    "routeyard policy lint legal.yaml --registry",
    "test": "routeyard policy test legal.yaml · "
    "routeyard policy test legal.yaml --graph graph.json",
    "diff": "routeyard policy diff enterprise-legal 1 2 · "
    "routeyard policy diff old.yaml new.yaml --graph graph.json --json",
    "publish": "routeyard policy publish legal.yaml --reason 'contracts with EU customers' · "
    "routeyard policy publish ours.yaml --tenant acme --reason pilot --dry-run",
    "shadow": "routeyard policy shadow enterprise-legal --reason 'a week beside version 2'",
    "shadowed": "routeyard policy shadowed enterprise-legal · "
    "routeyard policy shadowed home --tenant acme --json",
    "activate": "routeyard policy activate enterprise-legal 3 --reason 'no surprises'",
    "rollback": "routeyard policy rollback enterprise-legal --reason 'too slow in court'",
    "retire": "routeyard policy retire enterprise-legal --reason 'no longer sold'",
    "list": "routeyard policy list --state active · routeyard policy list --tenant acme --json",
    "show": "routeyard policy show enterprise-legal · "
    "routeyard policy show enterprise-legal 2 --document > legal.yaml",
    "graph": "routeyard policy graph --out graph.json",
}


def register(app: typer.Typer) -> None:
    """Add the group to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="What requests are routed by.")
    commands: dict[str, Callable[..., None]] = {
        "lint": lint,
        "test": run_tests,
        "diff": diff,
        "publish": publish,
        "shadow": shadow,
        "shadowed": shadowed,
        "activate": activate,
        "rollback": rollback,
        "retire": retire,
        "list": list_,
        "show": show_,
        "graph": graph_,
    }
    for name, run in commands.items():
        group.command(name, epilog=f"Examples: {EXAMPLES[name]}")(run)
    app.add_typer(group, name="policy")


def lint(
    files: Files,
    graph: GraphFile = None,
    registry: Annotated[
        bool, typer.Option("--registry", help="Ask the registry, which knows the graph as it is.")
    ] = False,
    tenant: Tenant = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything that is wrong with documents, with lines and columns; 1 when anything is.

    Needs nothing but the files; with a graph, names and callers are looked at, too.
    """
    from services.registry.policies import tables

    found = [_looked(each, graph, registry, tenant) for each in files]
    show([each._asdict() for each in found], as_json, lambda: tables.looked(found))
    if not all(each.is_sound for each in found):
        raise typer.Exit(1)


def run_tests(
    file: OneFile, graph: GraphFile = None, tenant: Tenant = None, as_json: AsJson = False
) -> None:
    """Run a document's tests, over the registry's graph unless one is given; 1 if one fails."""
    from services.registry.policies import tables

    found = _looked(file, graph, graph is None, tenant)
    show(found._asdict(), as_json, lambda: tables.tested(found))
    if not found.is_sound:
        raise typer.Exit(1)


def diff(
    versions: Annotated[
        list[str], typer.Argument(metavar="NAME FROM TO | OLD NEW", help="Versions, or files.")
    ],
    graph: GraphFile = None,
    tenant: Tenant = None,
    first: First = 50,
    as_json: AsJson = False,
) -> None:
    """Show what lies between two versions: rules, and the decisions that move with them.

    What every kind of caller may ask is resolved under both, and what the tests in them ask.
    """
    from services.registry.policies import questions, tables

    if graph is not None and len(versions) == 2:  # noqa: PLR2004 - the old one and the new one
        found = questions.told(_between(versions, graph), first)
    elif graph is None and len(versions) == 3:  # noqa: PLR2004 - a name and two versions
        name, *numbers = versions
        found = questions.difference(os.environ, name, [_number(n) for n in numbers], tenant, first)
    else:
        raise InvalidRequest(
            "Name a policy and two of its versions, or two files and a --graph to ask over."
        )
    show(found, as_json, lambda: tables.difference(found))


def publish(
    file: OneFile,
    reason: Reason,
    tenant: Tenant = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Publish a document as the next version of its policy: a draft, which decides nothing yet."""
    from services.registry.policies import looking
    from services.registry.tenants import orders

    given = {
        "document": orders.Given("String!", looking.text_of(file)),
        "reason": orders.Given("String!", reason),
        "tenant": orders.Given("ID", tenant),
    }
    _carry_out("publishPolicy", given, dry_run, as_json)


def shadow(
    name: Name,
    reason: Reason,
    version: Version = None,
    tenant: Tenant = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate a version beside those that decide, and count where it would differ."""
    _move("shadowPolicy", name, version, reason, tenant, dry_run, as_json)


def shadowed(name: Name, tenant: Tenant = None, as_json: AsJson = False) -> None:
    """Show what routers counted where versions in shadow came in, and requests that would move."""
    from services.registry.policies import routers, tables

    found = routers.shadowed(os.environ, name, tenant)
    show(found, as_json, lambda: tables.shadowed(found))


def activate(
    name: Name,
    reason: Reason,
    version: Version = None,
    tenant: Tenant = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a version decide; the one that did is retired in the same commit."""
    _move("activatePolicy", name, version, reason, tenant, dry_run, as_json)


def rollback(
    name: Name,
    reason: Reason,
    version: Annotated[
        int | None, typer.Argument(help="The version; the one that decided before unless given.")
    ] = None,
    tenant: Tenant = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let an older version decide again."""
    from services.registry.policies import questions

    chosen = questions.former(os.environ, name, tenant) if version is None else version
    _move("activatePolicy", name, chosen, reason, tenant, dry_run, as_json)


def retire(
    name: Name,
    reason: Reason,
    version: Annotated[
        int | None, typer.Argument(help="The version; the one that decides unless given.")
    ] = None,
    tenant: Tenant = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Let a version decide no longer."""
    _move("retirePolicy", name, version, reason, tenant, dry_run, as_json)


def list_(
    tenant: Tenant = None,
    name: Annotated[str | None, typer.Option(help="Only versions of this policy.")] = None,
    state: Annotated[PolicyState | None, typer.Option(help="Only versions that are this.")] = None,
    first: First = 50,
    every: Every = False,
    as_json: AsJson = False,
) -> None:
    """List versions by id."""
    from services.registry.policies import questions, tables

    most = None if every else first
    found = questions.listed(os.environ, tenant, name, state, most)
    show(found, as_json, lambda: tables.versions(found))


def show_(
    name: Name,
    version: Annotated[
        int | None, typer.Argument(help="The version; the one that decides unless given.")
    ] = None,
    tenant: Tenant = None,
    document: Annotated[
        bool, typer.Option("--document", help="Print its document alone, as it was published.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a version: where it stands, for whom it is, and its rules."""
    from services.registry.policies import questions, tables

    found = questions.version(os.environ, name, version, tenant)
    if document:
        typer.echo(found["document"], nl=False)
        return
    show(found, as_json, lambda: tables.version(found))


def graph_(
    out: Annotated[Path, typer.Option("--out", "-o", help="The file.")], as_json: AsJson = False
) -> None:
    """Write the graph as routers hold it into a file, for `lint`, `test` and `diff` without them.

    It is read from Kafka (ROUTEYARD_KAFKA), and holds what there is of every tenant.
    """
    from services.registry.policies import graphs, questions

    held = graphs.fetched(questions.kafka(os.environ))
    graphs.write(out, held)
    told = {"written": str(out), "revision": held.revision}
    show(told, as_json, lambda: typer.echo(f"Revision {held.revision} is in {out}."))


def _looked(file: Path, graph: Path | None, registry: bool, tenant: str | None) -> Looked:
    from routeyard.runtime.clock import utc_now
    from services.registry.policies import graphs, looking

    if registry and graph is not None:
        raise InvalidRequest("Give --graph or --registry, not both.")
    if registry:
        return looking.asked(os.environ, file, tenant)
    return looking.here(file, tenant, None if graph is None else graphs.read(graph), utc_now())


def _between(files: list[str], graph: Path) -> Any:
    from routeyard.runtime.clock import utc_now
    from services.registry.policies import graphs, looking

    return looking.between(Path(files[0]), Path(files[1]), graphs.read(graph), utc_now())


def _number(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 9):  # noqa: PLR2004 - fits
        raise InvalidRequest(f"{written!r} is no version; write its number.")
    return int(written)


def _move(
    order: str,
    name: str,
    version: int | None,
    reason: str,
    tenant: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from services.registry.tenants import orders

    given = {
        "name": orders.Given("String!", name),
        "version": orders.Given("Int", version),
        "reason": orders.Given("String!", reason),
        "tenant": orders.Given("ID", tenant),
    }
    _carry_out(order, given, dry_run, as_json)


def _carry_out(order: str, given: dict[str, Any], dry_run: bool, as_json: bool) -> None:
    from services.registry.policies import tables
    from services.registry.tenants import orders

    done = orders.carry_out(os.environ, order, {**given, "dryRun": orders.flag(value=dry_run)})
    if not as_json:
        tables.warned(done["warnings"])
    show_effect(done, is_dry_run=dry_run, as_json=as_json)
