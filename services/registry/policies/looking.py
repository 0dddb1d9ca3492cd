"""Looking documents over: by a registry, or here, over a graph in a file or over none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from routeyard.domain import snapshot as snapshots
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Graph
from routeyard.domain.policies.written import Test
from routeyard.domain.review.analysis import review, said_alone
from routeyard.domain.review.difference import Side, VersionDifference, difference
from routeyard.domain.review.note import Note
from routeyard.domain.review.stage import stage
from routeyard.runtime.stackfile import StackFile
from services.registry.client import ask
from services.registry.policies.text import MOST_BYTES, Written, read

Answer = dict[str, Any]
_CHECK = """query($document: String!, $tenant: ID) { checkPolicy(document: $document,
    tenant: $tenant) { name errors { line column message } warnings { line column message }
    tests { name passed message } } }"""


class Looked(NamedTuple):
    """What there is to say of a file, as the registry tells it."""

    file: str
    name: str | None
    errors: list[Answer]
    warnings: list[Answer]
    tests: list[Answer]

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.errors


def text_of(file: Path) -> str:
    """A document's text.

    Raises:
        InvalidRequest: it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidRequest(f"{file} cannot be read: {fault}.") from None


def asked(environ: Mapping[str, str], file: Path, tenant: str | None) -> Looked:
    """What a running registry has to say, with its graph as it is now."""
    variables = {"document": text_of(file), "tenant": tenant}
    told: Answer = ask(StackFile.find(environ), _CHECK, variables)["checkPolicy"]
    return Looked(str(file), told["name"], told["errors"], told["warnings"], told["tests"])


def here(file: Path, tenant: str | None, graph: Graph | None, now: datetime) -> Looked:
    """What can be said without a registry; without a graph no test is run."""
    text = text_of(file)
    written = read(text, tenant)
    if not isinstance(written, Written):
        return Looked(str(file), None, [each._asdict() for each in written], [], [])
    draft = written.draft
    policy = draft.policy(1, text, tenant)
    if graph is None:
        notes = said_alone(policy)
    else:
        notes = review(stage(graph, snapshots.compile(graph), policy), draft.tests, now)
    told = [(note, written.note(note.path, note.message)._asdict()) for note in notes]
    return Looked(
        str(file),
        draft.name,
        [each for note, each in told if note.is_error],
        [each for note, each in told if not note.is_error],
        results(draft.tests if graph is not None else (), notes),
    )


def results(tests: tuple[Test, ...], notes: list[Note]) -> list[Answer]:
    """What came of each test."""
    failed = {note.path[2]: note.message for note in notes if note.path[:2] == ("spec", "tests")}
    return [
        {
            "name": test.name or f"test {number + 1}",
            "passed": number not in failed,
            "message": failed.get(number, ""),
        }
        for number, test in enumerate(tests)
    ]


def between(old: Path, new: Path, graph: Graph, now: datetime) -> VersionDifference:
    """What lies between two files, over a graph."""
    sides = []
    for number, file in enumerate((old, new)):
        text = text_of(file)
        written = read(text)
        if not isinstance(written, Written):
            raise InvalidRequest(f"{file}:{written[0]}")
        sides.append(Side(written.draft.policy(number + 1, text), written.draft.tests))
    return difference(graph, snapshots.compile(graph), sides[0], sides[1], now)
