"""Policy documents as text: YAML or JSON, with the place of everything that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.policies import document
from routeyard.domain.policies.document import Draft
from routeyard.domain.policies.shape import Fault
from routeyard.domain.policies.shape import Path as Path_
from services.registry import marked
from services.registry.marked import Marked, Misplaced

MOST_BYTES, MOST_BYTES_OF_TENANTS = 256 * 1024, 32 * 1024


class Noted(NamedTuple):
    """Something about a place in a document: lines and columns from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class Written(NamedTuple):
    """A document that is in order, and where everything stands in it."""

    draft: Draft
    places: Marked

    def note(self, path: Path_, message: str) -> Noted:
        """A sentence about a part of it."""
        place = self.places.place(path)
        return Noted(place.line, place.column, message)


def read(text: str, tenant: str | None = None) -> Written | list[Noted]:
    """A document's text, checked; or all that is wrong with it, from the top down.

    `tenant`: whose own policy it is to be.
    """
    found = _places(text, MOST_BYTES if tenant is None else MOST_BYTES_OF_TENANTS)
    if isinstance(found, Noted):
        return [found]
    checked = document.read(found.value, tenant)
    if isinstance(checked, Draft):
        return Written(checked, found)
    return sorted({_noted(fault, found) for fault in checked})


def _places(text: str, most: int) -> Marked | Noted:
    """The one document in a text; or why there is none that could be looked into."""
    try:
        if len(text.encode()) > most:
            return Noted(1, 1, f"the document is larger than {most} bytes; make several of it.")
        # The parser takes JSON for YAML, but for the tabs that may indent it.
        kind = "policy.json" if text.lstrip().startswith("{") else "policy.yaml"
        found = list(marked.read(Path(kind), text))
    except UnicodeEncodeError:
        return Noted(1, 1, "half a character stands in it; write the document in UTF-8.")
    except Misplaced as fault:
        return Noted(fault.place.line, fault.place.column, fault.said)
    except InvalidRequest as fault:
        return Noted(1, 1, fault.message)
    if len(found) != 1:
        what = "more than one document" if found else "no document"
        return Noted(1, 1, f"there is {what} here; a policy is one document.")
    return found[0]


def _noted(fault: Fault, places: Marked) -> Noted:
    if fault.is_key and fault.path in places.keys:
        place = places.keys[fault.path]
    elif fault.within is None:
        place = places.place(fault.path)
    else:
        place = places.within(fault.path, *fault.within)
    return Noted(place.line, place.column, _about(fault))


def _about(fault: Fault) -> str:
    """The sentence, with the name of what it is about."""
    names = [str(step) for step in fault.path if isinstance(step, str)]
    return f"{names[-1]}: {fault.message}" if names else fault.message
