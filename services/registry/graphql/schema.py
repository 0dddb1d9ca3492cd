"""The schema with its limits."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    MaxAliasesLimiter,
    MaxTokensLimiter,
    ParserCache,
    QueryDepthLimiter,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig

from services.registry.graphql.described import SCALARS
from services.registry.graphql.errors import Faults
from services.registry.graphql.execution import execution_of
from services.registry.graphql.mutations import Mutation
from services.registry.graphql.queries import Query
from services.registry.graphql.subscriptions import Subscription

MAX_DEPTH = 10
MAX_ALIASES = 15
MAX_TOKENS = 1_000
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

    def process_errors(self, errors: Sequence[GraphQLError], *_: Any) -> None:
        """Faults logs what is worth it."""


def build_schema() -> strawberry.Schema:
    """The registry's schema. A document may not be deep, long, or full of aliases."""
    # The same rules for every request: what was validated is remembered by them.
    limits = [
        *QueryDepthLimiter(max_depth=MAX_DEPTH).validation_rules,
        *MaxAliasesLimiter(max_alias_count=MAX_ALIASES).validation_rules,
    ]
    return _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=SCALARS),
        extensions=[
            Faults,
            lambda: AddValidationRules(limits),
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
            lambda: _Parsed(maxsize=DOCUMENTS),
            lambda: ValidationCache(maxsize=DOCUMENTS),
        ],
    )


def sdl() -> str:
    """The schema as docs/graphql.graphql holds it."""
    return build_schema().as_str() + "\n"
