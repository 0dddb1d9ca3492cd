"""Looks that find nothing end on whole steps from their beginning."""

import pytest

from services.registry.even import STEP_S, even
from services.registry.postgres import look
from tests.services.registry.graphql.conftest import Registry

LOOK = "query($id: ID!) { model(id: $id) { id } }"
BOTH = """{ own: endpoint(id: "acme-gpu") { id } other: endpoint(id: "nobodys") { id } }"""
RULE = 'query { history(id: "beta/none", kind: OVERRIDE) { nodes { revision } } }'


class Time:
    """A clock that sleeping moves, and looking at it a little; loops sleep in milliseconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        self.now += 1e-6
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds + 0.0005, 3) if seconds else 1e-5


@pytest.mark.parametrize("took", [0.0001, 0.0012, 0.0038, 0.0049, 0.0051, 0.0117])
async def test_a_look_takes_whole_steps_however_long_it_took(took: float) -> None:
    time = Time()
    begun = time()
    time.now += took
    await even(begun, time, time.sleep)
    steps = (time.now - begun) / STEP_S
    assert steps - int(steps) < 0.01
    assert int(steps) == int(took / STEP_S) + 1


@pytest.mark.parametrize(
    ("query", "variables", "waits"),
    [
        (LOOK, {"id": "nobodys/model"}, 1),
        (LOOK, {"id": "openai/gpt-4o"}, 0),
        (BOTH, {}, 1),
        (RULE, {}, 1),
        ('{ overrides(tenant: "acme") { nodes { id } } }', {}, 1),
        ("{ models { nodes { id } } }", {}, 0),
    ],
)
async def test_only_looks_of_tenants_that_find_less_than_was_named_wait(
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
    query: str,
    variables: dict[str, str],
    waits: int,
) -> None:
    waited: list[float] = []

    async def noted(begun: float) -> None:
        waited.append(begun)

    monkeypatch.setattr(look, "even", noted)
    await registry.ask(query, "user", **variables)
    assert len(waited) == waits
    await registry.ask(query, "admin", **variables)
    assert len(waited) == waits
