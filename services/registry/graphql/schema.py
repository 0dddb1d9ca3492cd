"""The schema with its limits."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig

from services.registry.graphql.described import SCALARS
from services.registry.graphql.errors import Faults
from services.registry.graphql.execution import execution_of
from services.registry.graphql.limits import MAX_TOKENS, Bounds, Cost, firsts
from services.registry.graphql.mutations import Mutation
from services.registry.graphql.queries import Query
from services.registry.graphql.subscriptions import Subscription

# Documents that are asked with other variables every time are parsed and validated once.
DOCUMENTS = 200


class _Parsed(ParserCache):
    """Documents parsed before; one that cannot be parsed fails where all others do."""

    def on_parse(self) -> Iterator[None]:
        """Hand over what is remembered."""
        asked = self.execution_context
        with suppress(GraphQLError):
            asked.graphql_document = self.cached_parse_document(
                asked.query or "", **asked.parse_options
            )
        yield


class _Schema(strawberry.Schema):
    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.execution_context_class = execution_of(self._schema)
        self.firsts = firsts(self._schema)

    def process_errors(self, errors: Sequence[GraphQLError], *_: Any) -> None:
        """Faults logs what is worth it."""


def build_schema() -> strawberry.Schema:
    """The registry's schema, with the limits of documents."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=SCALARS),
        extensions=[
            Faults,
            lambda: AddValidationRules([Bounds]),
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            lambda: _Parsed(maxsize=DOCUMENTS),
            lambda: ValidationCache(maxsize=DOCUMENTS),
            Cost,
        ],
    )


def sdl() -> str:
    """The schema as docs/graphql.graphql holds it."""
    return build_schema().as_str() + "\n"
