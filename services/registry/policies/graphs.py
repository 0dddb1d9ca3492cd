"""A graph in a file: to look policies over where no registry is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from routeyard.domain import graph as graphs
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest, Unavailable
from routeyard.domain.graph import Graph, Op
from routeyard.follow.follower import GraphFollower
from routeyard.runtime.settings import KafkaSettings
from services.registry import marked

WAIT_S = 60.0


def read(file: Path) -> Graph:
    """The graph in a YAML or JSON file: its entities by kind.

    Raises:
        InvalidRequest: there is no such file, or it holds no graph.
    """
    try:
        text = file.read_text(encoding="utf-8")
        held = msgspec.json.decode(text) if text.lstrip().startswith("{") else _yaml(file, text)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as fault:
        raise InvalidRequest(f"{file} cannot be read as a graph: {fault}.") from None
    entities = held.get("entities") if isinstance(held, dict) else None
    if not isinstance(entities, dict):
        raise InvalidRequest(f"{file} holds no graph: it has no `entities` by kind.")
    return graphs.load("file", int(held.get("revision") or 0), list(_ops(file, entities)))


def _yaml(file: Path, text: str) -> Any:
    return next((each.value for each in marked.read(file, text)), None)


def _ops(file: Path, entities: Mapping[str, Any]) -> Iterator[Op]:
    for kind, listed in entities.items():
        if kind not in set(Kind) or not isinstance(listed, list):
            raise InvalidRequest(f"{file}: there are no entities of kind {kind!r}.")
        for each in listed:
            try:
                entity = msgspec.convert(each, graphs.ENTITY_TYPES[Kind(kind)], strict=False)
            except msgspec.ValidationError as fault:
                raise InvalidRequest(f"{file}: one {kind} is none: {fault}.") from None
            yield graphs.put(EntityRef(Kind(kind), entity.id), graphs.canonical(entity))


def write(file: Path, graph: Graph) -> None:
    """A graph into a file, so that `read` finds it again."""
    entities = {
        str(kind): [msgspec.to_builtins(each) for _, each in sorted(held.items())]
        for kind, held in graph.entities.items()
        if held
    }
    text = msgspec.json.encode({"revision": graph.revision, "entities": entities})
    file.write_bytes(msgspec.json.format(text) + b"\n")


def fetched(settings: KafkaSettings) -> Graph:
    """The graph as routers hold it now.

    Raises:
        Unavailable: Kafka does not answer, or the registry has announced nothing yet.
    """
    return asyncio.run(_fetched(settings))


async def _fetched(settings: KafkaSettings) -> Graph:
    got: asyncio.Future[Graph] = asyncio.get_running_loop().create_future()

    def take(graph: Graph, _: object) -> None:
        if not got.done():
            got.set_result(graph)

    following = asyncio.create_task(GraphFollower(settings, "routeyard-cli", take).run())
    try:
        return await asyncio.wait_for(got, WAIT_S)
    except TimeoutError:
        raise Unavailable(
            f"No graph came from Kafka at {settings.bootstrap} in {WAIT_S:g} s; check that a "
            "registry runs there."
        ) from None
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
