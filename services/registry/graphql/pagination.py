"""Lists in pages. A cursor holds the revision it began at, so a list stays one list to its end."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Generic, TypeVar

import msgspec

from routeyard.domain.errors import InvalidRequest
from services.registry.graphql.context import Context
from services.registry.graphql.described import Long, described
from services.registry.reads import BY_ID, Order, Page, Place, Wanted

DEFAULT_FIRST = 50
MAX_FIRST = 200
MAX_DIGITS = 18
_CURSOR = msgspec.json.Decoder(tuple[int, str, str, str | None])
MAX_CURSOR = 4_096
T = TypeVar("T")
N = TypeVar("N")


@described
class PageInfo:
    """Whether there is more, and the cursor to ask for it with."""

    has_next_page: bool
    end_cursor: str | None


@described
class Edge(Generic[T]):
    """A node and its place in the list."""

    cursor: str
    node: T


@described
class Connection(Generic[T]):
    """A page of a list, as it was at `revision`; further pages are read at the same revision."""

    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    revision: Long


def write_cursor(list_name: str, place: Place) -> str:
    """A place in a list as callers see it: opaque."""
    held = (place.revision, list_name, place.id, place.key)
    return urlsafe_b64encode(msgspec.json.encode(held)).decode()


def read_cursor(list_name: str, cursor: str | None) -> Place | None:
    """The place a cursor stands for; None begins at the first page.

    Raises:
        InvalidRequest: it was not given out for this list.
    """
    if cursor is None:
        return None
    try:
        held = _CURSOR.decode(urlsafe_b64decode(cursor[:MAX_CURSOR].encode()))
    except (ValueError, msgspec.MsgspecError):
        held = (0, "", "", None)
    revision, name, last, key = held
    if name != list_name or "\x00" in last or "\x00" in (key or ""):
        raise InvalidRequest(
            "The cursor was not given out for this list; begin again without `after`.",
            field="after",
        )
    return Place(revision, last, key)


def list_name(kind: str, wanted: Wanted, order: Order) -> str:
    """A list's name in its cursors: a cursor of another filter or order is of another list."""
    if (wanted, order) == (Wanted(), BY_ID):
        return kind
    asked = msgspec.json.encode((wanted, order))
    return f"{kind}:{blake2b(asked, digest_size=8).hexdigest()}"


def whole_number(written: str) -> int:
    """An id that is a number.

    Raises:
        InvalidRequest: it is none, or none that a database could hold.
    """
    if written.isascii() and written.isdigit() and len(written) <= MAX_DIGITS:
        return int(written)
    raise InvalidRequest(f"{written!r} is no id; take it from a list.", field="id")


def bounded(context: Context, first: int) -> int:
    """A page's length, counted against what the request may load.

    Raises:
        InvalidRequest: it is below 1, above MAX_FIRST, or too much together with other pages.
    """
    if not 1 <= first <= MAX_FIRST:
        raise InvalidRequest(f"`first` is {first}; ask for 1 to {MAX_FIRST}.", field="first")
    context.spend(first)
    return first


def connection(
    list_name: str, page: Page[T], wrap: Callable[[T], N], key: Callable[[T], object]
) -> Connection[N]:
    """A page as GraphQL shows it."""
    edges = [
        Edge(
            cursor=write_cursor(list_name, Place(page.revision, str(key(item)), page.key(number))),
            node=wrap(item),
        )
        for number, item in enumerate(page.items)
    ]
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=page.has_more, end_cursor=_last(edges)),
        revision=Long(page.revision),
    )


def _last(edges: Sequence[Edge[N]]) -> str | None:
    return edges[-1].cursor if edges else None
