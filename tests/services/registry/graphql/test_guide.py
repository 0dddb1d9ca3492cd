"""docs/guides/graph.md: its queries are answered as it says."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from routeyard.domain.catalog import Price
from routeyard.domain.events import Event
from services.registry import bootstrap
from services.registry.ledger import Batch
from services.registry.postgres import schema
from services.registry.setup import bootstrapped
from tests.builders import endpoint, event, released
from tests.services.registry.graphql.conftest import Registry, environment, serving

GUIDE = Path(__file__).parents[4] / "docs" / "guides" / "graph.md"
BLOCK = re.compile(r"^```(graphql|json)( \w+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"


class Asked(NamedTuple):
    query: str
    variables: dict[str, Any]
    answer: Any
    is_refused: bool


def examples() -> Iterator[Asked]:
    query = ""
    variables: dict[str, Any] = {}
    for language, role, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if language == "graphql":
            query, variables = text, {}
        elif role.strip() == "variables":
            variables = json.loads(text)
        else:
            yield Asked(query, variables, json.loads(text), role.strip() == "errors")


@pytest.fixture
def keys(database: str) -> dict[str, str]:
    schema.migrate(database)
    return dict(bootstrapped(environment(database), bootstrap.Plan("acme")).keys)


@pytest.fixture
async def told(keys: dict[str, str], database: str) -> AsyncIterator[Registry]:
    """The guide's graph: two models, and a price that two sources change."""
    async with serving(keys, database) as registry:
        for number, events in enumerate(story()):
            await registry.ledger.record(Batch(events, reason=f"step {number}"))
        yield registry


def story() -> Iterator[list[Event]]:
    capabilities = {"tool_use": 0.9, "vision": 1.0}
    yield [
        event(endpoint("openai"), id="e1", source="providers"),
        event(endpoint("anthropic"), id="e2", source="providers"),
    ]
    sonnet = released(
        "anthropic",
        "claude-sonnet-4-5-20250929",
        name="Claude Sonnet 4.5",
        context=200_000,
        price=Price(input=Decimal(3), output=Decimal(15)),
        capabilities=capabilities,
    )
    yield [event(sonnet, id="sonnet", source="models-dev")]
    steps = (("5", "litellm"), ("4", "litellm"), ("2.5", "models-dev"))
    for number, (dollars, source) in enumerate(steps):
        gpt = released(
            "openai",
            "gpt-4o",
            name="GPT-4o",
            context=128_000,
            price=Price(input=Decimal(dollars), output=Decimal(10)),
            capabilities=capabilities,
        )
        yield [event(gpt, id=f"price-{number + 1}", source=source, seconds=60 * number)]
    yield [event(endpoint("unused"), id="e3", source="providers")]


@pytest.mark.parametrize(
    "asked", list(examples()), ids=lambda asked: " ".join(asked.query.split())[:40]
)
async def test_an_example_is_answered_as_the_guide_says(told: Registry, asked: Asked) -> None:
    posted = await told.post({"query": asked.query, "variables": asked.variables})
    answer = posted.json()
    if asked.is_refused:
        assert [error["extensions"] for error in answer["errors"]] == asked.answer
    else:
        assert "errors" not in answer, answer
        assert matches(answer["data"], asked.answer), json.dumps(answer["data"], indent=2)


def matches(found: Any, said: Any) -> bool:
    if said == ANYTHING:
        return found is not None
    if isinstance(said, dict):
        return found.keys() == said.keys() and all(matches(found[k], said[k]) for k in said)
    if isinstance(said, list):
        return len(found) == len(said) and all(map(matches, found, said))
    return bool(found == said)


def test_the_guide_has_examples() -> None:
    assert len(list(examples())) >= 6
