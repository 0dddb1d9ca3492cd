"""Cursors, and what is told when the other tenant has more: in lists, in order and in number."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from tests.services.registry.graphql.conftest import Registry
from tests.services.registry.scoping.coordinates import FOR_ADMINS, FOR_OPERATORS
from tests.services.registry.scoping.customers import ABSENT, OTHER, OWN, Customer
from tests.services.registry.scoping.matrix import ROLES, Matrix, comparable
from tests.services.registry.scoping.paths import Argument, Path, Step, identified, written
from tests.services.registry.scoping.questions import Question, given, sets
from tests.services.registry.scoping.traces import strings


class Listed:
    """A list with its arguments, to be asked page by page."""

    def __init__(self, schema: GraphQLSchema, name: str, arguments: dict[str, Any]) -> None:
        assert schema.query_type is not None
        self.name = name
        self._field = schema.query_type.fields[name]
        self._arguments = arguments
        nodes = get_named_type(self._field.type)
        assert isinstance(nodes, GraphQLObjectType)
        self._node = get_named_type(nodes.fields["nodes"].type)

    def page(self, who: Customer, first: int, after: str | None) -> tuple[str, dict[str, Any]]:
        """The document of one page, and its variables."""
        told = {**given(self._arguments, who), "first": first, "after": after}
        step = Step(
            self.name,
            tuple(Argument(k, self._field.args[k].type, value) for k, value in told.items()),
        )
        ends: list[Path] = [
            (Step("pageInfo"), Step("hasNextPage")),
            (Step("pageInfo"), Step("endCursor")),
            (Step("nodes"), *identified(self._node)),
        ]
        return written([(step, *path) for path in ends])


def lists(schema: GraphQLSchema) -> Iterator[Listed]:
    """Every list that a tenant may ask, as it is asked first and in each order."""
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        if "after" in field.args and name not in FOR_OPERATORS:
            first, *others = sets(schema, name, field)
            for each in [first, *(other for other in others if "sort" in other)]:
                yield Listed(schema, name, dict(each))


async def cursors(matrix: Matrix, registry: Registry, schema: GraphQLSchema) -> None:
    """Pages of one come to the whole list; another's cursors lead where made-up ones lead."""
    for listed in lists(schema):
        for role in ROLES:
            if role == "user" and listed.name in FOR_ADMINS:
                continue
            await _own(matrix, listed, role)
            await _others(matrix, registry, listed, role)


async def _own(matrix: Matrix, listed: Listed, role: str) -> None:
    whole = await _ask(matrix, listed, role, 100, None)
    found: list[Any] = []
    after = None
    # A list ends; one that goes round would not.
    for _ in range(len(whole["nodes"]) + 1):
        part = await _ask(matrix, listed, role, 1, after)
        found += part["nodes"]
        after = part["pageInfo"]["endCursor"]
        if not part["pageInfo"]["hasNextPage"]:
            break
    matrix.cells["cursor"] += len(found) + 1
    if not found or found != whole["nodes"]:
        matrix.leak(listed.name, role, "pages are not the list", f"{found}\n{whole['nodes']}")


async def _others(matrix: Matrix, registry: Registry, listed: Listed, role: str) -> None:
    """Cursors that the other tenant was given, and the same with names that nobody has."""
    document, variables = listed.page(OTHER, 1, None)
    for _ in range(8):
        body = {"query": document, "variables": variables}
        told = (await registry.post(body, f"other {role}")).json()["data"][listed.name]
        cursor = told["pageInfo"]["endCursor"]
        if cursor is None:
            return
        answers = []
        for each in (cursor, _absent(cursor)):
            asked, values = listed.page(OTHER, 100, each)
            answer = await matrix.ask(role, asked, values)
            matrix.searched(listed.name, role, answer, list(strings(values)))
            answers.append(answer)
        matrix.cells["cursor"] += 2
        matrix.same(listed.name, role, *answers)
        document, variables = listed.page(OTHER, 1, cursor)


def _absent(cursor: str) -> str:
    read = urlsafe_b64decode(cursor.encode()).decode()
    # A list's name holds a digest of what was asked; the place is made of the last two.
    revision, name, last, key = json.loads(read)
    held = [revision, name, *(_renamed(each) for each in (last, key))]
    return urlsafe_b64encode(json.dumps(held).encode()).decode()


def _renamed(text: str | None) -> str | None:
    if text is None:
        return None
    return text.replace(OTHER.word, ABSENT.word).replace(str(OTHER.number), str(ABSENT.number))


async def _ask(matrix: Matrix, listed: Listed, role: str, first: int, after: str | None) -> Any:
    document, variables = listed.page(OWN, first, after)
    answer = await matrix.ask(role, document, variables)
    matrix.searched(listed.name, role, answer, list(strings(variables)))
    return json.loads(answer.text)["data"][listed.name]


async def interference(
    matrix: Matrix, more: Matrix, questions: Sequence[Question], role: str = "admin"
) -> None:
    """One's own answers are the same where the other tenant has more of everything."""
    for question in questions:
        variables = question.asked(OWN)
        answers = [await each.ask(role, question.document, variables) for each in (matrix, more)]
        matrix.cells["other has more"] += question.cells
        ours, theirs = (comparable(answer.text) for answer in answers)
        if ours != theirs:
            matrix.leak(question.name, role, "what others have is told", f"{ours}\n{theirs}")
