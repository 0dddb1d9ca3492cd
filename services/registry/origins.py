"""Which events made an entity what it became at a revision: told from what was said of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from routeyard.domain.claims import NEVER, EntityRef, Statement

EventKey = tuple[str, str]


class Told(NamedTuple):
    """A statement, and the revisions during which it was made."""

    from_revision: int
    to_revision: int | None
    statement: Statement


def origins(ref: EntityRef, revision: int, told: Sequence[Told], *, is_new: bool) -> set[EventKey]:
    """The events (source, id) that changed what is said of an entity as of `revision`.

    Where nothing new was said of the entity itself, it was moved by what was said of another:
    of what it needs, or of a source's weight. `is_new`: it came then, with all that was said
    of it before.
    """
    own = [each for each in told if each.statement.ref == ref]
    before = {each.statement.key: each for each in own if each.to_revision == revision}
    found: set[EventKey] = set()
    for each in own:
        if each.from_revision == revision:
            held = before.get(each.statement.key)
            found |= _events(each.statement) - (_events(held.statement) if held else set())
    if found:
        return found
    causes = _all(t for t in told if t.statement.ref != ref and t.from_revision == revision)
    return causes | _all(t for t in own if _holds(t, revision)) if is_new else causes


def _all(told: Iterable[Told]) -> set[EventKey]:
    return {key for each in told for key in _events(each.statement)}


def _holds(told: Told, revision: int) -> bool:
    is_over = told.to_revision is not None and told.to_revision <= revision
    return told.from_revision <= revision and not is_over


def _events(statement: Statement) -> set[EventKey]:
    stamps = {claimed.stamp for claimed in statement.fields.values()}
    stamps |= {statement.floor} if statement.floor > NEVER else set()
    stamps |= {statement.announced.stamp} if statement.announced else set()
    return {(statement.source, stamp.event_id) for stamp in stamps}
