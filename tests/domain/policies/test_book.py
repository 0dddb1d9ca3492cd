"""What the policies in force come to for whoever asks, and how much of that is kept."""

import pytest

from routeyard.domain import ranking, rulings
from routeyard.domain import snapshot as snapshots
from routeyard.domain.policies import book
from routeyard.domain.policies.book import Book
from routeyard.domain.policies.policy import Policy, PolicyState, Preference, Rule
from routeyard.domain.resolution import CapabilityFloor, Inputs, Require, Requirement
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.policies.legal import world
from tests.domain.worlds.conditions import checked

# Both the tenant and the number of the key decide.
WHEN = 'key.id.endsWith("7") && tenant.id == "acme"'
RULES = (Rule(name="r", when=checked(WHEN), prefer=Preference(provider="openai")),)
POLICY = Policy(id="p@1", name="p", version=1, state=PolicyState.ACTIVE, document="", rules=RULES)
FACTS = {"tenant.id": "acme", "key.id": "", "project.id": ""}


def laid_out() -> Snapshot:
    return snapshots.compile(world().graph)._replace(policies=Book([POLICY]))


def inputs(number: int, require: Require | None = None) -> Inputs:
    return Inputs(
        now=at(),
        scope=Scope(tenant="acme", key=f"k{number}"),
        requirement=Requirement(require=require or Require()),
        zone="any",
    )


def test_who_differs_in_nothing_that_applies_has_the_same_set() -> None:
    policies = Book([POLICY])
    sets = {id(policies.set_for("acme", FACTS | {"key.id": f"k{n}"})) for n in range(100)}

    assert len(sets) == 2


def test_sets_are_kept_for_so_many_and_are_right_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book, "MOST_SETS", 8)
    policies = Book([POLICY])
    for number in range(100):
        found = policies.set_for("acme", FACTS | {"key.id": f"k{number}"})
        assert len(found.applied) == (number % 10 == 7)

    assert len(policies._sets) <= 8
    assert len(policies._alike) <= 2


def test_terms_are_kept_for_so_many_scopes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulings, "MOST_TERMS", 8)
    snapshot = laid_out()
    for number in range(100):
        terms = rulings.terms_of(snapshot, inputs(number))
        assert len(terms.policies.applied) == (number % 10 == 7)

    assert len(snapshot.terms) <= 8


def test_requests_cannot_make_a_snapshot_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels, ceilings and keys are theirs to choose."""
    snapshot = laid_out()
    for module in (ranking, rulings):
        monkeypatch.setattr(module, "MOST_KEPT", 40)
    monkeypatch.setattr(book, "MOST_SETS", 1)
    sizes = []
    for number in range(300):
        floor = CapabilityFloor(name="long_context", min_level=number / 1_000)
        resolve(snapshot, inputs(number, Require(capabilities=(floor,), min_context=number)))
        sizes.append(len(snapshot.memo))

    assert sizes[-1] == sizes[200]
