"""The matrix: every question, of one's own things, of another's, and of what is not there.

Of another tenant's things the answer has to be that of things which are not there, byte for byte
but for the names asked for; nothing in any answer may tell of the other tenant or of who speaks for
the platform; and of one's own things there has to be an answer, or the cell would prove nothing.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type

from tests.services.registry.graphql.conftest import Registry
from tests.services.registry.scoping.coordinates import (
    COMMON,
    FOR_OPERATORS,
    HIDDEN,
    UNFILLED,
    UNTOLD,
)
from tests.services.registry.scoping.customers import ABSENT, OTHER, OWN, PLATFORM, Customer
from tests.services.registry.scoping.paths import reached
from tests.services.registry.scoping.questions import Question, may_ask
from tests.services.registry.scoping.rights import RIGHTS, Outcome
from tests.services.registry.scoping.traces import masked, strings, traces

ROLES = ("user", "admin")
NOT_TOLD = (*OTHER.traces, PLATFORM)


class Leak(NamedTuple):
    """A cell in which something was told, or nothing proved."""

    cell: str
    role: str
    what: str
    seen: str


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str

    @property
    def code(self) -> str | None:
        """The first error's."""
        errors = json.loads(self.text).get("errors")
        return errors[0]["extensions"]["code"] if errors else None


class Matrix:
    """Asks, compares, and keeps count."""

    def __init__(self, registry: Registry, schema: GraphQLSchema) -> None:
        self._registry = registry
        self._schema = schema
        self.cells: Counter[str] = Counter()
        self.leaks: list[Leak] = []
        self.filled: set[str] = set()
        self.proved: dict[str, bool] = {}

    async def ask(self, role: str, document: str, variables: dict[str, Any]) -> Answer:
        """Ask with the key of one's own tenant."""
        body = {"query": document, "variables": variables}
        response = await self._registry.post(body, f"own {role}")
        told = sorted((k, v) for k, v in response.headers.items() if k != "date")
        return Answer(response.status_code, tuple(told), response.text)

    async def run(self, questions: Iterable[Question], roles: Sequence[str] = ROLES) -> None:
        """Ask all questions with each key."""
        for question in questions:
            await asyncio.gather(*(self._cell(question, role) for role in roles))

    async def _cell(self, question: Question, role: str) -> None:
        subjects = (OWN, OTHER, ABSENT) if question.varies else (OWN,)
        own, *rest = await asyncio.gather(*(self._told(question, role, who) for who in subjects))
        self.cells[question.kind] += question.cells * (3 if question.varies else 1)
        if not may_ask(role, question.field):
            self._refused(question, role, own)
        elif own.code is not None:
            self.leak(question.name, role, "own things are refused", own.text)
        if not rest:
            return
        other, absent = rest
        self.same(question.name, role, other, absent)
        if may_ask(role, question.field):
            proves = masked(own.text, OWN) != masked(absent.text, ABSENT)
            self.proved[question.name] = proves or self.proved.get(question.name, False)

    async def _told(self, question: Question, role: str, who: Customer) -> Answer:
        variables = question.asked(who)
        answer = await self.ask(role, question.document, variables)
        self.searched(question.name, role, answer, list(strings(variables)))
        if who is OWN and answer.code is None:
            assert self._schema.query_type is not None
            data = json.loads(answer.text)["data"]
            filled = set(reached(self._schema, data, self._schema.query_type))
            self.filled |= filled
            if told := sorted(filled & set(HIDDEN)):
                self.leak(question.name, role, f"shows {', '.join(told)}", answer.text)
        return answer

    def searched(self, cell: str, role: str, answer: Answer, asked: Sequence[str]) -> None:
        """Look for the other tenant, and for who speaks for the platform."""
        if found := traces(answer.text + str(answer.headers), NOT_TOLD, asked):
            self.leak(cell, role, f"tells of {', '.join(found)}", around(answer.text, found))

    def same(self, cell: str, role: str, other: Answer, absent: Answer) -> None:
        """Another's and nobody's must look the same."""
        theirs = other._replace(text=masked(other.text, OTHER))
        nobodys = absent._replace(text=masked(absent.text, ABSENT))
        if theirs != nobodys:
            self.leak(cell, role, "another's is not as absent", f"{theirs.text}\n{nobodys.text}")

    def leak(self, cell: str, role: str, what: str, seen: str) -> None:
        self.leaks.append(Leak(cell, role, what, seen))

    def _refused(self, question: Question, role: str, answer: Answer) -> None:
        data = json.loads(answer.text)["data"]
        if answer.code != "not_allowed" or any((data or {}).values()):
            self.leak(question.name, role, "is not refused", answer.text)

    def unproven(self) -> list[str]:
        """Cells that would be empty anyway: questions that tell of no own thing, and fields."""
        fields = shown(self._schema) - self.filled - set(UNFILLED)
        silent = {name for name, told in self.proved.items() if not told}
        # What is said to tell nothing must do so: else its cells are to be looked at again.
        return [*sorted(silent ^ (set(UNTOLD) & set(self.proved))), *sorted(fields)]


def shown(schema: GraphQLSchema) -> set[str]:
    """The fields, as `Type.field`, that a tenant's key may be shown."""
    found: set[str] = set()
    done = {row.partition("#")[0] for row, right in RIGHTS.items() if right.admin is Outcome.DONE}
    orders = set(schema.mutation_type.fields) if schema.mutation_type else set()
    unasked = FOR_OPERATORS | (orders - done)
    roots = (schema.query_type, schema.subscription_type, schema.mutation_type)
    ahead = [root for root in roots if root is not None]
    while ahead:
        type_ = ahead.pop()
        for name, field in type_.fields.items():
            if f"{type_.name}.{name}" in found | set(HIDDEN) or name in unasked:
                continue
            found.add(f"{type_.name}.{name}")
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLObjectType) and f"{type_.name}.{name}" not in UNFILLED:
                ahead.append(inner)
    return found


def around(text: str, found: Sequence[str]) -> str:
    """The places in an answer where something is told; all of it where that is encoded."""
    places = [place for each in found if (place := text.lower().find(each)) >= 0]
    return " … ".join(text[max(0, p - 150) : p + 60] for p in places) or text


def comparable(text: str) -> str:
    """An answer without what everybody's changes move."""
    return json.dumps(_without(json.loads(text)), sort_keys=True)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(each) for name, each in value.items() if name not in COMMON}
    return [_without(each) for each in value] if isinstance(value, list) else value
