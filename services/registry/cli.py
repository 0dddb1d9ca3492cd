"""The registry's commands: serving, setting up, and orders to a running registry."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
SDL_FILE = Path("docs") / "graphql.graphql"


def register(app: typer.Typer) -> None:
    """Add this module's commands to ``app``."""
    from services.registry.catalogs.cli import register as register_catalogs
    from services.registry.endpoints.cli import register as register_endpoints
    from services.registry.models.cli import register as register_models
    from services.registry.policies.cli import register as register_policies
    from services.registry.tenants.cli import register as register_tenants

    register_catalogs(app)
    register_models(app)
    register_endpoints(app)
    register_tenants(app)
    register_policies(app)
    app.command("registry", epilog="Settings: docs/settings.md")(serve)
    app.command(epilog="Examples: routeyard migrate · routeyard migrate --to 0001")(migrate)
    app.command(epilog="Examples: routeyard bootstrap · routeyard bootstrap --tenant acme --json")(
        bootstrap
    )
    _group(app, "topics", "Kafka topics.", _topics())
    _group(app, "dead-letters", "Records that could not be taken over.", _letters())
    _group(
        app,
        "sources",
        "Who may state facts.",
        {"register": sources_register, "keygen": sources_keygen},
    )
    _group(app, "schema", "The GraphQL schema.", {"export": schema_export})


def _group(app: typer.Typer, name: str, summary: str, commands: dict[str, Any]) -> None:
    group = typer.Typer(no_args_is_help=True, help=summary)
    for command, run in commands.items():
        group.command(command, epilog=f"Example: {EXAMPLES[run.__name__]}")(run)
    app.add_typer(group, name=name)


def _topics() -> dict[str, Any]:
    return {"plan": topics_plan, "apply": topics_apply, "acls": topics_acls}


def _letters() -> dict[str, Any]:
    return {"list": letters_list, "show": letters_show, "replay": letters_replay}


EXAMPLES = {
    "topics_plan": "routeyard topics plan --json",
    "topics_apply": "routeyard topics apply --replication 3",
    "topics_acls": "routeyard topics acls --principal registry=User:registry "
    "--principal ingester=User:models-dev --command-config admin.properties | sh",
    "letters_list": "routeyard dead-letters list --fate parked",
    "letters_show": "routeyard dead-letters show 17 --json",
    "letters_replay": "routeyard dead-letters replay 17",
    "sources_register": "routeyard sources register acme --rank 60 "
    "--type routeyard.model.released.v1 --entity provider:acme --entity 'endpoint:acme*' "
    "--entity 'model:*' --public-key MCowBQ…",
    "sources_keygen": "routeyard sources keygen --out acme.pem",
    "schema_export": "routeyard schema export",
}


def serve() -> None:
    """Serve a registry until SIGTERM."""
    from services.registry.serve import serve as run

    run()


def migrate(
    to: Annotated[str, typer.Option(help="A revision, head or base.")] = "head",
    as_json: AsJson = False,
) -> None:
    """Bring the database's schema to this version's, or to another one, as the tables' owner."""
    from routeyard.runtime.environ import Environ
    from services.registry.postgres import schema
    from services.registry.settings import migration_url

    environ = Environ(os.environ)
    url = migration_url(environ)
    environ.finish()
    before, after = schema.migrate(url, to)
    _show(
        {"before": before, "after": after},
        as_json,
        f"The schema is at {after or 'nothing'}; it was at {before or 'nothing'}.",
    )


def bootstrap(
    tenant: Annotated[str, typer.Option(help="The first tenant.")] = "acme",
    dev_source: Annotated[
        bool, typer.Option("--dev-source", help="Also trust a source `dev` with every fact.")
    ] = False,
    reissue: Annotated[
        bool, typer.Option("--reissue", help="Revoke the keys issued here before; make new ones.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register the built-in sources and a tenant; print an admin's, a service's, a tenant's key.

    The keys are shown once. A second run registers what is missing and shows no key.
    """
    from services.registry.bootstrap import Plan
    from services.registry.setup import bootstrapped

    done = bootstrapped(os.environ, Plan(tenant, dev_source, reissue))
    lines = [f"{principal:8} {key}" for principal, key in done.keys.items()]
    if not lines:
        typer.echo("Keys were issued before; --reissue revokes them and makes new ones.", err=True)
    _show(dict(done.keys), as_json, "\n".join(lines))


def topics_plan(as_json: AsJson = False) -> None:
    """Compare the cluster's topics with what Routeyard needs; exit status 1 when one is wrong."""
    from services.registry.setup import topics_planned

    found = topics_planned(os.environ)
    _show_plan(found, as_json, "missing")
    raise typer.Exit(1 if found.faults else 0)


def topics_apply(
    replication: Annotated[int, typer.Option(min=1, help="Copies of each partition.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Create the topics that are missing."""
    from services.registry.setup import topics_applied

    _show_plan(topics_applied(os.environ, replication), as_json, "created")


def topics_acls(
    principal: Annotated[
        list[str] | None,
        typer.Option(help="PART=TYPE:NAME, e.g. registry=User:registry; repeatable."),
    ] = None,
    bootstrap_server: Annotated[
        str, typer.Option(envvar="ROUTEYARD_KAFKA", help="For kafka-acls.sh.")
    ] = "localhost:9092",
    command_config: Annotated[
        str | None, typer.Option(help="For kafka-acls.sh: a file of client settings.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the access rules the platform needs on the brokers, as calls of kafka-acls.sh.

    Without --principal, each part connects as the user of its name. Nothing is changed.
    """
    from routeyard.kafka.acls import command_lines
    from services.registry.setup import topic_rules

    rules = topic_rules(os.environ, principal or [])
    listed = [rule._asdict() for rule in rules]
    _show(listed, as_json, "\n".join(command_lines(rules, bootstrap_server, command_config)))


def letters_list(
    fate: Annotated[str | None, typer.Option(help="dead or parked.")] = None,
    first: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List records that were put aside, newest first."""
    from services.registry import orders

    found = orders.letters(os.environ, fate, first)
    lines = [
        f"{x['id']:>6} {x['fate']:6} {x['receivedAt']} {x['topic']} {x['code']}: {x['error']}"
        for x in found
    ]
    _show(found, as_json, "\n".join(lines) or "There are none.")


def letters_show(letter: int, as_json: AsJson = False) -> None:
    """Show a record that was put aside, with its bytes."""
    from services.registry import orders

    found = orders.letter(os.environ, letter)
    _show(found, as_json, "\n".join(f"{name}: {value}" for name, value in found.items()))


def letters_replay(letter: int, as_json: AsJson = False) -> None:
    """Publish a record again where it came from."""
    from services.registry import orders

    found = orders.replay(os.environ, letter)
    _show(found, as_json, f"Letter {letter} was published to {found['topic']} again.")


def sources_register(
    name: str,
    rank: Annotated[int, typer.Option(min=0, max=999, help="Weight where sources disagree.")],
    type_: Annotated[list[str], typer.Option("--type", help="An event type; repeatable.")],
    entity: Annotated[
        list[str] | None,
        typer.Option(help="What it may speak of, e.g. 'endpoint:acme-*' or '*'; repeatable."),
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(help="What it signs with, Ed25519 in base64; twice while it changes."),
    ] = None,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Forget its keys: it signs no more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Trust a source of facts with event types, or change how far.

    Entities and keys that are not named stay as they are registered; `--entity '*'` allows
    everything. A source that has a key has to sign all it says.
    """
    from routeyard.domain.errors import InvalidRequest
    from services.registry import orders

    if unsigned and public_key:
        raise InvalidRequest("Give either --public-key or --unsigned.")
    how = orders.Trusted(rank, type_, entity or None, [] if unsigned else public_key or None)
    held = orders.register_source(os.environ, name, how)
    _show(held, as_json, f"{name} is registered as of revision {held['revision']}.")


def sources_keygen(
    out: Annotated[
        Path | None, typer.Option(help="A new file for the private key, for its owner alone.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key pair for a source: it signs with the one and is registered with the other."""
    from routeyard.wire.signature import make_keys
    from services.registry.keygen import write_private

    made = make_keys()
    if out is None:
        value, text = {"private_key": made.private}, made.private
    else:
        write_private(out, made.private)
        value, text = {"private_key_file": str(out)}, f"private key: {out}\n"
    _show({"public_key": made.public, **value}, as_json, f"{text}public key: {made.public}")


def schema_export(
    to: Annotated[Path, typer.Option(help="The file.")] = SDL_FILE, as_json: AsJson = False
) -> None:
    """Write the GraphQL schema."""
    from services.registry.graphql.schema import sdl

    to.write_text(sdl(), encoding="utf-8")
    _show({"written": str(to)}, as_json, f"{to} is written.")


def _show(value: Any, as_json: bool, text: str) -> None:
    typer.echo(json.dumps(value) if as_json else text)


def _show_plan(found: Any, as_json: bool, word: str) -> None:
    value = {word: sorted(found.missing), "faults": found.faults}
    lines = [f"{word}: {name}" for name in value[word]] + [
        f"wrong: {each}" for each in found.faults
    ]
    _show(value, as_json, "\n".join(lines) or "The topics are as they must be.")
