"""What `routeyard models list|show|diff|history` ask of a running registry, in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask

Environment = Mapping[str, str]
Answer = dict[str, Any]

PAGE = 100
_PRICE = "price { input output cachedRead cacheWrite perRequest }"
_LISTED = (
    "id name provider mode lifecycle context maxOutput openWeights releasedOn retiresOn "
    "capabilities { tag level } quality { tag level } "
    "offerings(first: 50) { nodes { endpointId price { input output } } }"
)
_SHOWN = (
    "id name provider family mode lifecycle releasedOn deprecatedOn retiresOn knowledgeCutoff "
    "openWeights licence parameters modalitiesIn modalitiesOut languages context maxOutput "
    "capabilities { tag level } quality { tag level } benchmarks { tag level } "
    "variant base { id } variants { id } successor { id } predecessors { id } "
    "fallbackChain { id } conflicts { field decidedBy claims { value source } } "
    "releases(first: 50) { nodes { id lifecycle releasedOn retiresOn } } "
    "offerings(first: 200) { nodes { id endpointId nativeId releaseId lifecycle context maxOutput "
    f"quantization {_PRICE} }} }}"
)
_CHANGED = "change fields { name before after }"


class Moment(NamedTuple):
    """When: a revision, a time, or, with neither, now."""

    revision: int | None = None
    at: datetime | None = None

    def argument(self) -> str:
        """As an argument of `graph`; empty for now."""
        if self.revision is not None and self.at is not None:
            raise InvalidRequest("Give --revision or --at, not both.")
        if self.revision is not None:
            return f"(revision: {self.revision})"
        return "" if self.at is None else f'(at: "{_written(self.at)}")'


class Listing(NamedTuple):
    """A part of the models; `has_more` where `most` cut it off."""

    revision: int
    models: list[Answer]
    has_more: bool


def models(
    environ: Environment, when: Moment, wanted: Answer, sort: Answer | None, most: int | None
) -> Listing:
    """Models, page after page, all at one revision."""
    query = (
        "query($filter: ModelFilter, $sort: ModelSort, $first: Int!, $after: String) "
        f"{{ graph{when.argument()} {{ revision "
        "models(filter: $filter, sort: $sort, first: $first, after: $after) "
        f"{{ nodes {{ {_LISTED} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    )
    found: list[Answer] = []
    after, revision, has_more = None, 0, True
    while has_more and (most is None or len(found) < most):
        first = PAGE if most is None else min(PAGE, most - len(found))
        graph = _ask(environ, query, filter=wanted, sort=sort, first=first, after=after)["graph"]
        revision = graph["revision"]
        # Commits go on meanwhile; further pages are of the revision of the first.
        query = query.replace(f"graph{when.argument()}", f"graph(revision: {revision})", 1)
        when = Moment(revision)
        found += graph["models"]["nodes"]
        info = graph["models"]["pageInfo"]
        after, has_more = info["endCursor"], info["hasNextPage"]
    return Listing(revision, found, has_more)


def model(environ: Environment, name: str, when: Moment) -> Answer:
    """A model and all that belongs to it; InvalidRequest names others where there is none."""
    query = (
        f"query($id: ID!, $search: String!) {{ graph{when.argument()} {{ revision committedAt "
        f"model(id: $id) {{ {_SHOWN} }} "
        "models(first: 5, filter: {search: $search}) { nodes { id } } } }"
    )
    graph: Answer = _ask(environ, query, id=name, search=name[:200])["graph"]
    if graph["model"] is None:
        near = ", ".join(node["id"] for node in graph["models"]["nodes"])
        hint = f"did you mean {near}?" if near else "`routeyard models list --search` finds names."
        raise InvalidRequest(f"There is no model {name!r} at revision {graph['revision']}; {hint}")
    graph.pop("models")
    return graph


def diff(
    environ: Environment, span: tuple[str, str | None], kind: str | None, most: int | None
) -> Answer:
    """What is not the same at two moments, each a revision or a time."""
    first, last = (None if each is None else _revision(environ, each) for each in span)
    query = (
        "query($from: Long!, $to: Long, $kind: Kind, $first: Int!, $after: String) "
        "{ diff(from: $from, to: $to, kind: $kind, first: $first, after: $after) "
        f"{{ revision nodes {{ kind id {_CHANGED} revisions }} "
        "pageInfo { hasNextPage endCursor } } }"
    )
    variables = {"from": first, "to": last, "kind": kind.upper() if kind else None}
    found = _pages(environ, query, "diff", variables, most)
    changes, has_more = found["nodes"], found["has_more"]
    return {"from": first, "to": found["revision"], "changes": changes, "has_more": has_more}


def history(environ: Environment, name: str, kind: str, most: int | None) -> Answer:
    """Versions of an entity, newest first."""
    query = (
        "query($id: ID!, $kind: Kind!, $first: Int!, $after: String) "
        "{ history(id: $id, kind: $kind, first: $first, after: $after) { revision nodes { revision "
        f"committedAt actor reason {_CHANGED} events {{ source id type observedAt actor reason }} "
        "} pageInfo { hasNextPage endCursor } } }"
    )
    found = _pages(environ, query, "history", {"id": name, "kind": kind.upper()}, most)
    if not found["nodes"]:
        raise InvalidRequest(f"There never was a {kind.lower()} {name!r}.")
    return {"id": name, "kind": kind, "versions": found["nodes"], "has_more": found["has_more"]}


def _pages(
    environ: Environment, query: str, field: str, variables: Answer, most: int | None
) -> Answer:
    nodes: list[Answer] = []
    after, revision, has_more = None, 0, True
    while has_more and (most is None or len(nodes) < most):
        first = PAGE if most is None else min(PAGE, most - len(nodes))
        page = _ask(environ, query, **variables, first=first, after=after)[field]
        nodes += page["nodes"]
        revision = page["revision"]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return {"nodes": nodes, "revision": revision, "has_more": has_more}


def moment(written: str) -> datetime:
    """A time as people write it; without a zone it is in UTC.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise InvalidRequest(
            f"{written!r} is no time; write 2026-06-01, 2026-06-01T12:00 or 2026-06-01T12:00:00Z."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _revision(environ: Environment, written: str) -> int:
    if written.isascii() and written.isdigit():
        return int(written)
    query = f"{{ graph{Moment(at=moment(written)).argument()} {{ revision }} }}"
    return int(_ask(environ, query)["graph"]["revision"])


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _ask(environ: Environment, query: str, **variables: Any) -> Any:
    return ask(StackFile.find(environ), query, variables)
