"""The whole matrix in one run, and one run for each seeded fault."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from graphql import GraphQLSchema

from routeyard.runtime.clock import utc_now
from services.registry.graphql.schema import build_schema
from tests.services.registry.graphql.conftest import Registry, serving
from tests.services.registry.scoping.discovered import discovered
from tests.services.registry.scoping.doors import doors
from tests.services.registry.scoping.followed import followed
from tests.services.registry.scoping.lists import cursors, interference
from tests.services.registry.scoping.matrix import ROLES, Leak, Matrix
from tests.services.registry.scoping.orders import Orders, extras
from tests.services.registry.scoping.probed import looked_after
from tests.services.registry.scoping.questions import Question, questions
from tests.services.registry.scoping.rights import RIGHTS
from tests.services.registry.scoping.seeded import FAULTS, without_second_wall
from tests.services.registry.scoping.world import World, build

# How much more the other tenant has in the second world.
MORE = 2
ENOUGH = ("field", "argument")


class Pair(NamedTuple):
    """A world, and the same one where the other tenant has more."""

    registry: Registry
    more: Registry
    schema: GraphQLSchema
    questions: Sequence[Question]

    def matrix(self) -> Matrix:
        return Matrix(self.registry, self.schema)


def worlds(new_database: Callable[[], str]) -> tuple[World, World]:
    """Fill two databases at the same time of day."""
    now = utc_now()
    return build(new_database(), now), build(new_database(), now, MORE)


@asynccontextmanager
async def running(first: World, more: World) -> AsyncIterator[Pair]:
    """Registries on both worlds."""
    schema = build_schema()._schema
    async with (
        looked_after(first.database),
        serving(first.keys, first.database) as one,
        looked_after(more.database),
        serving(more.keys, more.database) as two,
    ):
        yield Pair(one, two, schema, list(questions(schema)))


async def whole(pair: Pair, *, is_quick: bool = False) -> tuple[Matrix, Orders]:
    """Every cell; the quick way asks filters, orders and what was with one key instead of two."""
    matrix = pair.matrix()
    await matrix.run([q for q in pair.questions if q.kind in ENOUGH])
    rest = [q for q in pair.questions if q.kind not in ENOUGH]
    await matrix.run(rest, ROLES[:1] if is_quick else ROLES)
    await cursors(matrix, pair.registry, pair.schema)
    await doors(matrix, pair.registry)
    await interference(matrix, Matrix(pair.more, pair.schema), pair.questions)
    await extras(matrix, pair.schema)
    await followed(matrix, pair.registry, pair.more, pair.schema)
    await discovered(matrix, pair.schema)
    # Last, as one's own orders are carried out.
    orders = Orders(matrix, pair.schema, pair.registry.database)
    await orders.run()
    return matrix, orders


async def seeded(pair: Pair, name: str) -> list[Leak]:
    """What the matrix finds of a seeded fault, in the cells that it is about."""
    fault = FAULTS[name]
    asked = [q for q in pair.questions if q.field in fault.fields and q.kind in ENOUGH]
    with pytest.MonkeyPatch.context() as patch:
        fault.seed(patch)
        matrix = pair.matrix()
        await matrix.run(asked)
        await interference(matrix, Matrix(pair.more, pair.schema), asked)
        orders = Orders(matrix, pair.schema, pair.registry.database)
        await orders.run({key: right for key, right in RIGHTS.items() if key in fault.fields})
        if "testEndpoint" in fault.fields:
            await discovered(matrix, pair.schema)
    return matrix.leaks


def unwalled(*of: World) -> None:
    """Leave the first wall to stand alone."""
    for each in of:
        without_second_wall(each.database)
