"""What no document may do, whatever stands in it: crash, or widen what its callers may use."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from routeyard.domain.policies.document import Draft, read
from routeyard.domain.resolution import Inputs, Require, Requirement, Step
from routeyard.domain.resolver import resolve
from routeyard.domain.review.analysis import review
from routeyard.domain.review.requests import UNKNOWN, all_slow
from routeyard.domain.review.stage import Stage, stage
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.policies.generated import MODELS, Writer
from tests.domain.policies.legal import World

SCOPES = [Scope(), Scope(tenant="lex"), Scope(tenant="jus", project="web"), Scope(tenant="acme")]


class Abuse:
    """Reads documents, looks sound ones over, and asks as everybody under them."""

    def __init__(self, world: World, seed: int, reviewed: float = 0.1) -> None:
        self.counts: Counter[str] = Counter()
        self._world = world
        self._writer = Writer(seed)
        self._reviewed = reviewed

    def run(self, documents: int) -> None:
        for _ in range(documents):
            self._one(self._writer.document())

    def _one(self, plain: Any) -> None:
        chance = self._writer.chance
        tenant = chance.choice([None, None, "lex"])
        found = read(plain, tenant)
        self.counts["documents"] += 1
        if not isinstance(found, Draft):
            self.counts["refused"] += 1
            _require_told(found, plain)
            return
        self.counts["drafts"] += 1
        made = stage(self._world.graph, self._world.snapshot, found.policy(1, "", tenant))
        if chance.random() < self._reviewed:
            notes = review(made, found.tests, at())
            self.counts["reviewed"] += 1
            self.counts["with errors"] += any(note.is_error for note in notes)
        for inputs in self._requests(made):
            self._ask(made, inputs, tenant)

    def _requests(self, made: Stage) -> Iterator[Inputs]:
        chance = self._writer.chance
        slow = all_slow(made.graph, at(), 2_001)
        for scope in SCOPES:
            requirement = Requirement(
                step=chance.choice([None, *Step]),
                models=chance.choice([(), (), (chance.choice(MODELS[:3]),)]),
                require=chance.choice([Require(), Require(residency=("EU",))]),
            )
            health = chance.choice([UNKNOWN, slow])
            yield Inputs(now=at(), scope=scope, requirement=requirement, zone="any", health=health)

    def _ask(self, made: Stage, inputs: Inputs, tenant: str | None) -> None:
        self.counts["requests"] += 1
        found = resolve(made.after, inputs)
        if tenant is not None and inputs.scope.tenant != tenant:
            assert found.policies == ()
            assert found.chosen == resolve(made.without, inputs).chosen
            return
        chain = [found.chosen, *found.fallbacks] if found.chosen else []
        allowed = everybody(made.without, inputs)
        for candidate in chain:
            assert candidate is not None
            assert candidate.offering in allowed, (made.policy, inputs, candidate)
        self.counts["answers"] += bool(chain)
        self.counts["fallbacks"] += len(chain) > 1
        bare = resolve(made.without, inputs)
        assert found.eligible <= bare.eligible
        self.counts["narrowed"] += found.eligible < bare.eligible
        self.counts["moved"] += found.chosen != bare.chosen


def everybody(snapshot: Snapshot, inputs: Inputs) -> set[str]:
    """The offerings that satisfy everything but the choice of models, without the policy."""
    open_ = structs.replace(inputs.requirement, models=(), explain=True)
    found = resolve(snapshot, structs.replace(inputs, requirement=open_))
    left_out = {each.offering for each in found.rejections}
    seen = {slot.offering.id for slot in snapshot.slots if slot is not None}
    own = inputs.scope.tenant
    foreign = {
        slot.offering.id
        for slot in snapshot.slots
        if slot is not None and slot.endpoint.owner not in {None, own}
    }
    return seen - left_out - foreign


def _require_told(faults: Any, plain: Any) -> None:
    """A refusal says something, of a place that is there, and how many there may be."""
    assert faults
    for fault in faults:
        assert fault.message
        assert len(fault.message) < 2_000
        held = plain
        for step in fault.path:
            if isinstance(held, dict) and step not in held:
                break
            held = held[step]
