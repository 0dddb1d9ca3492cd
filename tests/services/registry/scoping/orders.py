"""Orders in the matrix: what comes of them about one's own, another's, and what is not there.

Nothing that is refused, or that is about another's, may leave a trace in any table.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import psycopg
from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from psycopg.sql import SQL, Identifier

from tests.services.registry.scoping.customers import ABSENT, OTHER, OWN
from tests.services.registry.scoping.matrix import ROLES, Answer, Matrix
from tests.services.registry.scoping.paths import Argument, Step, below, reached, written
from tests.services.registry.scoping.rights import NAMES_NOBODYS, RIGHTS, Outcome, Right
from tests.services.registry.scoping.traces import slugs, strings

# How deep the answer to an order is asked for: as far as where tenants would be routed to.
MOST_LEVELS = 4
# How what would raise rights is refused.
REFUSALS = frozenset({"not_allowed", "invalid_request", "endpoint_refused"})
# What nobody may add to an order or to a part of one.
EXTRA: Mapping[str, Any] = {
    "role": "PLATFORM_ADMIN",
    "tenant": OTHER.word,
    "tenantId": OTHER.word,
    "owner": OTHER.word,
    "author": "PLATFORM",
    "actor": OTHER.key,
    "scopes": ["*"],
    "scope": "*",
    "rank": 100,
    "id": OTHER.word,
    "isEnabled": True,
    "isPrivate": False,
    "credential": "v1",
    "dedicatedTo": [OWN.word],
    "source": "operator",
    "isAdmin": True,
    "allowedNetworks": ["10.0.0.0/8"],
    "__proto__": {"role": "PLATFORM_ADMIN"},
}


def order(schema: GraphQLSchema, name: str, arguments: Mapping[str, Any]) -> tuple[str, Any]:
    """A mutation with these arguments, and its variables."""
    assert schema.mutation_type is not None
    name = field_of(name)
    field = schema.mutation_type.fields[name]
    told = tuple(
        Argument(key, field.args[key].type if key in field.args else "String", value)
        for key, value in arguments.items()
    )
    inner = get_named_type(field.type)
    seen = frozenset({inner.name})
    paths = [()] if is_leaf_type(inner) else list(below(inner, seen, MOST_LEVELS))
    return written([(Step(name, told), *path) for path in paths], "mutation")


class Orders:
    """Gives orders and looks at what they leave behind."""

    def __init__(self, matrix: Matrix, schema: GraphQLSchema, database: str) -> None:
        self._matrix = matrix
        self._schema = schema
        self._database = database
        self.outcomes: dict[str, dict[str, str]] = {}

    async def run(self, rights: Mapping[str, Right] = RIGHTS) -> None:
        """All orders: about others first, then those that raise rights, then one's own."""
        for name, right in rights.items():
            for role in ROLES:
                before = fingerprint(self._database)
                for key, value in right.named.items():
                    await self._named(name, role, key, value)
                await self._raising(name, role, right)
                if fingerprint(self._database) != before:
                    self._matrix.leak(name, role, "something was changed", "")
        for name, right in rights.items():
            self.outcomes[name] = {}
            for role in ROLES:
                await self._own(name, role, right)

    async def _named(self, name: str, role: str, key: str, value: Any) -> None:
        """One argument of an order names another's, and nobody's."""
        cell = f"{name}({key})"
        self._matrix.cells["order"] += 4
        own = RIGHTS[name].arguments
        others = [await self._give(cell, name, role, own(who)) for who in (OTHER, ABSENT)]
        self._matrix.same(cell, role, *others)
        # Within one's own tenant another's names may be taken, as if nobody had them.
        mixed = [
            await self._give(cell, name, role, {**own(OWN), key: value(who)}, is_rehearsed=True)
            for who in (OTHER, ABSENT)
        ]
        self._matrix.same(cell, role, *mixed)

    async def _raising(self, name: str, role: str, right: Right) -> None:
        for raised in right.raising:
            self._matrix.cells["raised rights"] += 1
            answer = await self._give(name, name, role, {**right.arguments(OWN), **raised})
            if answer.code not in REFUSALS:
                self._matrix.leak(name, role, f"{raised} is not refused", answer.text)

    async def _own(self, name: str, role: str, right: Right) -> None:
        self._matrix.cells["order"] += 1
        answer = await self._give(name, name, role, right.arguments(OWN), is_rehearsed=True)
        self.outcomes[name][role] = answer.code or Outcome.DONE
        if answer.code is None and self._schema.mutation_type is not None:
            data = json.loads(answer.text)["data"]
            self._matrix.filled |= set(reached(self._schema, data, self._schema.mutation_type))
        expected = right.admin if role == "admin" else right.user
        if (answer.code or Outcome.DONE) != expected:
            self._matrix.leak(name, role, f"it is not {expected}", answer.text)

    async def _give(
        self,
        cell: str,
        name: str,
        role: str,
        arguments: dict[str, Any],
        *,
        is_rehearsed: bool = False,
    ) -> Answer:
        assert self._schema.mutation_type is not None
        known = self._schema.mutation_type.fields[field_of(name)].args
        if is_rehearsed and "dryRun" in known:
            arguments["dryRun"] = True
        for key, each in known.items():
            # `updateTenant` leaves out what stays, whatever the schema says of it.
            if is_required_argument(each) and key not in arguments:
                arguments[key] = ["CH"] if "[" in str(each.type) else "STANDARD"
        document, variables = order(self._schema, name, arguments)
        answer = await self._matrix.ask(role, document, variables)
        asked = list(strings(variables))
        self._matrix.searched(cell, role, answer, [*asked, *slugs(asked)])
        return answer


async def extras(matrix: Matrix, schema: GraphQLSchema) -> Counter[str]:
    """Whatever is added to an order, or to a part of one, is refused before anything is done."""
    told: Counter[str] = Counter()
    for coordinate, document, variables in _with_extras(schema):
        for role in ROLES:
            answer = await matrix.ask(role, document, variables)
            matrix.cells["extra field"] += 1
            told[answer.code or "done"] += 1
            if answer.code != "invalid_request":
                matrix.leak(coordinate, role, "an extra field is not refused", answer.text)
    return told


def _with_extras(schema: GraphQLSchema) -> list[tuple[str, str, Any]]:
    assert schema.mutation_type is not None
    found = []
    for name, field in schema.mutation_type.fields.items():
        own = RIGHTS[name].arguments(OWN) if name in RIGHTS else {}
        for key, value in EXTRA.items():
            if key not in field.args:
                found.append((f"{name}({key})", *order(schema, name, {**own, key: value})))
    for root in (schema.query_type, schema.mutation_type):
        assert root is not None
        found += _inputs_with_extras(schema, root)
    return found


def _inputs_with_extras(
    schema: GraphQLSchema, root: GraphQLObjectType
) -> list[tuple[str, str, Any]]:
    """The first place of every input type, with one more member."""
    operation = "query" if root is schema.query_type else "mutation"
    found = []
    for name, field in root.fields.items():
        for key, argument in field.args.items():
            type_ = get_named_type(argument.type)
            for path, inner in _inputs(type_):
                for extra, value in EXTRA.items():
                    if extra in inner.fields:
                        continue
                    given: Any = {extra: value}
                    for step in reversed(path):
                        given = {step: given}
                    document = (
                        f"{operation}($v: {argument.type}) {{ {name}({key}: $v) {{ __typename }} }}"
                    )
                    found.append(
                        (f"{name}({key}).{extra}", document, {"v": _listed(argument, given)})
                    )
    return found


def _inputs(
    type_: Any, path: tuple[str, ...] = ()
) -> list[tuple[tuple[str, ...], GraphQLInputObjectType]]:
    if not isinstance(type_, GraphQLInputObjectType):
        return []
    found = [(path, type_)]
    for name, field in type_.fields.items():
        found += _inputs(get_named_type(field.type), (*path, name))
    return found


def _listed(argument: Any, given: Any) -> Any:
    return [given] if str(argument.type).startswith("[") else given


def unentered(schema: GraphQLSchema) -> list[str]:
    """Orders, and arguments of theirs, that the table of rights does not speak of."""
    assert schema.mutation_type is not None
    found = []
    for name, field in schema.mutation_type.fields.items():
        rows = [row for row in RIGHTS if field_of(row) == name]
        if not rows:
            found.append(name)
        said = {*NAMES_NOBODYS, *(key for row in rows for key in _said(RIGHTS[row]))}
        found += [f"{name}({key})" for key in field.args if key not in said]
        found += [
            f"{name}#{part}"
            for argument in field.args.values()
            for part in _choices(argument)
            if f"{name}#{part}" not in rows
        ]
    return found


def field_of(row: str) -> str:
    """The order that a row of the table is about: `applyTenancy#tenant` is one of many."""
    return row.partition("#")[0]


def _said(right: Right) -> set[str]:
    return {*right.named, *right.arguments(OWN)}


def _choices(argument: Any) -> list[str]:
    """The members of an input of which one is given."""
    type_ = get_named_type(argument.type)
    is_choice = isinstance(type_, GraphQLInputObjectType) and type_.is_one_of
    return list(type_.fields) if is_choice else []


def fingerprint(database: str) -> dict[str, str]:
    """What stands in every table."""
    with psycopg.connect(database, autocommit=True) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            )
        ]
        all_of = SQL(
            "SELECT coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') FROM {} t"
        )
        return {
            name: str((connection.execute(all_of.format(Identifier(name))).fetchone() or [""])[0])
            for name in names
        }


def table(outcomes: Mapping[str, Mapping[str, str]]) -> str:
    """Who may what, as JSON."""
    return json.dumps(outcomes, indent=2)
