"""A price that two sources change: what it was when, by whose word, and who disagrees."""

import pytest

from tests.e2e.running import RunningStack
from tests.experiments.story import tell

pytestmark = pytest.mark.timeout(120)


def test_the_registry_tells_the_story_of_a_price(running: RunningStack) -> None:
    story = tell(running)

    assert [moment["input"] for moment in story["at"]] == ["3", "2", "2.5"]
    assert [version["change"] for version in story["history"]] == ["CHANGED", "CHANGED", "ADDED"]
    newest = story["history"][0]
    assert newest["fields"] == [{"name": "price.input", "before": "2", "after": "2.5"}]
    assert "reseller" in {event["source"] for event in newest["events"]}
    (difference,) = [each for each in story["diff"] if each["id"] == "openai/story-1"]
    assert difference["fields"] == [{"name": "price.input", "before": "3", "after": "2.5"}]
    (conflict,) = story["conflicts"]
    assert conflict["decidedBy"] == "RANK"
    assert [(claim["source"], claim["value"]) for claim in conflict["claims"]] == [
        ("reseller", {"input": "2.5"}),
        ("dev", {"input": "4"}),
    ]
