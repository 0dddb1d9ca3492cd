"""The schema with its limits."""

from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
from strawberry.schema.config import StrawberryConfig

from services.registry.graphql.described import SCALARS
from services.registry.graphql.errors import Faults
from services.registry.graphql.mutations import Mutation
from services.registry.graphql.queries import Query

MAX_DEPTH = 10
MAX_ALIASES = 15
MAX_TOKENS = 1_000


class _Schema(strawberry.Schema):
    def process_errors(self, errors: Sequence[GraphQLError], *_: Any) -> None:
        """Faults logs what is worth it."""


def build_schema() -> strawberry.Schema:
    """The registry's schema. A document may not be deep, long, or full of aliases."""
    return _Schema(
        query=Query,
        mutation=Mutation,
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=SCALARS),
        extensions=[
            Faults,
            lambda: QueryDepthLimiter(max_depth=MAX_DEPTH),
            lambda: MaxAliasesLimiter(max_alias_count=MAX_ALIASES),
            lambda: MaxTokensLimiter(max_token_count=MAX_TOKENS),
        ],
    )


def sdl() -> str:
    """The schema as docs/graphql.graphql holds it."""
    return build_schema().as_str() + "\n"
