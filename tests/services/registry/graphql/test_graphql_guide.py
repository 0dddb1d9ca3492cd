"""docs/guides/graphql.md: its programs run, and its numbers are the code's."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from routeyard.domain.errors import ErrorCode
from routeyard.runtime.http import STATUS
from routeyard.runtime.process import MAX_MESSAGE_BYTES
from services.registry.graphql import admittance, limits
from services.registry.graphql.context import MAX_NODES
from services.registry.graphql.door import MAX_BODY_BYTES
from tests.services.registry.graphql.conftest import Registry
from tests.services.registry.graphql.following import RegistryProcess

GUIDE = Path(__file__).parents[4] / "docs" / "guides" / "graphql.md"
PROGRAMS = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `?(.+?)`? \| `?(\d+)`? \|", re.MULTILINE)
SET = """mutation($target: ID!) { setOverride(tenant: "acme", name: "rule", kind: DENY,
    targetKind: MODEL, target: $target, reason: "because") { revision } }"""


def text() -> str:
    return GUIDE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """What the guide's programs define, all in one."""
    names: dict[str, Any] = {}
    for found in PROGRAMS.findall(text()):
        exec(compile(found, str(GUIDE), "exec"), names)  # noqa: S102 - the project's own page
    return names


def test_its_numbers_are_the_codes() -> None:
    rows = {name: int(number) for name, number in ROW.findall(text())}
    codes = {code.value: STATUS[code] for code in ErrorCode if code.value in rows}
    assert codes == {code: rows[code] for code in codes}
    assert len(codes) == 7
    assert rows["bytes of a request"] == MAX_BODY_BYTES
    assert rows["tokens of a document"] == limits.MAX_TOKENS
    assert rows["depth"] == limits.MAX_DEPTH
    assert rows["aliases"] == limits.MAX_ALIASES
    assert rows["directives"] == limits.MAX_DIRECTIVES
    assert rows["the same field in one place"] == limits.MAX_REPEATS
    assert rows["fields at the root of a query"] == limits.MAX_ROOTS
    assert rows["orders in one mutation"] == limits.MAX_ORDERS
    cost = "nodes through `first` in `first`, if every list were as long"
    assert rows[cost] == limits.MAX_COST
    assert rows["nodes that are really loaded"] == MAX_NODES
    said = admittance.LIMITS
    for sentence in (
        f"no key within {said.init_s:g} s",
        f"more than {said.connections_of_a_key} connections of a key",
        f"may hold {said.subscriptions} subscriptions",
        f"more than {MAX_MESSAGE_BYTES} bytes",
    ):
        assert sentence in text(), sentence


async def test_its_order_is_carried_out_once_though_the_registry_is_restarted(
    registry: Registry, program: dict[str, Any]
) -> None:
    key = registry.keys["admin"]
    with RegistryProcess(registry.database) as process:
        ordering = asyncio.create_task(
            program["order"](process.url, key, SET, {"target": "a/m"}, "one")
        )
        await process.start()
        first = await ordering
        process.kill()
        await process.start()
        again = await program["order"](process.url, key, SET, {"target": "a/m"}, "one")
    assert first == again
    assert "errors" not in first


async def test_its_changes_do_not_overwrite_one_another(
    registry: Registry, program: dict[str, Any]
) -> None:
    async def ask(query: str, **variables: Any) -> Any:
        return (await registry.post({"query": query, "variables": variables}, "tenant")).json()

    await asyncio.gather(
        *(program["add_to_reason"](ask, "acme", "a/m", f"w{n}") for n in range(10))
    )
    seen = await ask(program["READ"], tenant="acme")
    (rule,) = seen["data"]["overrides"]["nodes"]
    assert sorted(rule["reason"].split()) == [f"w{n}" for n in range(10)]


async def test_its_follower_misses_nothing_though_the_registry_is_restarted(
    registry: Registry, program: dict[str, Any]
) -> None:
    start = (await registry.ask("{ status { epoch revision } }"))["status"]
    told: list[int] = []
    has_begun = asyncio.Event()

    async def take(event: Any) -> bool:
        told.append(event["revision"])
        has_begun.set()
        return len(told) < 20

    with RegistryProcess(registry.database) as process:
        await process.start()
        following = asyncio.create_task(
            program["follow"](process.url, registry.keys["tenant"], start, take)
        )
        for number in range(10):
            await registry.ask(SET, target=f"a/{number}")
        await has_begun.wait()
        process.kill()
        for number in range(10, 20):
            await registry.ask(SET, target=f"a/{number}")
        await process.start()
        await asyncio.wait_for(following, 30)
    assert told == list(range(start["revision"] + 1, start["revision"] + 21))
