import pytest

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Unavailable
from routeyard.domain.graph import remove
from services.healthcheck.world import World
from tests.services.healthcheck.graphs import SOURCES, endpoint, graph, ops


def test_before_a_graph_is_known_nothing_is_watched_and_nobody_is_judged() -> None:
    world = World("eu")
    assert (world.watched, world.may_report, world.is_known.is_set()) == ([], False, False)
    with pytest.raises(Unavailable):
        _ = world.sources


def test_a_zone_sees_its_own_endpoints() -> None:
    world = World("eu")
    world.take(graph(endpoint("a"), endpoint("b", zones=("us",)), *SOURCES), None)
    assert [each.id for each in world.watched] == ["a"]
    assert world.endpoints.keys() == {"a", "b"}
    assert world.may_report


def test_whoever_waits_is_woken_by_changes_that_matter_and_by_no_others() -> None:
    world = World("eu")
    world.take(graph(*SOURCES), None)
    changed = world.changed
    world.take(graph(*SOURCES), (remove(EntityRef(Kind.TENANT, "t")),))
    assert not changed.is_set()
    world.take(graph(endpoint("a"), *SOURCES), ops(endpoint("a")))
    assert changed.is_set()
    assert not world.changed.is_set()


def test_endpoints_that_were_ever_there_are_remembered() -> None:
    world = World("eu")
    world.take(graph(endpoint("a"), *SOURCES), None)
    world.take(graph(endpoint("b"), *SOURCES), None)
    assert world.was_there == {"a", "b"}
