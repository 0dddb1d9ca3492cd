"""The graph as a person reads it: lists, one model, differences, histories."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from services.registry.models.questions import Listing
from services.registry.models.tables import value

Answer = dict[str, Any]
MOST_TAGS = 6


def models(listing: Listing) -> None:
    """One row a model; its price is that of its cheapest offering."""
    table = _table("model", "context", "$/Mtok in", "out", "at", "capabilities")
    for model in listing.models:
        offered = model["offerings"]["nodes"]
        table.add_row(
            _named(model),
            _tokens(model["context"]),
            _cheapest(offered, "input"),
            _cheapest(offered, "output"),
            str(len(offered)),
            _tags(model["capabilities"]),
        )
    more = "; there are more: --first or --all shows them" if listing.has_more else ""
    _show(
        table if listing.models else "No model fits.",
        f"{len(listing.models)} models at revision {listing.revision}{more}.",
    )


def model(found: Answer) -> None:
    """Facts, offerings, relations, conflicts."""
    about = found["model"]
    _show(
        f"[bold]{escape(about['id'])}[/] at revision {found['revision']} ({found['committedAt']})",
        _facts(about),
        _offerings(about["offerings"]["nodes"]),
        *_relations(about),
        *_conflicts(about),
    )


def diff(found: Answer) -> None:
    """One row a field."""
    table = _table("", "entity", "field", "before", "after", "at revision")
    for change in found["changes"]:
        name = f"{change['kind'].lower()} {change['id']}"
        revisions = ", ".join(str(revision) for revision in change["revisions"])
        _fields(table, (change["change"].lower(), name), change, (revisions,))
    more = "; there are more: --first or --all shows them" if found["has_more"] else ""
    _show(
        table if table.row_count else "Nothing differs.",
        f"{len(found['changes'])} entities differ from revision {found['from']} "
        f"to {found['to']}{more}.",
    )


def history(found: Answer) -> None:
    """One row a field of each version, newest first."""
    table = _table("revision", "when", "", "field", "before", "after", "because of")
    for version in found["versions"]:
        first = (str(version["revision"]), version["committedAt"][:19], version["change"].lower())
        _fields(table, first, version, (_because(version),))
        table.add_section()
    _show(table, *(["There are more: --all shows them."] if found["has_more"] else []))


def _table(*headers: str) -> Table:
    """A table that folds what is too long and cuts nothing off: names are there to be used."""
    table = Table()
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _fields(table: Table, first: tuple[str, ...], change: Answer, last: tuple[str, ...]) -> None:
    is_whole = change["change"] != "CHANGED"
    fields = [{"name": "", "before": "", "after": ""}] if is_whole else change["fields"]
    for number, each in enumerate(fields or [{"name": "", "before": "", "after": ""}]):
        cells = (each["name"], value(each["before"]), value(each["after"]))
        row = (*first, *cells, *last) if number == 0 else ("",) * len(first) + cells
        table.add_row(*(escape(cell) for cell in row))


def _because(version: Answer) -> str:
    """The events, else what the commit says of itself."""
    told = [
        f"{event['source']}: {event['type'].removeprefix('routeyard.')}"
        + (f" by {event['actor']}" if event["actor"] else "")
        + (f" ({event['reason']})" if event["reason"] else "")
        for event in version["events"] or ()
    ]
    return "\n".join(dict.fromkeys(told)) or version["reason"] or ""


def _named(about: Answer) -> str:
    name = escape(about["id"])
    return name if about["lifecycle"] == "GA" else f"{name} [dim]{about['lifecycle'].lower()}[/]"


def _cheapest(offered: list[Answer], name: str) -> str:
    known = [
        Decimal(each["price"][name])
        for each in offered
        if each["price"] and each["price"][name] is not None
    ]
    return format(min(known), "f") if known else "?"


def _tokens(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"


def _tags(levels: Iterable[Answer]) -> str:
    found = [each["tag"] for each in levels if each["level"] > 0]
    more = f" +{len(found) - MOST_TAGS}" if len(found) > MOST_TAGS else ""
    return ", ".join(found[:MOST_TAGS]) + more


def _facts(about: Answer) -> Table:
    table = Table(box=None, show_header=False)
    plain = (
        *("name", "provider", "family", "mode", "lifecycle", "releasedOn", "deprecatedOn"),
        *("retiresOn", "knowledgeCutoff", "openWeights", "licence", "parameters", "context"),
        *("maxOutput", "modalitiesIn", "modalitiesOut", "languages"),
    )
    for name in plain:
        if about[name] not in (None, []):
            known = about[name]
            table.add_row(_words(name), escape(", ".join(known) if _is_list(known) else str(known)))
    for name in ("capabilities", "quality", "benchmarks"):
        if about[name]:
            levels = (f"{each['tag']} {each['level']:g}" for each in about[name])
            table.add_row(name, escape(", ".join(levels)))
    return table


def _offerings(offered: list[Answer]) -> RenderableType:
    if not offered:
        return "It is offered nowhere."
    table = _table("endpoint", "its name there", "$/Mtok in", "out", "cached", "context", "state")
    for each in offered:
        price = each["price"] or {}
        table.add_row(
            each["endpointId"],
            escape(each["nativeId"]),
            *(price.get(name) or "?" for name in ("input", "output", "cachedRead")),
            _tokens(each["context"]),
            each["lifecycle"].lower(),
        )
    return table


def _relations(about: Answer) -> list[str]:
    one = {"succeeded by": about["successor"], "made from": about["base"]}
    many = {
        "succeeds": about["predecessors"],
        "variants": about["variants"],
        "falls back to": about["fallbackChain"],
    }
    told = [f"{name}: {escape(other['id'])}" for name, other in one.items() if other]
    told += [
        f"{name}: {', '.join(escape(other['id']) for other in others)}"
        for name, others in many.items()
        if others
    ]
    return told


def _conflicts(about: Answer) -> list[str]:
    if not about["conflicts"]:
        return []
    fields = ", ".join(conflict["field"] for conflict in about["conflicts"])
    return [f"Sources disagree on {fields}: routeyard models conflicts {escape(about['id'])}"]


def _is_list(known: Any) -> bool:
    return isinstance(known, list)


def _words(name: str) -> str:
    """`releasedOn` as `released on`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name)


def _show(*parts: RenderableType) -> None:
    """Long answers go through the pager where a person looks on."""
    console = Console()
    group = Group(*parts)
    if console.is_terminal and len(console.render_lines(group)) > console.height:
        with console.pager(styles=True):
            console.print(group)
    else:
        console.print(group)
