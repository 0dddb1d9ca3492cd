"""Many orders at once: one order of them, and nothing lost."""

import asyncio
import json
from random import Random
from typing import Any

import httpx

from tests.services.registry.graphql.conftest import Registry, serving

AT_ONCE, KEYS = 200, 50
SET = """mutation($target: ID!, $reason: String! = "because", $ifRevision: Long) {
    setOverride(tenant: "acme", name: "rule", kind: DENY, targetKind: MODEL, target: $target,
        reason: $reason, ifRevision: $ifRevision) { revision } }"""
RULE = '{ revision overrides(tenant: "acme") { nodes { target } } }'
REASON = '{ revision overrides(tenant: "acme") { nodes { reason } } }'

CLASS = "GOLD"
PROJECT = f"""createProject(tenant: "acme", project: "{CLASS}", name: "x", ifRevision: 0)
    {{ revision }}"""
UPDATE = """updateTenant(id: "acme", name: "x", tenantClass: "STANDARD", residency: [],
    allowedNetworks: [], ifRevision: 0) { revision }"""
REMOVE = """removeOverride(tenant: "acme", name: "rule", author: TENANT, reason: "x",
    ifRevision: 0) { revision }"""
NAMING = """assignName(offering: "openai/gpt-4o", model: "openai/gpt-4o", reason: "x",
    ifRevision: 0) { revision }"""


async def everything(registry: Registry, query: str, field: str, **variables: Any) -> list[Any]:
    """All nodes of a list, page by page."""
    found: list[Any] = []
    after = None
    while True:
        page = (await registry.ask(query, after=after, **variables))[field]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


COMMITS = """query($after: String) { commits(first: 200, after: $after) {
    nodes { revision reason committedAt } pageInfo { hasNextPage endCursor } } }"""
HISTORY = """query($after: String) { history(kind: OVERRIDE, id: "acme/rule", first: 200,
    after: $after) { nodes { revision fields { name after } events { id } }
    pageInfo { hasNextPage endCursor } } }"""


async def test_of_two_hundred_orders_at_once_the_last_committed_is_the_one_that_holds(
    registry: Registry,
) -> None:
    before = (await registry.ask("{ revision }"))["revision"]

    answers = await asyncio.gather(
        *(registry.ask(SET, "tenant", target=f"a/m{n}", reason=f"r{n}") for n in range(AT_ONCE))
    )

    revisions = [answer["setOverride"]["revision"] for answer in answers]
    assert sorted(revisions) == list(range(before + 1, before + 1 + AT_ONCE))
    last = revisions.index(max(revisions))
    assert (await registry.ask(RULE))["overrides"]["nodes"] == [{"target": f"a/m{last}"}]
    order = {revision: f"r{n}" for n, revision in enumerate(revisions)}
    commits = await everything(registry, COMMITS, "commits")
    assert {c["revision"]: c["reason"] for c in commits if c["revision"] > before} == order
    assert len({c["committedAt"] for c in commits}) == len(commits)
    versions = await everything(registry, HISTORY, "history")
    assert [version["revision"] for version in versions] == sorted(order, reverse=True)
    assert all(len(version["events"]) == 1 for version in versions)


async def test_of_two_hundred_orders_that_repeat_fifty_keys_at_two_registries_fifty_are_carried_out(
    registry: Registry,
) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    async with serving(registry.keys, registry.database) as replica:

        async def give(number: int, place: int) -> httpx.Response:
            key = f"k{number}"
            body = {"query": SET, "variables": {"target": f"a/m{number}", "reason": f"r{number}"}}
            at = (registry, replica)[place % 2]
            return await at.post(body, "tenant", **{"idempotency-key": key})

        wanted = [(n, place) for place in range(AT_ONCE // KEYS) for n in range(KEYS)]
        Random(4).shuffle(wanted)  # noqa: S311 - the same every time
        answers = await asyncio.gather(*(give(*each) for each in wanted))

    told: dict[int, set[bytes]] = {}
    for (number, _), answer in zip(wanted, answers, strict=True):
        assert "errors" not in answer.json(), answer.text
        told.setdefault(number, set()).add(answer.content)
    assert {len(each) for each in told.values()} == {1}
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == KEYS
    # One order of them: no revision is missing, and none is of two orders.
    order = {json.loads(*each)["data"]["setOverride"]["revision"]: n for n, each in told.items()}
    assert sorted(order) == list(range(before + 1, before + 1 + KEYS))
    commits = await everything(registry, COMMITS, "commits")
    assert {c["revision"]: c["reason"] for c in commits if c["revision"] > before} == {
        revision: f"r{number}" for revision, number in order.items()
    }
    last = order[max(order)]
    assert (await registry.ask(RULE))["overrides"]["nodes"] == [{"target": f"a/m{last}"}]


async def test_of_two_hundred_read_modify_write_loops_no_update_is_lost(
    registry: Registry,
) -> None:
    """Each adds one to a number that is kept in a rule's reason."""
    await registry.ask(SET, "tenant", target="a/m", reason="0")
    # As many at a time as a person's tools would: each retry is a request of its own.
    turn = asyncio.Semaphore(8)

    async def add_one() -> int:
        async with turn:
            for tries in range(1, 1_000):
                seen = await registry.ask(REASON, "tenant")
                (rule,) = seen["overrides"]["nodes"]
                variables = {
                    "target": "a/m",
                    "reason": str(int(rule["reason"]) + 1),
                    "ifRevision": seen["revision"],
                }
                posted = await registry.post({"query": SET, "variables": variables}, "tenant")
                answer = posted.json()
                if "errors" not in answer:
                    return tries
                assert answer["errors"][0]["extensions"]["code"] == "conflict", answer
            raise AssertionError("no try came through")

    tries = await asyncio.gather(*(add_one() for _ in range(AT_ONCE)))

    (rule,) = (await registry.ask(REASON, "tenant"))["overrides"]["nodes"]
    assert rule == {"reason": str(AT_ONCE)}
    assert sum(tries) > AT_ONCE, "nobody was in another's way: the test shows nothing"


async def test_a_conflict_names_the_revision_of_the_last_change(registry: Registry) -> None:
    seen = (await registry.ask(SET, "tenant", target="a/m"))["setOverride"]["revision"]
    newer = (await registry.ask(SET, "tenant", target="a/n"))["setOverride"]["revision"]

    posted = await registry.post(
        {"query": SET, "variables": {"target": "a/o", "ifRevision": seen}}, "tenant"
    )

    (error,) = posted.json()["errors"]
    assert error["extensions"] == {
        "code": "conflict",
        "field": "setOverride.ifRevision",
        "revision": newer,
    }


async def test_an_order_that_is_refused_as_a_conflict_destroys_no_keys(registry: Registry) -> None:
    project = 'createProject(tenant: "acme", project: "lab", name: "x") { revision }'
    await registry.ask(f"mutation {{ {project} }}", "tenant")
    for order in (
        'offboardTenant(id: "acme", reason: "over", ifRevision: 0) { revision }',
        'removeProject(tenant: "acme", project: "lab", ifRevision: 0) { revision }',
    ):
        assert (await registry.refused(f"mutation {{ {order} }}"))[0] == "conflict"
    assert await registry.ask("{ revision }", "tenant")


async def test_every_order_that_changes_an_entity_takes_the_revision_it_was_read_at(
    registry: Registry,
) -> None:
    await registry.ask(SET, "tenant", target="a/m")
    await registry.ask(
        f'mutation {{ a: defineTenantClass(id: "{CLASS}", name: "x") {{ revision }} '
        f'b: createProject(tenant: "acme", project: "{CLASS}", name: "x") {{ revision }} }}'
    )
    model = 'kind: MODEL, id: "openai/gpt-4o", reason: "x"'
    orders = [
        'registerSource(name: "litellm", rank: 1, types: [], ifRevision: 0) { revision }',
        f'defineTenantClass(id: "{CLASS}", name: "x", ifRevision: 0) {{ revision }}',
        PROJECT,
        UPDATE,
        REMOVE,
        f'correct({model}, fields: {{name: "x"}}, ifRevision: 0) {{ revision }}',
        f"retractCorrection({model}, ifRevision: 0) {{ revision }}",
        NAMING,
    ]
    for order in orders:
        code, message = await registry.refused(f"mutation {{ {order} }}")
        assert (code, "was changed at revision" in message) == ("conflict", True), message
