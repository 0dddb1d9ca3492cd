"""What is equal is settled the same way in every router, however it came to know of it."""

import warnings
from decimal import Decimal

import msgspec
import pytest

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Graph, Op
from routeyard.domain.policies import condition
from routeyard.domain.policies.condition import Condition
from routeyard.domain.resolution import Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot
from tests.domain.cases import Json, graph_of, inputs_of

STATE: Json = {
    "models": [{"id": "lab/m", "quality": {"general": 0.5}}, {"id": "lab/n"}],
    "endpoints": [{"id": "e1"}, {"id": "e2"}, {"id": "e3"}, {"id": "e4"}],
    "tenants": [{"id": "acme"}],
    "offerings": [
        *({"endpoint": name, "model": "lab/m"} for name in ("e1", "e2", "e3")),
        {"endpoint": "e4", "model": "lab/n"},
    ],
    "overrides": [
        {
            "name": name,
            "kind": "weight",
            "target_kind": "endpoint",
            "target": name,
            "weight": 1.0,
            "tenant": "acme",
        }
        for name in ("e1", "e2", "e3")
    ],
}
ACME: Json = {"scope": {"tenant": "acme"}}
LISTED: Json = {"requirement": {"models": ["lab/m", "lab/n"]}}


def answers(case: Json) -> list[Resolution]:
    """Of routers that were told of the offerings in different orders."""
    whole = graph_of(STATE, case)
    names = sorted(whole.offerings)
    orders = (names, names[::-1], [names[1], names[0], *names[2:]])
    return [resolve(told_in_order(whole, order), inputs_of(case)) for order in orders]


def told_in_order(whole: Graph, names: list[str]) -> Snapshot:
    """A snapshot to which offerings came one at a time."""
    refs = [EntityRef(Kind.OFFERING, name) for name in names]
    graph = graphs.after(whole, 1, [graphs.remove(ref) for ref in refs])
    snapshot = snapshots.compile(graph)
    for ref in refs:
        body = graphs.canonical(whole.offerings[ref.id])
        ops: list[Op] = [graphs.put(ref, body)]
        graph = graphs.after(graph, graph.revision + 1, ops)
        snapshot = snapshots.advance(snapshot, graph, ops)
    return snapshot


@pytest.mark.parametrize("draw", [0.0, 0.4, 0.7, 0.99])
def test_shares_are_drawn_the_same(draw: float) -> None:
    chosen = {answer.chosen for answer in answers({**ACME, "draw": draw})}
    assert len({each.endpoint for each in chosen if each}) == 1


@pytest.mark.parametrize("draw", [0.0, 0.4, 0.7, 0.99])
def test_load_is_drawn_the_same(draw: float) -> None:
    busy = {name: {"latency_ms": ms} for name, ms in (("e1", 100), ("e2", 100), ("e3", 90))}
    chosen = {answer.chosen for answer in answers({"load": busy, "draw": draw})}
    assert len({each.endpoint for each in chosen if each}) == 1


def test_ties_behind_a_list_are_settled_the_same() -> None:
    found = {
        tuple(each.endpoint for each in (answer.chosen, *answer.fallbacks) if each)
        for answer in answers(LISTED)
    }
    assert len(found) == 1


def test_ties_among_those_that_are_not_well_are_settled_the_same() -> None:
    worse = {name: {"state": "degraded", "for_s": -1} for name in ("e1", "e2", "e3")}
    found = {
        tuple(each.endpoint for each in (answer.chosen, *answer.fallbacks) if each)
        for answer in answers({"health": worse})
    }
    assert len(found) == 1


def test_a_prompt_that_is_warm_where_no_price_is_known_warns_of_nothing() -> None:
    case: Json = {"warm": {"e1": 500}}
    snapshot = snapshots.compile(graph_of(STATE, case))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert resolve(snapshot, inputs_of(case)).eligible == 4


def test_policies_go_by_name() -> None:
    """As ids, `a-b@1` would go before `a@1`."""
    rules = [{"name": "r", "fallback": ["lab/n"]}]
    policies = [{"name": name, "rules": rules} for name in ("a-b", "a")]
    case: Json = {"state": {"policies": policies}}
    answer = resolve(snapshots.compile(graph_of(STATE, case)), inputs_of(case))

    assert answer.policies == ("a@1", "a-b@1")


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("primary.latency_ms > 2000", 2000),
        ("primary.latency_ms >= 2000", 1999),
        ("2000 < primary.latency_ms", 2000),
        ("2000 <= primary.latency_ms", 1999),
        ("-5 < primary.latency_ms", -5),
        ("primary.latency_ms > 0", 0),
        ("primary.latency_ms > -5", -5),
        ("primary.latency_ms >= -9223372036854775807", -9223372036854775808),
    ],
)
def test_a_bound_is_read_as_it_is_written(text: str, most: int) -> None:
    checked = condition.check(text)
    assert isinstance(checked, Condition)
    found = condition.bound(checked)
    assert found is not None
    assert (found.variable, found.most) == ("primary.latency_ms", most)


@pytest.mark.parametrize(
    "text",
    [
        "primary.latency_ms < 2000",
        "2000 > primary.latency_ms",
        "primary.latency_ms <= 2000",
        "2000 >= primary.latency_ms",
        "primary.latency_ms == 2000",
        "primary.latency_ms > primary.context",
        "!(primary.latency_ms < 2000)",
    ],
)
def test_what_is_of_another_form_is_no_bound(text: str) -> None:
    checked = condition.check(text)
    assert isinstance(checked, Condition)
    assert condition.bound(checked) is None


def test_an_answer_can_be_written() -> None:
    """A negative bound was once a time of half a billion years, more than JSON readers take."""
    rules = [{"name": "r", "when": "primary.latency_ms > -5", "fallback": ["lab/n"]}]
    case: Json = {"state": {"policies": [{"name": "a", "rules": rules}]}}
    answer = resolve(snapshots.compile(graph_of(STATE, case)), inputs_of(case))

    assert msgspec.json.decode(msgspec.json.encode(answer)).get("first_attempt_ms") is None


def test_a_window_that_was_taken_with_a_zone_stops_nobody() -> None:
    """No door lets one in; should one be in the graph, requests are answered all the same."""
    windows = [{"start": "09:00:00Z", "end": "17:00:00Z", "input": "0.5"}]
    price = {"input": "1", "output": "1", "windows": windows}
    case: Json = {"state": {"offerings": [{"endpoint": "e1", "model": "lab/m", "price": price}]}}
    answer = resolve(snapshots.compile(graph_of(STATE, case)), inputs_of(case))

    assert answer.chosen is not None
    assert answer.chosen.cost_estimate == Decimal("0.001")
