"""What servers list under others' names: it stands for no more than names that nobody has."""

import json

from graphql import GraphQLSchema

from tests.services.registry.scoping.customers import ABSENT, ADDRESS, OTHER, OWN, Customer
from tests.services.registry.scoping.matrix import Answer, Matrix
from tests.services.registry.scoping.orders import order
from tests.services.registry.scoping.traces import slugs, strings

# By which of a tenant's names a server calls what it serves.
NAMES = ("hosted", "native", "model", "ours", "ours_release", "rack")


async def discovered(matrix: Matrix, schema: GraphQLSchema) -> None:
    """Have an endpoint of one's own tested whose server calls its model as somebody else does."""
    for name in NAMES:
        own, other, absent = [
            await _tested(matrix, schema, name, who) for who in (OWN, OTHER, ABSENT)
        ]
        matrix.cells["found"] += 3
        matrix.same(f"testEndpoint finds {name}", "admin", other, absent)
        (found,) = json.loads(own.text)["data"]["testEndpoint"]["models"]
        if name == "hosted" and (found["model"], found["isPrivate"]) != (OWN.hosted, False):
            matrix.leak("testEndpoint", "admin", "one's own is not recognised", own.text)


async def _tested(matrix: Matrix, schema: GraphQLSchema, name: str, who: Customer) -> Answer:
    url = f"https://{ADDRESS}/{getattr(who, name)}"
    draft = {"name": "drafted", "url": url, "keyless": True}
    document, variables = order(schema, "testEndpoint", {"input": draft, "waitS": 5})
    answer = await matrix.ask("admin", document, variables)
    asked = [*strings(variables), getattr(who, name), *slugs([getattr(who, name)])]
    matrix.searched(f"testEndpoint finds {name}", "admin", answer, asked)
    return answer
