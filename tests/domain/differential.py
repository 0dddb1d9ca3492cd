"""The compiled resolver and the specification, asked the same; where they differ is told."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from routeyard.domain import snapshot as snapshots
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Graph
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.resolution import Inputs, Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope
from tests.domain.reference import Refused, refuse_or_answer
from tests.domain.worlds import World, after

# A world is asked so often at each of its revisions; the first is laid out, the others patched.
REVISIONS, REQUESTS = 4, 3
A_WORLD = REVISIONS * REQUESTS
# The share of requests for a tenant that is none.
STRANGERS = 0.005
# The share of requests that find the health of the one before, at another time.
HELD = 0.3
Answer = Resolution | Refused


class Case(NamedTuple):
    """One request, and what both make of it."""

    seed: int
    number: int
    inputs: Inputs
    expected: Answer
    found: Answer

    @property
    def differences(self) -> dict[str, tuple[object, object]]:
        """The fields that differ, as expected and as found."""
        if isinstance(self.expected, Refused) or isinstance(self.found, Refused):
            one, other = (getattr(each, "field", None) for each in (self.expected, self.found))
            return {} if one == other else {"refusal": (one, other)}
        names = self.expected.__struct_fields__
        both = {name: (getattr(self.expected, name), getattr(self.found, name)) for name in names}
        return {name: two for name, two in both.items() if two[0] != two[1]}

    @property
    def eligible(self) -> int:
        return self.expected.eligible if isinstance(self.expected, Resolution) else 0


def cases(seed: int) -> Iterator[Case]:
    """The cases of one world, over revisions that lead from one to the next."""
    world = World(seed)
    graph = world.graph()
    snapshot = snapshots.compile(graph)
    health = None
    for number in range(A_WORLD):
        if number and number % REQUESTS == 0:
            ops = world.change()
            graph = after(graph, ops)
            snapshot = snapshots.advance(snapshot, graph, ops)
        inputs = world.inputs(tags_of(graph), names_in(graph))
        if world.chance.random() < STRANGERS:
            inputs = msgspec.structs.replace(inputs, scope=Scope(tenant="nobody"))
        if health is not None and world.chance.random() < HELD:
            inputs = msgspec.structs.replace(inputs, health=health)
        health = inputs.health
        expected = refuse_or_answer(graph, inputs, world.conditions)
        yield Case(seed, number, inputs, expected, asked(snapshot, inputs))


def asked(snapshot: Snapshot, inputs: Inputs) -> Answer:
    """The compiled resolver's answer."""
    try:
        found = resolve(snapshot, inputs)
    except InvalidRequest as refusal:
        return Refused(str(refusal.fields.get("field", "")))
    return msgspec.structs.replace(found, rejections=in_order(found), overrides=())


def in_order(found: Resolution) -> tuple[object, ...]:
    """Rejections with their reasons sorted: in which order they are told is nobody's business."""
    return tuple(
        msgspec.structs.replace(each, reasons=tuple(sorted(each.reasons)))
        for each in found.rejections
    )


def tags_of(graph: Graph) -> set[str]:
    """The capabilities that somebody may have; whether it is served is another matter."""
    levels = [each.capabilities for each in graph.models.values()]
    levels += [each.capabilities for each in graph.offerings.values()]
    return {tag for each in levels for tag in each}


def names_in(graph: Graph) -> tuple[str, ...]:
    """What callers may ask for by name."""
    named = (OverrideKind.ALIAS, OverrideKind.PROFILE)
    said = [each.name for each in graph.overrides.values() if each.kind in named]
    served = {each.model for each in graph.offerings.values()}
    return (*sorted(served), *sorted(graph.offerings)[:1], *sorted(graph.releases)[:1], *said * 5)


class Tally(NamedTuple):
    """What a run of cases was made of."""

    survivors: Counter[int]
    reasons: Counter[str]
    seen: Counter[str]

    @classmethod
    def empty(cls) -> "Tally":
        return cls(Counter(), Counter(), Counter())

    def add(self, case: Case) -> None:
        """Count a case; each reason once."""
        self.survivors[case.eligible] += 1
        answer = case.expected
        if isinstance(answer, Refused):
            self.seen[f"refused: {answer.field}"] += 1
            return
        self.reasons.update(answer.rejected_for.keys())
        chain = [each for each in (answer.chosen, *answer.fallbacks) if each is not None]
        self.seen.update({f"because {each.because}" for each in chain})
        self.seen.update({f"rule {each.outcome}" for each in answer.rules})
        self.seen.update(name for name in NOTED if getattr(answer, name))


NOTED = ("policies", "not_evaluated", "first_attempt_ms", "fallbacks", "rejections")
